"""`saigen lineage` on the shipped stack: from a model back to its data, and from data to everything that saw it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.client.runs import Work, demo_run
from tests.integration.person import Person

REGISTER = """
import mlflow, sys
client = mlflow.MlflowClient()
model = client.search_logged_models([sys.argv[3]], filter_string=f"source_run_id = '{sys.argv[2]}'")[0]
client.create_registered_model(sys.argv[1])
version = client.create_model_version(
    sys.argv[1], f"models:/{model.model_id}", run_id=sys.argv[2], model_id=model.model_id
)
client.set_registered_model_alias(sys.argv[1], "champion", version.version)
"""


def lineage(person: Person, target: str, **options: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(person.run("saigen", "lineage", target, "--json", **options).stdout)
    return found


def labels(found: dict[str, Any], kind: str) -> str:
    return "\n".join(node["label"] for node in found["nodes"] if node["kind"] == kind)


@pytest.fixture(scope="module")
def run(reviewer: Person) -> str:
    return demo_run(reviewer)


@pytest.fixture(scope="module")
def demo_model(reviewer: Person, run: str) -> str:
    found = lineage(reviewer, run)
    logged = (edge["effect"] for edge in found["edges"] if (edge["cause"], edge["how"]) == (f"run:{run}", "logged"))
    return next(logged).removeprefix("model:")


@pytest.fixture(scope="module")
def registered(captain: Person, run: str) -> str:
    experiment = captain.api("GET", "runs/get", params={"run_id": run}).json()["run"]["info"]["experiment_id"]
    name = f"audit-model-{run[:8]}x"
    captain.python(REGISTER, name, run, experiment)
    return name


def test_the_demos_model_leads_to_penguins_v1(reviewer: Person, demo_model: str, run: str) -> None:
    found = lineage(reviewer, demo_model)
    assert labels(found, "data").startswith("penguins_v1 (data/penguins.csv in team/demo")
    assert run in labels(found, "run")
    assert "of team/demo" in labels(found, "commit")


def test_a_data_version_leads_to_runs_and_models(reviewer: Person, demo_model: str, run: str) -> None:
    found = lineage(reviewer, "penguins_v1")
    assert run in labels(found, "run")
    assert demo_model in labels(found, "model")


def test_a_registered_model_is_found_by_name_version_and_alias(reviewer: Person, registered: str, run: str) -> None:
    for target in (registered, f"{registered}/1", f"{registered}@champion"):
        found = lineage(reviewer, target)
        assert f"{registered}/1 @champion" in labels(found, "model version")
        assert run in labels(found, "run")
        assert "penguins_v1" in labels(found, "data")


def test_a_run_leads_to_its_registered_model(reviewer: Person, registered: str, run: str) -> None:
    assert registered in labels(lineage(reviewer, run), "registered model")


def test_a_file_is_found_by_its_content_whatever_its_name(author: Person, reviewer: Person, run: str) -> None:
    work = Work.begin(author)
    author.run("dvc", "pull", "--quiet", cwd=work.clone)
    elsewhere = reviewer.home / "somewhere.txt"
    elsewhere.write_bytes((work.clone / "data" / "penguins.csv").read_bytes())
    found = lineage(reviewer, str(elsewhere))
    assert run in labels(found, "run")
    assert "penguins_v1" in labels(found, "data")


def test_a_file_inside_a_folder_is_found(author: Person, reviewer: Person) -> None:
    work = Work.begin(author)
    text = f"a picture of {work.name}"
    work.add_folder({"deep/1.png": text, "2.png": "another"})
    run = work.log(work.commit())
    picture = reviewer.home / "picture.png"
    picture.write_text(text)
    found = lineage(reviewer, str(picture))
    assert labels(found, "run").startswith(run)
    assert [edge["how"] for edge in found["edges"] if edge["cause"] in found["focus"]] == ["is deep/1.png in"]


def test_a_commit_leads_to_its_runs(author: Person) -> None:
    work = Work.begin(author)
    commit = work.commit()
    runs = {work.log(commit), work.log(commit)}
    found = lineage(author, commit[:10])
    assert {node["id"].removeprefix("run:") for node in found["nodes"] if node["kind"] == "run"} == runs


def test_people_read_a_tree_and_graphviz_a_graph(reviewer: Person, run: str) -> None:
    tree = reviewer.run("saigen", "lineage", run).stdout
    assert "came from" in tree
    assert "data penguins_v1" in tree
    assert reviewer.run("saigen", "lineage", run, "--dot").stdout.startswith("digraph lineage {")


def test_what_nobody_knows_blocks(reviewer: Person) -> None:
    for target in ("nothing_v9", "abcdef1234567", "no-such-model"):
        assert reviewer.run("saigen", "lineage", target, check=False).returncode == 3
