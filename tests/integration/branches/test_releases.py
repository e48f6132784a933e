"""A model line from its first release to its customer, on the real stack."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.integration.branches.penguin_line import CUSTOMER, PROJECT, TRAIN, Desk, project_with_customer
from tests.integration.client.trainings import reproduced, with_shared_packages
from tests.integration.person import Person
from tests.integration.stack import Stack, free_ports
from tests.waiting import eventually

HEAD = "bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g"
PENGUINS = ("39.1,18.7,181.0,3750.0", "47.5,14.2,209.0,4600.0", "50.0,19.5,196.0,3900.0")
WRONG = TRAIN.replace('table["species"].astype(str)', 'table["species"].sample(frac=1, random_state=1).astype(str)')


@pytest.fixture(scope="module")
def desk(platform: Stack, captain: Person, author: Person) -> Iterator[Desk]:
    """The author's clone of the project, with code on dev/main and data on data/split, and nothing released."""
    with project_with_customer(platform, captain):
        desk = Desk.of(with_shared_packages(author))
        desk.code(TRAIN, "Train in three phases")
        desk.data(150, "Add the first penguins")
        yield desk


@pytest.fixture
def customer(platform: Stack, desk: Desk, tmp_path: Path) -> Person:
    """Somebody with a login that may read, and an empty folder."""
    assert desk.root.exists()
    return with_shared_packages(Person.of(platform, CUSTOMER, tmp_path))


def runs_of(desk: Desk, tag: str) -> dict[str, dict[str, str]]:
    """Parameters by phase of the runs that the results on main list for a release."""
    listed = json.loads(desk.git("show", "origin/main:tracking/runs.json"))
    return {one["name"]: one["params"] for one in listed if one["tags"]["saigen.release"] == tag}


def predictions(person: Person, folder: Path) -> list[str]:
    """What a customer gets for three penguins of a CSV file, by MLflow alone."""
    rows = folder / "INPUT.csv"
    rows.write_text("\n".join([HEAD, *PENGUINS, ""]))
    words = ["models", "predict", "--model-uri", "models/model", "--env-manager", "local"]
    python = str(folder / ".venv" / "bin" / "python")
    done = person.run(python, "-m", "mlflow", *words, "--content-type", "csv", "-i", "INPUT.csv", cwd=folder)
    return list(json.loads(done.stdout[done.stdout.index("{") :])["predictions"])


def served(person: Person, tag: str) -> list[str]:
    """What a server for a release answers to the same penguins, as JSON."""
    port = free_ports(1)[0]
    command = ["saigen", "model", "serve", tag, "--port", str(port)]
    with subprocess.Popen(command, cwd=person.home, env=person.environment, stderr=subprocess.DEVNULL) as server:
        try:
            url = f"http://127.0.0.1:{port}"
            eventually(lambda: requests.get(f"{url}/ping", timeout=5).ok, every=1)
            rows = {"columns": HEAD.split(","), "data": [list(map(float, row.split(","))) for row in PENGUINS]}
            answer = requests.post(f"{url}/invocations", json={"dataframe_split": rows}, timeout=60)
        finally:
            server.terminate()
    return list(answer.json()["predictions"])


def assert_not_released(desk: Desk, reason: str) -> None:
    """A release that fails with this reason, and leaves everything as it was for everybody."""
    before = desk.published()
    said = desk.release(exit_code=1)["said"]
    assert reason in said, said
    assert desk.published() == before
    assert desk.git("tag", "--list", "acme-2") == ""
    assert desk.git("worktree", "list").count("\n") == 0


def test_a_line_from_its_first_release_to_its_customer(desk: Desk, customer: Person, reviewer: Person) -> None:
    first = desk.release()
    assert first["tag"] == "acme-1"
    desk.git("fetch", "--quiet", "--tags", "origin")
    assert {name: params["release_tag"] for name, params in runs_of(desk, "acme-1").items()} == {
        "tune": "acme-1", "evaluate": "acme-1", "final": "acme-1",
    }  # fmt: skip
    assert "nothing to do" in desk.run("saigen", "release", "train", "acme").stdout
    assert [node.split(":")[0] for node in desk.saigen("lineage", "acme-1")["focus"]] == ["version"]

    desk.data(340, "Add the other penguins")
    desk.code("import no_such_library\n" + TRAIN, "Break it")
    assert_not_released(desk, "the tests are red")
    desk.code(WRONG, "Mix the species up")
    assert_not_released(desk, "expected accuracy >= 0.9")
    desk.code(TRAIN, "Put it right")
    second = desk.release()

    assert second["tag"] == "acme-2"
    assert desk.registered() == {f"{PROJECT}.acme/1": "acme-1", f"{PROJECT}.acme/2": "acme-2"}
    assert "has looked at it 3 times" in desk.git("show", "acme-2:MODEL_CARD.md")
    pulled = json.loads(customer.run("saigen", "model", "pull", "acme", "--json").stdout)
    assert pulled["tag"] == "acme-2"
    said = customer.run("bash", "-c", pulled["command"]).stdout
    assert len(json.loads(said[said.index("{") :])["predictions"]) == 3  # the rows of the model's input example
    assert predictions(customer, customer.home / "acme-2") == ["Adelie", "Gentoo", "Chinstrap"]

    assert served(customer, "acme-2") == ["Adelie", "Gentoo", "Chinstrap"]

    found = reproduced(with_shared_packages(reviewer), "acme-1")
    assert found["verdict"] == "reproduced"
    assert not [note for note in found["notes"] if "was not recorded" in note]
    assert {line["name"] for line in found["pairs"][0]["lines"]} >= {"rows", "c", "predictions of model"}
