"""`saigen reproduce`: a colleague has nothing but credentials of their own and a run's id."""

from __future__ import annotations

import hashlib
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.client.trainings import (
    Lab,
    nothing_left_behind,
    reproduce,
    reproduced,
    tags_of,
    with_shared_packages,
)
from tests.integration.flights_data import PARAMS, write_v1
from tests.integration.person import Person
from tests.integration.test_first_look import demo_runs

FLIGHTS = "data/nycflights.csv"
VERSION = "nycflights_v1"


@pytest.fixture(scope="module")
def lab(author: Person) -> Lab:
    """The author's trainings, pushed."""
    return Lab.open(with_shared_packages(author))


@pytest.fixture(scope="module")
def colleague(reviewer: Person) -> Person:
    """Who reproduces."""
    return with_shared_packages(reviewer)


@pytest.fixture(scope="module")
def flights(lab: Lab) -> str:
    """The id of a run of the template's unchanged training on the flights of 2013."""
    clone, author = lab.clone, lab.author
    write_v1(clone / FLIGHTS)
    (clone / "params.yaml").write_text(PARAMS.replace("dataset: flights", "dataset: nycflights"))
    settings = (clone / "saigen.toml").read_text().split("[project]")[0]
    (clone / "saigen.toml").write_text(
        f'{settings}[project]\nname = "reproduce"\n\n[datasets]\nnycflights = "{FLIGHTS}"\n'
    )
    lab.add_data(FLIGHTS, "Add the flights of 2013")
    author.run("git", "tag", VERSION, cwd=clone)
    author.run("git", "push", "--quiet", "origin", VERSION, cwd=clone)
    done = author.run(str(clone / ".venv" / "bin" / "python"), "src/train.py", cwd=clone)
    return done.stdout.split("run ")[-1].split(":")[0]


@pytest.fixture(scope="module")
def flights_again(colleague: Person, flights: str) -> dict[str, object]:
    """What reproducing it said."""
    return reproduced(colleague, flights)


def test_colleague_reproduces_the_demo_to_the_last_digit(colleague: Person, author: Person) -> None:
    original = demo_runs(author)[-1]["info"]["run_id"]
    before = tags_of(colleague, original)

    found = reproduced(colleague, original)

    assert found["verdict"] == "reproduced"
    assert found["data"] == ["data/penguins.csv"]
    (again,) = found["runs"]
    mine = tags_of(colleague, again)
    assert (mine["saigen.reproduces"], mine["saigen.verdict"]) == (original, "reproduced")
    assert mine["mlflow.user"] == "reviewer"
    assert tags_of(colleague, original) == before
    assert nothing_left_behind(colleague)


def test_demo_is_compared_by_its_models_predictions_as_well(colleague: Person, author: Person) -> None:
    found = reproduced(colleague, demo_runs(author)[-1]["info"]["run_id"])

    predictions = [line for line in found["pairs"][0]["lines"] if line["kind"] == "predictions"]
    assert [(line["name"], line["difference"]) for line in predictions] == [("predictions of model", 0.0)]


def test_reproduction_is_recorded_itself(colleague: Person, author: Person) -> None:
    original = demo_runs(author)[-1]["info"]["run_id"]
    mine = tags_of(colleague, reproduced(colleague, original)["runs"][0])

    assert mine["saigen.recorded"] == "yes"
    assert mine["saigen.commit"] == tags_of(colleague, original)["mlflow.source.git.commit"]
    assert reproduced(colleague, original)["verdict"] == "reproduced"


def test_flights_with_unchanged_plain_code_come_out_the_same(flights_again: dict[str, object]) -> None:
    assert flights_again["verdict"] == "reproduced"
    assert FLIGHTS in flights_again["data"]  # type: ignore[operator]


def test_code_and_data_alone_are_one_command(
    colleague: Person, flights: str, flights_again: dict[str, object], lab: Lab, tmp_path: Path
) -> None:
    assert flights_again["verdict"] == "reproduced"
    done = reproduce(colleague, flights, "--no-run", "--keep", str(tmp_path / "there"))

    assert done.returncode == 0, done.stderr
    pulled = (tmp_path / "there" / FLIGHTS).read_bytes()
    assert hashlib.sha256(pulled).digest() == hashlib.sha256((lab.clone / FLIGHTS).read_bytes()).digest()
    assert colleague.run("git", "status", "--porcelain", cwd=tmp_path / "there").stdout == ""


def test_data_version_names_its_run(colleague: Person, flights: str) -> None:
    done = reproduce(colleague, VERSION, "--dry-run")

    # There are two by now: the author's, and the reproduction, which does not count.
    assert done.returncode == 0, done.stderr
    assert flights in done.stdout


def test_random_training_diverges_with_the_table(colleague: Person, lab: Lab) -> None:
    original = lab.train("dice.py")

    done = reproduce(colleague, original, "--yes")

    assert done.returncode == 1, done.stderr
    (pips,) = [line for line in done.stdout.splitlines() if "pips" in line and "│" in line]
    assert "diverged" in pips
    assert "pips came out differently" in done.stdout


def test_repetitions_show_the_spread(colleague: Person, lab: Lab) -> None:
    found = reproduced(colleague, lab.train("dice.py"), "--repeat", "2", exit_code=1)

    assert len(found["runs"]) == 2
    assert found["spread"]["pips"] > 0
    assert found["spread"]["throws"] == 0
    assert {tags_of(colleague, run)["saigen.verdict"] for run in found["runs"]} == {"diverged"}


def test_history_of_a_metric_is_compared_step_by_step_and_times_are_not(colleague: Person, lab: Lab) -> None:
    found = reproduced(colleague, lab.train("mean.py"))

    lines = {line["name"]: line for line in found["pairs"][0]["lines"]}
    assert lines["value"]["steps"] == 3
    assert found["pairs"][0]["ignored"] == ["fit_seconds"]


def test_nested_runs_are_compared_each_with_its_own(colleague: Person, lab: Lab) -> None:
    found = reproduced(colleague, lab.train("sweep.py"))

    assert len(found["pairs"]) == 6
    children = [pair for pair in found["pairs"] if pair["original"] != found["original"]]
    assert {pair["verdict"] for pair in children} == {"reproduced"}


def test_a_nested_run_that_failed_is_repeated_as_it_was(colleague: Person, lab: Lab) -> None:
    found = reproduced(colleague, lab.train("search.py"))

    assert len(found["pairs"]) == 4
    assert {pair["verdict"] for pair in found["pairs"]} == {"reproduced"}


def test_words_variables_and_folder_of_a_recorded_command_are_those_of_the_original(
    colleague: Person, lab: Lab
) -> None:
    words = ("--name", "a b; touch x", "*")
    tags = lab.recorded("python", "src/words.py", *words, environment={"DEPTH": "none", "LD_PRELOAD": "/tmp/evil.so"})
    found = reproduced(colleague, lab.train("words.py", *words, tags=tags))

    assert found["verdict"] == "reproduced"
    assert any("LD_PRELOAD" in note for note in found["notes"])


def test_command_gets_no_storage_keys_unless_they_are_given(colleague: Person, lab: Lab) -> None:
    original = lab.train("keys.py")

    without = reproduced(colleague, original, exit_code=1)
    given = reproduced(colleague, original, "--with-storage")

    keys = [line["reproduced"] for line in without["pairs"][0]["lines"] if line["name"] == "storage_keys"]
    assert keys == [0.0]
    assert given["verdict"] == "reproduced"


def test_nothing_is_registered_or_promoted(colleague: Person, captain: Person, lab: Lab) -> None:
    original, name = lab.train("register.py"), lab.branch
    captain.api("POST", "registered-models/alias", json={"name": name, "alias": "champion", "version": "1"})

    assert reproduced(colleague, original)["verdict"] == "reproduced"

    model = colleague.api("GET", "registered-models/get", params={"name": name}).json()["registered_model"]
    assert [(one["version"], one["run_id"]) for one in model["latest_versions"]] == [("1", original)]
    assert model["aliases"] == [{"alias": "champion", "version": "1"}]
    for target in (name, f"{name}/1", f"{name}@champion"):
        assert original in reproduce(colleague, target, "--dry-run").stdout


@pytest.fixture
def interrupted(colleague: Person, lab: Lab) -> Iterator[tuple[str, int]]:
    """A reproduction that was interrupted in the middle of its training: the id of its run, and the exit code."""
    original = lab.train("slow.py")
    with subprocess.Popen(
        ["saigen", "reproduce", original, "--yes"],
        cwd=colleague.home,
        env=colleague.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        made = next(line.split()[1] for line in process.stdout if line.startswith("RUN "))
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        yield made, process.wait(60)


def test_interruption_judges_nothing_and_leaves_nothing(colleague: Person, interrupted: tuple[str, int]) -> None:
    made, code = interrupted

    assert code == 130
    assert "saigen.verdict" not in tags_of(colleague, made)
    assert "saigen.reproduces" not in tags_of(colleague, made)
    assert nothing_left_behind(colleague)
