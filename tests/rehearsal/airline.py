"""The project `airline`: real flights of two airports, each a client with data branches and a model line of its own."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.declared import project_of_the_team
from tests.integration.desk import Clone
from tests.integration.flights_data import write_months
from tests.integration.person import Person
from tests.integration.pulls import merge_pull
from tests.integration.stack import Stack

PROJECT = "airline"
CODE = Path(__file__).with_name("airline_train.py")
DATA = "data/flights"
KEY = ("time_hour", "carrier", "flight")
KINDS = ("main", "raw", "clean", "split", "dev", "stable", "monitor", "analysis")
TRAIN = ["uv", "run", "--frozen", "python", "src/train.py"]
RULES = f"""
[branches]
{"".join(f"{kind} = {{}}" + chr(10) for kind in KINDS)}
[clients]
ewr = {{}}
jfk = {{}}

[release]
tests = ["uv", "run", "--frozen", "python", "-c", "import sys; sys.path.insert(0, 'src'); import train"]
tune = {json.dumps(TRAIN)}
evaluate = {json.dumps(TRAIN)}
final = {json.dumps(TRAIN)}
needs = ["data/split"]
task = "tabular-regression"

[release.thresholds]
mae = "<= 20"
r2 = ">= 0.5"

[monitor]
key = ["id"]
target = "arr_delay"
ignore = ["id"]
"""


@contextmanager
def airline(platform: Stack, captain: Person, clients: Sequence[str]) -> Iterator[None]:
    """The project, with author and reviewer as members, a customer who may read for each client, and its rules."""
    with project_of_the_team(platform, PROJECT, *(f"{client}-customer" for client in clients)):
        desk = Desk.of(captain)
        settings = desk.root / "saigen.toml"
        settings.write_text(settings.read_text().split("[datasets]")[0] + RULES)
        desk.commit("Say what branches mean")
        desk.git("push", "--quiet", "origin", "HEAD:main")
        yield


@dataclass(frozen=True)
class Desk(Clone):
    """A person's clone of the project."""

    @classmethod
    def of(cls, person: Person) -> Desk:
        """A fresh clone."""
        return cls.fresh(person, PROJECT)

    def commit(self, message: str) -> None:
        """Commit everything."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", message)

    def ingest(self, branch: str, *files: Path) -> Any:
        """Files onto a raw branch."""
        names = [str(file) for file in files]
        return self.saigen(
            "data", "ingest", *names, "--source", "BTS, on-time performance", "--into", branch, "--to", DATA
        )

    def edit(self, branch: str, path: str, changes: dict[str, str]) -> None:
        """Change a script on its branch, and push it."""
        self.git("fetch", "--quiet")
        self.git("switch", "--quiet", branch)
        text = (self.root / path).read_text()
        for old, new in changes.items():
            assert old in text
            text = text.replace(old, new)
        (self.root / path).write_text(text)
        self.commit(f"Change {path}")
        self.git("push", "--quiet", "origin", branch)
        self.git("switch", "--quiet", "main")

    def api(self, method: str, path: str, **body: Any) -> Any:
        """A call of the forge's API about the project."""
        return self.person.request(method, "git", f"/api/v1/repos/team/{PROJECT}{path}", json=body)

    def merge_on_the_server(self, head: str, base: str) -> None:
        """Open a pull request, wait until the forge knows that it merges, and have it merged."""
        number = self.api("POST", "/pulls", head=head, base=base, title=f"Take {head}").json()["number"]
        done = merge_pull(self.api, number)
        assert self.api("GET", f"/pulls/{number}").json()["merged"], done.text


def write_halves(folder: Path, month: int, client: str) -> tuple[Path, Path]:
    """The flights that left one airport in a month, as two files: until the 15th, and after it."""
    (whole,) = write_months(folder, month)
    with whole.open(newline="") as file:
        head, *rows = list(csv.reader(file))
    day, origin = head.index("day"), head.index("origin")
    here = [row for row in rows if row[origin] == client.upper()]
    halves = ([row for row in here if int(row[day]) <= 15], [row for row in here if int(row[day]) > 15])
    written = []
    for name, half in zip("ab", halves, strict=True):
        written.append(folder / f"{whole.stem}-{client}-{name}.csv")
        with written[-1].open("w", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([head, *half])
    return written[0], written[1]
