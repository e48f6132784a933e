"""The named versions of a project's data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saigen.cli import main
from saigen.data.listing import Dedup, source_of, stored_once, versions
from saigen.recording import DATA, DATA_VERSION, REPOSITORY
from saigen.tracking import Tracking
from tests.unit.client.data_versions.project import Checkout
from tests.unit.conftest import NewDatabase


def test_versions_are_listed_by_number_with_what_their_pointers_say(checkout: Checkout) -> None:
    for number in (1, 2, 10):
        checkout.add("data/penguins.csv", b"x" * number)
        checkout.commit(f"State {number}", f"penguins_v{number}")
    found = versions(runs=False, repository=checkout.repository)
    assert [(one.tag, one.size, one.files, one.author) for one in found.versions] == [
        ("penguins_v1", 1, 1, "ada"),
        ("penguins_v2", 2, 1, "ada"),
        ("penguins_v10", 10, 1, "ada"),
    ]
    assert found.dedup == (Dedup("penguins", 13, 13),)


def test_a_content_that_came_back_is_stored_once(checkout: Checkout) -> None:
    for number, content in enumerate((b"one", b"three", b"one"), start=1):
        checkout.add("data/penguins.csv", content)
        checkout.commit("Change", f"penguins_v{number}")
    assert versions(runs=False, repository=checkout.repository).dedup == (Dedup("penguins", 11, 8),)


def test_files_that_versions_of_a_directory_share_are_stored_once(checkout: Checkout) -> None:
    checkout.write(".dvc/config", "")
    checkout.add("data/penguins.csv", {"a": b"1" * 100})
    checkout.commit("First", "penguins_v1")
    checkout.add("data/penguins.csv", {"a": b"1" * 100, "b": b"2"})
    checkout.commit("Second", "penguins_v2")
    assert versions(runs=False, repository=checkout.repository).dedup == (Dedup("penguins", 201, 101),)


def test_equal_files_of_a_version_are_stored_once(checkout: Checkout) -> None:
    checkout.write(".dvc/config", "")
    checkout.add("data/penguins.csv", {"a": b"1" * 100, "b": b"1" * 100})
    checkout.commit("First", "penguins_v1")
    assert versions(runs=False, repository=checkout.repository).dedup == (Dedup("penguins", 200, 100),)


def test_what_people_wrote_is_listed_as_they_wrote_it(
    checkout: Checkout, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    checkout.add("data/penguins.csv", b"one")
    checkout.commit("Take [Palmer] over [/x] :dog:\x1b[31m", "penguins_v1")
    assert main(["data", "list", "--offline"]) == 0
    assert "Take [Palmer] over [/x] :dog:?[31m" in capsys.readouterr().out


def test_what_runs_say_of_their_data_is_shown_as_they_say_it(
    tmp_path: Path, new_database: NewDatabase, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", new_database(tmp_path / "mlflow.db"))
    tags = {DATA: json.dumps({"data/[/x].csv": "a" * 32}), "mlflow.user": "[/ada]\x1b[31m"}
    Tracking().client.create_run("0", tags={**tags, REPOSITORY: "team/[birds]"})
    assert main(["data", "variants"]) == 0
    said = capsys.readouterr().out
    assert "team/[birds] data/[/x].csv: 1 variant" in said
    assert "[/ada]?[31m" in said


def test_a_tracking_server_that_is_not_there_is_said(checkout: Checkout) -> None:
    checkout.add("data/penguins.csv", b"one")
    checkout.commit("First", "penguins_v1")
    found = versions(sizes=False, repository=checkout.repository)
    assert found.versions[0].runs is None
    assert "runs are not counted" in found.notes[0]


def test_runs_from_before_a_state_got_its_name_are_counted(
    checkout: Checkout, new_database: NewDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", new_database(tmp_path / "mlflow.db"))
    md5 = checkout.add("data/penguins.csv", b"one")
    checkout.commit("First", "penguins_v1")
    for state in (f"penguins_v0+{md5[:7]}", "penguins_v1", f"others_v0+{md5[:7]}", "penguins_v1+0000000"):
        Tracking().client.create_run("0", tags={DATA_VERSION: state})
    (found,) = versions(repository=checkout.repository).versions
    assert found.runs == 2


def test_a_version_made_with_plain_git_has_its_commits_author_and_message(checkout: Checkout) -> None:
    checkout.add("data/penguins.csv", b"one")
    checkout.commit("From Palmer Station\n\nMore words.")
    checkout.git("tag", "penguins_v1")
    (found,) = versions(runs=False, repository=checkout.repository).versions
    assert (found.author, found.source) == ("ada", "From Palmer Station")


def test_the_source_is_the_trailer_of_the_tag_or_else_of_the_commit() -> None:
    assert source_of("why\n\nSource: the lab\n", "why\n\nSource: another") == "the lab"
    assert source_of("why", "why\n\nSource: another") == "another"
    assert source_of("why\n\nSource: the lab,\n  of Tuesday\n") == "the lab, of Tuesday"
    assert source_of("why", "Take the data of the lab over\n\nmore") == "Take the data of the lab over"
    assert source_of("Release penguins_v2\n", "Release penguins_v2\n") == ""


sizes = st.lists(st.tuples(st.text("ab", min_size=1, max_size=2), st.just(7) | st.just(-1)))


@given(st.lists(sizes, max_size=5))
def test_what_is_stored_once_is_never_more_than_the_sum(contents: list[list[tuple[str, int]]]) -> None:
    total, once = stored_once(contents)

    assert 0 <= once <= total
    assert once == 7 * len({md5 for version in contents for md5, size in version if size >= 0})
