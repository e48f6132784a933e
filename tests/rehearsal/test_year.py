"""A year of real flights as the branches see it: data, code, releases, production, an experiment, and all of it again.

Run by `scripts/rehearse`: six months of two airports, which releases twelve models, or as many as one asks for.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.client.trainings import reproduced, with_shared_packages
from tests.integration.person import Person
from tests.integration.stack import Stack
from tests.rehearsal.airline import CODE, KEY, Desk, airline, write_halves

MONTHS = int(os.environ.get("SAIGEN_REHEARSAL_MONTHS", "2"))
CLIENTS = os.environ.get("SAIGEN_REHEARSAL_CLIENTS", "ewr").split()
FEATURES = ("dep_delay", "distance", "hour", "carrier", "dest")
PREDICT = """
import sys, pandas, mlflow.pyfunc
folder, inputs, predictions = sys.argv[1:]
rows = pandas.read_csv(inputs)
model = mlflow.pyfunc.load_model(f"{folder}/models/model")
numbers = dict.fromkeys(["dep_delay", "distance", "hour"], "float64")
guess = model.predict(rows[["dep_delay", "distance", "hour", "carrier", "dest"]].astype(numbers))
pandas.DataFrame({"id": rows["id"], "prediction": guess}).to_csv(predictions, index=False)
"""


@dataclass(frozen=True)
class Team:
    """Two members with a clone each."""

    ada: Desk
    bob: Desk


@pytest.fixture(scope="module")
def team(platform: Stack, captain: Person, author: Person, reviewer: Person) -> Iterator[Team]:
    with airline(platform, captain, CLIENTS):
        yield Team(Desk.of(with_shared_packages(author)), Desk.of(with_shared_packages(reviewer)))


def test_a_year_of_flights(team: Team, platform: Stack, tmp_path: Path) -> None:
    tags = []
    for month in range(1, MONTHS + 1):
        for client in CLIENTS:
            data_comes_in(team, tmp_path, month, client)
            prepare(team.ada, client, first=month == 1)
        if month == 1:
            code_is_tried(team.ada, CLIENTS[0])
        for client in CLIENTS:
            done = team.ada.saigen("release", "train", client, "--yes")
            assert done["tag"] == f"{client}-{month}"
            tags.append(done["tag"])

    for client in CLIENTS:
        models = customer_gets(platform, client, tmp_path)
        production(team.bob, models, tmp_path, client)
    for tag in tags:
        assert reproduced(team.bob.person, tag)["verdict"] == "reproduced"
    audit = team.bob.saigen("audit", "--experiment", "airline")
    assert audit


def data_comes_in(team: Team, folder: Path, month: int, client: str) -> None:
    """Both halves of a month, by both people: at once, or, the second month, by a pull request merged on the server."""
    raw = f"data/raw/{client}"
    first, second = write_halves(folder, month, client)
    if month != 2:
        with ThreadPoolExecutor() as pool:
            both = [pool.submit(team.ada.ingest, raw, first), pool.submit(team.bob.ingest, raw, second)]
            assert [len(one.result()["added"]) for one in both] == [1, 1]
        return
    team.bob.git("fetch", "--quiet")
    team.bob.git("push", "--quiet", "origin", f"refs/remotes/origin/{raw}:refs/heads/{raw}-late")
    team.ada.ingest(raw, first)
    team.bob.ingest(f"{raw}-late", second)
    team.bob.merge_on_the_server(f"{raw}-late", raw)


def prepare(desk: Desk, client: str, *, first: bool) -> None:
    """Clean and split what came in; the first time the scripts are set up."""
    if first:
        desk.saigen("data", "clean", client, "--begin")
        arrived = {'WHERE = "true"': "WHERE = \"arr_delay <> 'NA'\""}
        desk.edit(f"data/clean/{client}", "pipeline/clean.py", arrived)
    assert "2 files done" in desk.saigen("data", "clean", client)["said"]
    if first:
        desk.saigen("data", "split", client, "--begin")
        by_key = {"BY = Row()": f"BY = Key{KEY}", "import Row": "import Key"}
        desk.edit(f"data/split/{client}", "pipeline/split.py", by_key)
    assert "2 files split" in desk.saigen("data", "split", client)["said"]


def code_is_tried(desk: Desk, client: str) -> None:
    """Baseline, linear, boosting: a commit and a run each, on a sample."""
    desk.git("fetch", "--quiet")
    desk.git("switch", "--quiet", "--create", "dev/main", "origin/main")
    desk.saigen("data", "sample", f"data/split/{client}:data/split/train", "--rows", "2000", "--to", "data/sample.csv")
    (desk.root / "src" / "train.py").write_text(CODE.read_text())
    errors = []
    for kind in ("baseline", "linear", "boosting"):
        (desk.root / "params.yaml").write_text(f"kind: {kind}\n")
        desk.commit(f"Try {kind}")
        desk.person.run("python", "src/train.py", cwd=desk.root)
        found = desk.person.api("POST", "runs/search", json={"experiment_ids": [experiment(desk)], "max_results": 1})
        errors.append({one["key"]: one["value"] for one in found.json()["runs"][0]["data"]["metrics"]}["mae"])
    assert errors[0] > errors[1] > 0
    assert errors[0] > errors[2] > 0
    desk.saigen("data", "push")
    desk.git("push", "--quiet", "origin", "dev/main")
    desk.git("switch", "--quiet", "main")


def experiment(desk: Desk) -> str:
    """Id of the project's experiment."""
    found = desk.person.api("GET", "experiments/get-by-name", params={"experiment_name": "airline"}).json()
    return str(found["experiment"]["experiment_id"])


def customer_gets(platform: Stack, client: str, folder: Path) -> dict[str, Path]:
    """The newest release and the one before, each in an empty folder of somebody who may only read."""
    home = folder / client
    home.mkdir()
    customer = with_shared_packages(Person.of(platform, f"{client}-customer", home))
    newest = customer.run("saigen", "model", "pull", client, "--json").stdout
    assert f'"{client}-{MONTHS}"' in newest
    customer.run("saigen", "model", "pull", f"{client}-{MONTHS - 1}", "--json")
    return {f"{client}-{number}": home / f"{client}-{number}" for number in (MONTHS - 1, MONTHS)}


def production(desk: Desk, models: dict[str, Path], folder: Path, client: str) -> None:
    """The next months: a hundredth of the flights is for the newest model, and all is recorded, checked, compared."""
    (before, old), (candidate, new) = models.items()
    place = folder / f"production-{client}"
    place.mkdir()
    rows = [row for half in write_halves(place, MONTHS + 1, client) for row in read(half)][:6000]
    few = [row for number, row in enumerate(rows) if number % 100 == 7]
    many = [row for number, row in enumerate(rows) if number % 100 != 7]
    for tag, model, chosen in ((before, old, many), (candidate, new, few)):
        inputs, labels = place / f"{tag}-inputs.csv", place / f"{tag}-labels.csv"
        write(inputs, ("id", *FEATURES), chosen)
        write(labels, ("id", "label"), [{**row, "label": row["arr_delay"]} for row in chosen])
        predictions = place / f"{tag}-predictions.csv"
        python = str(model / ".venv" / "bin" / "python")
        desk.person.run(python, "-c", PREDICT, str(model), str(inputs), str(predictions))
        files = ["--inputs", str(inputs), "--predictions", str(predictions), "--labels", str(labels)]
        done = desk.saigen("monitor", "record", "prod", *files, "--model", tag)
        assert done["tag"] == f"monitor/prod/{tag}/1"
    checked = desk.person.run(
        "saigen", "monitor", "check", "prod", "--model", before, "--json", cwd=desk.root, check=False
    )
    assert checked.returncode in {0, 1}, checked.stdout + checked.stderr
    assert '"mae"' in checked.stdout
    words = ["--control", before, "--candidate", candidate, "--metric", "mae", "--env", "prod"]
    found = desk.saigen("analyse", "forward", *words)
    assert found
    desk.git("fetch", "--quiet")
    assert desk.git("ls-remote", "--heads", "origin", "ds/*")


def read(path: Path) -> list[dict[str, str]]:
    """The flights of a file that arrived, each with an id."""
    with path.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["arr_delay"] != "NA"]
    return [{**row, "id": "|".join(row[column] for column in KEY)} for row in rows]


def write(path: Path, columns: tuple[str, ...], rows: list[dict[str, str]]) -> None:
    """These columns of the rows."""
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
