"""A quarter of real flights: onto raw by two people at once, clean, split, and the next month after that."""

from __future__ import annotations

import csv
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.desk import Clone
from tests.integration.flights_data import write_months
from tests.integration.person import Person

PROJECT, LINE, MONTHS = "flights", "nyc", "data/months"
RAW, CLEAN, SPLIT = (f"data/{kind}/{LINE}" for kind in ("raw", "clean", "split"))
KEY = ("time_hour", "carrier", "flight")
SIDES = ("train", "validation", "test")
LOOK = """
import mlflow
from saigen.data.split import open_test
mlflow.set_experiment("looks")
with mlflow.start_run() as run:
    mlflow.log_param("release_tag", "nyc-1")
    mlflow.log_metric("files", len(list(open_test("data/split/test").rglob("*.csv"))))
print(run.info.run_id)
"""


@dataclass(frozen=True)
class Desk(Clone):
    """A person's clone of the project."""

    def switch(self, branch: str) -> None:
        """Check a branch out with its data, by plain tools."""
        self.git("fetch", "--quiet")
        self.git("switch", "--quiet", branch)
        self.git("merge", "--quiet", "--ff-only", f"origin/{branch}")
        self.run("dvc", "pull", "--quiet")

    def edit(self, branch: str, path: str, changes: dict[str, str]) -> None:
        """Change a script on its branch."""
        self.git("fetch", "--quiet")
        self.git("switch", "--quiet", branch)
        text = (self.root / path).read_text()
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        (self.root / path).write_text(text)
        self.git("commit", "--quiet", "--all", "--message", f"Change {path}")
        self.git("push", "--quiet", "origin", branch)

    def keys(self, side: str) -> set[tuple[str, ...]]:
        """The keys of all rows of a side of the split, in the checkout."""
        found: set[tuple[str, ...]] = set()
        for file in sorted((self.root / "data" / "split" / side).rglob("*.csv")):
            with file.open(newline="") as rows:
                found.update(tuple(row[column] for column in KEY) for row in csv.DictReader(rows))
        return found

    def ingest(self, files: list[Path]) -> Any:
        """Onto the raw branch."""
        names = [str(file) for file in files]
        return self.saigen("data", "ingest", *names, "--source", "BTS", "--into", RAW, "--to", MONTHS)


@pytest.fixture(scope="module")
def desks(author: Person, reviewer: Person) -> tuple[Desk, Desk]:
    """Both people with a clone on main."""
    return Desk.fresh(author, PROJECT), Desk.fresh(reviewer, PROJECT)


def test_months_come_in_one_by_one_and_no_row_changes_sides(desks: tuple[Desk, Desk], tmp_path: Path) -> None:
    ada, bob = desks
    first, second, third, fourth = write_months(tmp_path, 1, 2, 3, 4)
    with ThreadPoolExecutor() as pool:
        both = [pool.submit(ada.ingest, [first, second]), pool.submit(bob.ingest, [third])]
        assert sorted(len(one.result()["added"]) for one in both) == [1, 2]
    ada.saigen("data", "clean", LINE, "--begin")
    ada.edit(CLEAN, "pipeline/clean.py", {'WHERE = "true"': "WHERE = \"arr_delay <> 'NA'\""})
    assert "3 files done" in ada.saigen("data", "clean", LINE)["said"]
    ada.saigen("data", "split", LINE, "--begin")
    ada.edit(SPLIT, "pipeline/split.py", {"BY = Row()": f"BY = Key{KEY}", "import Row": "import Key"})
    ada.saigen("data", "split", LINE)

    bob.switch(SPLIT)
    assert bob.run("dvc", "status").stdout.strip() == "Data and pipelines are up to date."
    before = {side: bob.keys(side) for side in SIDES}
    assert sum(map(len, before.values())) == sum(arrived(file) for file in (first, second, third))
    assert 0.69 < len(before["train"]) / sum(map(len, before.values())) < 0.71

    bob.ingest([fourth])
    cleaned, done = bob.saigen("data", "clean", LINE), bob.saigen("data", "split", LINE)
    assert "1 file done" in cleaned["said"]
    assert "1 file split" in done["said"]
    assert done["sent"] == 6  # three sides of the new month, and the lists of three directories
    bob.switch(SPLIT)
    after = {side: bob.keys(side) for side in SIDES}
    assert sum(map(len, after.values())) == sum(arrived(file) for file in (first, second, third, fourth))
    assert all(before[side] <= after[side] for side in SIDES)
    assert bob.saigen("data", "split", LINE)["commit"] is None


def test_a_development_branch_takes_data_and_every_look_at_the_test_set_is_known(desks: tuple[Desk, Desk]) -> None:
    ada, _ = desks
    ada.git("switch", "--quiet", "-c", "dev/looks", "origin/main")
    taken = ada.saigen("data", "take", SPLIT, "data/split/test")
    assert ada.git("log", "-1", "--format=%(trailers:key=Taken-from,valueonly)") == taken["origin"]
    sample = ada.saigen(
        "data", "sample", f"{SPLIT}:data/split/train", "--rows", "500", "--to", "data/samples/train.csv"
    )
    assert (sample["count"], sample["under_dvc"]) == (500, True)

    run = ada.person.python(LOOK, cwd=ada.root).strip().splitlines()[-1]

    md5 = next(one["md5"] for one in ada.saigen("data", "describe") if one["path"] == "data/split/test")
    uses = "from saigen.lineage.uses import test_uses; import sys; print([r.id for r in test_uses(sys.argv[1])])"
    for target in (md5, LINE):
        assert ada.person.python(uses, target, cwd=ada.root).strip() == str([run])


def arrived(file: Path) -> int:
    """Number of flights of a month that arrived."""
    with file.open(newline="") as rows:
        return sum(row["arr_delay"] != "NA" for row in csv.DictReader(rows))
