"""A model of January's flights in production from January to July: its drift is real, and somebody hears of it."""

from __future__ import annotations

import csv
import json
import random
import subprocess
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.integration.flights_data import write_v2
from tests.integration.person import Person

MODEL, ENVIRONMENT = "skies-1", "skies"
INPUTS = ("dep_delay", "distance", "hour", "carrier", "origin", "dest", "temp", "wind_speed", "visib")
ROWS = 4_000
SETTINGS = """[project]
name = "flights"
[monitor]
key = ["id"]
target = "arr_delay"
ignore = ["id"]
webhook = "MONITOR_HOOK"
[[alerts]]
when = "drift_share > 0.2"
severity = "error"
[[alerts]]
when = "outlier_share > 0.5"
"""
Row = dict[str, str]


class Hook(ThreadingHTTPServer):
    """Where alerts are posted to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Receiver)
        self.received: list[dict[str, Any]] = []


class _Receiver(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        self.server.received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class Month:
    """What happened in a month, as files."""

    inputs: Path
    predictions: Path
    labels: Path

    @classmethod
    def write(cls, folder: Path, rows: Sequence[Row]) -> Month:
        """Inputs, what the model says (as late as it left), and how late it was in the end."""
        folder.mkdir()
        return cls(
            _write(folder / "inputs.csv", ["id", *INPUTS], [[row[name] for name in ("id", *INPUTS)] for row in rows]),
            _write(folder / "predictions.csv", ["id", "prediction"], [[row["id"], row["dep_delay"]] for row in rows]),
            _write(folder / "labels.csv", ["id", "label"], [[row["id"], row["arr_delay"]] for row in rows]),
        )


def _write(path: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([columns, *rows])
    return path


@pytest.fixture(scope="module")
def flights(tmp_path_factory: pytest.TempPathFactory) -> dict[int, list[Row]]:
    """Flights with the weather at their departure, by month."""
    path = tmp_path_factory.mktemp("flights") / "flights.csv"
    write_v2(path)
    months: dict[int, list[Row]] = {}
    with path.open(newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            months.setdefault(int(row["month"]), []).append({**row, "id": str(number)})
    return months


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook() as server:
        threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def people(author: Person, reviewer: Person, hook: Hook) -> list[Person]:
    """Two people who know where alerts go."""
    where = {"MONITOR_HOOK": f"http://127.0.0.1:{hook.server_address[1]}/secret"}
    return [replace(one, exports={**one.exports, **where}) for one in (author, reviewer)]


def fresh_clone(person: Person) -> Path:
    """A clone that no other test has worked in."""
    target = person.home / "skies"
    person.run("git", "clone", "--quiet", f"{person.exports['SAIGEN_GIT_URL']}/flights.git", str(target))
    return target


@pytest.fixture
def clones(people: list[Person], flights: dict[int, list[Row]]) -> list[Path]:
    """Their clones; the first has released the model, with January as its training split."""
    clones = [fresh_clone(one) for one in people]
    ada, here = people[0], clones[0]
    split = here / "data" / "split"
    split.mkdir(parents=True)
    columns = ["id", *INPUTS, "arr_delay"]
    _write(split / "train.csv", columns, [[row[name] for name in columns] for row in flights[1]])
    ada.run("git", "switch", "--quiet", "-c", "skies", cwd=here)
    ada.run("dvc", "add", "--quiet", "data/split/train.csv", cwd=here)
    ada.run("git", "add", "--all", cwd=here)
    ada.run("git", "commit", "--quiet", "-m", "As late as it left", cwd=here)
    ada.run("dvc", "push", "--quiet", "data/split/train.csv", cwd=here)
    ada.run("git", "tag", MODEL, cwd=here)
    ada.run("git", "push", "--quiet", "origin", "skies", MODEL, cwd=here)
    for clone in clones:
        (clone / "saigen.toml").write_text(SETTINGS)
    return clones


def command(month: Month, *more: str) -> list[str]:
    files = ["--inputs", str(month.inputs), "--predictions", str(month.predictions)]
    return ["saigen", "monitor", "record", ENVIRONMENT, *files, "--model", MODEL, "--json", *more]


def check(person: Person, clone: Path, *arguments: str, exit_code: int) -> dict[str, Any]:
    done = person.run("saigen", "monitor", "check", ENVIRONMENT, "--json", *arguments, cwd=clone, check=False)
    assert done.returncode == exit_code, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def run_of(person: Person, run: str) -> dict[str, Any]:
    found: dict[str, Any] = person.api("GET", "runs/get", params={"run_id": run}).json()["run"]
    return found


def test_drift_that_is_real_is_found_and_told_once(
    people: list[Person], clones: list[Path], flights: dict[int, list[Row]], hook: Hook, tmp_path: Path
) -> None:
    ada, bob = people
    here, there = clones
    chosen = random.Random(1)
    january, march, july = (
        Month.write(tmp_path / str(month), chosen.sample(flights[month], ROWS)) for month in (1, 3, 7)
    )

    ada.run(*command(january), cwd=here)
    same = check(ada, here, exit_code=0)
    assert same["alerts"] == []
    assert [one["column"] for one in same["columns"] if one["drifted"]] == []
    assert hook.received == []

    with subprocess.Popen(command(march), cwd=here, env=ada.environment, stdout=subprocess.PIPE) as first:
        second = bob.run(*command(july, "-m", "July"), cwd=there)
        told = first.communicate(timeout=300)[0]
    assert first.returncode == 0
    recorded = {json.loads(one)["tag"] for one in (told, second.stdout)}
    assert recorded == {f"monitor/{ENVIRONMENT}/{MODEL}/{number}" for number in (2, 3)}
    for person, clone, month in ((ada, here, march), (bob, there, july)):
        labels = ("--labels", str(month.labels), "--model", MODEL)
        person.run("saigen", "monitor", "record", ENVIRONMENT, *labels, cwd=clone)

    found = check(bob, there, "--last", "2", exit_code=1)
    drifted = {one["column"] for one in found["columns"] if one["drifted"]}
    assert {"temp", "dep_delay"} <= drifted
    assert not {"origin", "hour", "distance"} & drifted
    assert [alert["when"] for alert in found["alerts"]] == ["drift_share > 0.2"]
    assert found["figures"]["labels"] == found["figures"]["rows"] == 2 * ROWS
    assert 5 < found["figures"]["mae"] < found["figures"]["rmse"] < 40
    assert len(hook.received) == 1
    assert "drift_share" in hook.received[0]["text"]

    run = run_of(ada, found["run"])
    tags = {tag["key"]: tag["value"] for tag in run["data"]["tags"]}
    assert tags["monitor.model"] == MODEL
    assert tags["monitor.record"] in recorded
    listed = ada.api("GET", "artifacts/list", params={"run_id": found["run"]}).json()["files"]
    assert [file["path"] for file in listed] == ["report.html"]

    audited = json.loads(ada.run("saigen", "audit", "--json", "--experiment", "flights-monitoring").stdout)
    assert audited["runs"] == []
    assert [kind for kind, count in audited["left_out"].items() if count] == ["checks"]

    again = ada.run("saigen", "monitor", "watch", ENVIRONMENT, "--once", "--json", cwd=here)
    assert json.loads(again.stdout) == {"checked": [], "unchanged": [f"{MODEL} in {ENVIRONMENT}"], "failed": {}}
    assert len(hook.received) == 1
    plain = ada.run("saigen", "monitor", "list", ENVIRONMENT, "--json", cwd=here)
    assert [one["number"] for one in json.loads(plain.stdout)] == [1, 2, 3, 4, 5]
