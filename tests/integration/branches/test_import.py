"""A project that began with `mlruns` moves to the platform: cut off in the middle, gone on with, then on main."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests import mlruns
from tests.integration.person import Person
from tests.waiting import eventually

EXPERIMENT = "Flüge über New York"
MANY = """
import sys
from mlflow import MlflowClient
from mlflow.entities import Metric
client = MlflowClient(sys.argv[1])
experiment = client.get_experiment_by_name("Flüge über New York").experiment_id
for number in range(30):
    run = client.create_run(experiment, run_name=f"sweep {number}").info.run_id
    client.log_batch(run, metrics=[Metric("loss", 1 / (1 + step), step, step) for step in range(50)])
    client.log_param(run, "number", number)
    client.set_terminated(run)
"""
READ = """
import json, sys
import mlflow
client = mlflow.MlflowClient()
run = client.get_run(sys.argv[1])
model = client.get_model_version(*sys.argv[2:])
loaded = mlflow.pyfunc.load_model(f"models:/{sys.argv[2]}/{sys.argv[3]}")
print(json.dumps({
    "points": len(client.get_metric_history(run.info.run_id, "history")),
    "report": mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/reports/täglich/größe.txt"),
    "predicted": list(loaded.predict([1.5, 2.0])),
    "version": [model.description, model.tags, model.run_id],
}))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a team had on main before: the folder that plain MLflow wrote."""
    return tmp_path_factory.mktemp("before") / "mlruns"


@pytest.fixture(scope="module")
def ids(folder: Path) -> dict[str, str]:
    """Its runs by name, and thirty more."""
    made = mlruns.make(folder)
    mlruns.run(MANY, folder.as_uri(), folder.parent)
    return made


def saigen(person: Person, *arguments: str, exit_code: int = 0, cwd: Path | None = None) -> dict[str, Any]:
    """What `saigen ... --json` prints, with the exit code that is expected."""
    done = person.run("saigen", *arguments, "--json", check=False, cwd=cwd)
    assert done.returncode == exit_code, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def imported(person: Person) -> dict[str, dict[str, Any]]:
    """The runs on the server that were brought, by the id that they had; each is there once."""
    experiments = person.api("GET", "experiments/search", params={"max_results": 100}).json()["experiments"]
    asked = {
        "experiment_ids": [one["experiment_id"] for one in experiments],
        "filter": "tags.`saigen.imported` LIKE '%'",
        "run_view_type": "ALL",
        "max_results": 1000,
    }
    runs = person.api("POST", "runs/search", json=asked).json().get("runs", [])
    found = {tags(run)["saigen.imported"]: run for run in runs}
    assert len(found) == len(runs)
    return found


def tags(run: dict[str, Any]) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in run["data"]["tags"]}


def complete(person: Person) -> int:
    return sum(1 for run in imported(person).values() if "saigen.imported.complete" in tags(run))


def kill_in_the_middle(person: Person, folder: Path) -> None:
    """Begin an import and kill it once some runs are complete, and others are not."""

    def some() -> None:
        assert complete(person) >= 1

    begun = subprocess.Popen(
        ["saigen", "import", str(folder)],
        env=person.environment,
        cwd=person.home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: complete(person), every=0.1)
    finally:
        begun.send_signal(signal.SIGKILL)
        begun.wait()


def test_mlruns_moves_to_the_server_and_its_results_to_main(
    folder: Path, ids: dict[str, str], author: Person, reviewer: Person, captain: Person
) -> None:
    before = sorted(path for path in folder.rglob("*"))
    assert saigen(author, "import", str(folder), "--dry-run")["new"] == 34
    assert imported(author) == {}

    kill_in_the_middle(author, folder)
    done_before = complete(author)
    assert done_before < 34

    done = saigen(author, "import", str(folder))
    assert done["missing"] == []
    assert (done["runs"], done["there"]) == (34, done_before)
    assert done["resumed"] >= 1
    assert [note for note in done["notes"] if "alias champion" in note], "a member sets no alias"
    assert sorted(path for path in folder.rglob("*")) == before

    runs = imported(author)
    parent = runs[ids["parent"]]["info"]
    assert {tags(run)["mlflow.user"] for run in runs.values()} == {"author"}
    assert tags(runs[ids["child"]])["mlflow.parentRunId"] == parent["run_id"]
    assert runs[ids["gone"]]["info"]["lifecycle_stage"] == "deleted"
    found = json.loads(reviewer.python(READ, parent["run_id"], "twice", "1"))
    assert (found["points"], found["report"], found["predicted"]) == (1100, "inhalt\n", [3.0, 4.0])
    assert found["version"][0] == "The first one"
    assert found["version"][2] == parent["run_id"]

    again = saigen(author, "import", str(folder))
    assert (again["new"], again["resumed"], again["there"], again["missing"]) == (0, 0, 34, [])
    checked = saigen(captain, "import", str(folder), "--verify")
    assert (checked["new"], checked["missing"], checked["notes"]) == (0, [], [])
    assert {row["kind"]: row["source"] - row["server"] - row["kept"] for row in checked["rows"]} == {
        row["kind"]: 0 for row in checked["rows"]
    }
    assert captain.api("GET", "registered-models/alias", params={"name": "twice", "alias": "champion"}).ok

    clone = author.clone("flights")
    exported = saigen(author, "track", "export", "--experiment", EXPERIMENT, cwd=clone)
    assert exported["commit"]
    author.run("git", "fetch", "--quiet", "origin", cwd=clone)
    listed = json.loads(author.run("git", "show", "origin/main:tracking/runs.json", cwd=clone).stdout)
    alive = {run["info"]["run_id"] for run in runs.values() if run["info"]["lifecycle_stage"] == "active"}
    assert {one["run_id"] for one in listed} == alive
    assert next(one for one in listed if one["run_id"] == parent["run_id"])["params"]["grün"] == "ja"
    assert saigen(author, "track", "export", "--experiment", EXPERIMENT, cwd=clone)["added"] == []


def test_a_database_moves_to_the_server(tmp_path: Path, author: Person, reviewer: Person) -> None:
    file = tmp_path / "mlflow.db"
    made = mlruns.make_database(file)
    before = file.read_bytes()

    done = saigen(author, "import", str(file))

    assert (done["missing"], done["kind"], done["new"]) == ([], "database", 4)
    assert file.read_bytes() == before
    parent = imported(author)[made["parent"]]["info"]["run_id"]
    found = json.loads(reviewer.python(READ, parent, "twice", version_of(author, parent)))
    assert (found["points"], found["report"], found["predicted"]) == (1100, "inhalt\n", [3.0, 4.0])


def version_of(person: Person, run: str) -> str:
    """The version of the model `twice` that a run made."""
    found = person.api("GET", "model-versions/search", params={"filter": f"run_id = '{run}'"}).json()
    return str(found["model_versions"][0]["version"])
