"""Where data came from: a push that does not say so is refused, and its fix is accepted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.client.branches.pushes import DATA, RULES, Clone, clone_of_new, git, raw


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return clone_of_new(tmp_path)


def test_data_on_raw_without_a_source_is_refused_and_with_one_accepted(clone: Clone) -> None:
    clone.switch("data/raw")
    clone.commit(DATA, message="January")
    (refusal,) = clone.judge("data/raw")
    assert refusal.rule == "origin"
    assert DATA in refusal.what
    clone.follow(refusal)
    clone.push("data/raw")


def test_a_source_is_added_to_an_earlier_commit_as_well(clone: Clone) -> None:
    clone.switch("data/raw")
    clone.commit(DATA, message="January")
    clone.commit("data/more.csv.dvc", message="February\n\nSource: the airport")
    (refusal,) = clone.judge("data/raw")
    clone.follow(refusal)
    clone.push("data/raw")


def test_what_people_write_beside_data_needs_no_source(clone: Clone) -> None:
    clone.switch("data/raw")
    clone.commit("data/README.md", "data/.gitignore", "pipeline/clean.py", message="Describe it")
    clone.push("data/raw")


def test_data_taken_from_another_branch_needs_no_source(clone: Clone) -> None:
    taken = raw(clone, "data/raw/acme")
    clone.switch("data/raw/birds")
    clone.commit(DATA, message=f"Take it\n\nTaken-from: data/raw/acme@{taken}")
    clone.push("data/raw/birds")


@pytest.mark.parametrize("said", ["data/raw/acme@1234", "data/raw/acme@" + "0" * 40, "data/nowhere@" + "0" * 40, "x"])
def test_data_taken_from_nowhere_is_refused(clone: Clone, said: str) -> None:
    raw(clone, "data/raw/acme")
    clone.switch("data/raw/birds")
    clone.commit(DATA, message=f"Take it\n\nTaken-from: {said}")
    assert clone.rules("data/raw/birds") == ["origin"]


def test_data_on_clean_that_is_not_derived_from_raw_is_refused_and_from_raw_accepted(clone: Clone) -> None:
    raw(clone)
    clone.switch("data/clean")
    clone.commit("dvc.lock", message="Clean")
    (missing,) = clone.judge("data/clean")
    assert "Derived-from" in missing.why
    git(clone.root, "commit", "--quiet", "--amend", "--no-edit", "--trailer", "Derived-from: data/raw")
    (wrong,) = clone.judge("data/clean")
    assert "full id" in wrong.why
    git(clone.root, "fetch", "--quiet")
    clone.follow(wrong)
    clone.push("data/clean")
    clone.commit("dvc.lock", content="2\n", message="Clean\n\nDerived-from: " + "0" * 40)
    assert clone.rules("data/clean") == ["origin"]


def test_data_of_a_line_is_derived_from_the_same_line(clone: Clone) -> None:
    other, own = raw(clone, "data/raw/birds"), raw(clone, "data/raw/acme")
    clone.switch("data/clean/acme")
    clone.commit("dvc.lock", message=f"Clean\n\nDerived-from: {other}")
    (refusal,) = clone.judge("data/clean/acme")
    assert "expected a commit of data/raw/acme" in refusal.why
    git(clone.root, "commit", "--quiet", "--amend", "-m", f"Clean\n\nDerived-from: {own}")
    clone.push("data/clean/acme")


def test_a_line_without_raw_data_of_its_own_is_derived_from_that_of_all(clone: Clone) -> None:
    shared = raw(clone)
    clone.switch("data/clean/acme")
    clone.commit("dvc.lock", message=f"Clean\n\nDerived-from: {shared}")
    clone.push("data/clean/acme")


def test_data_of_a_client_is_derived_from_the_branch_of_that_client(tmp_path: Path) -> None:
    clients = '[clients.acme]\nraw = "data/raw/shared"\n'
    clone = clone_of_new(tmp_path, RULES + clients)
    other, own = raw(clone, "data/raw/acme"), raw(clone, "data/raw/shared")
    clone.switch("data/clean/acme")
    clone.commit("dvc.lock", message=f"Clean\n\nDerived-from: {other}")
    (refusal,) = clone.judge("data/clean/acme")
    assert "expected a commit of data/raw/shared" in refusal.why
    git(clone.root, "commit", "--quiet", "--amend", "-m", f"Clean\n\nDerived-from: {own}")
    clone.push("data/clean/acme")


def test_raw_and_clean_may_be_pushed_together(clone: Clone) -> None:
    clone.switch("data/raw")
    commit = clone.commit(DATA, message="January\n\nSource: the airport")
    clone.switch("data/clean", "data/raw")
    clone.commit("dvc.lock", message=f"Clean\n\nDerived-from: {commit}")
    clone.push("data/clean", "data/raw")


def test_predictions_name_a_model_that_was_released(clone: Clone) -> None:
    clone.switch("monitor/prod")
    clone.commit("monitoring/predictions.dvc", message="A day")
    assert clone.rules("monitor/prod") == ["origin"]
    git(clone.root, "commit", "--quiet", "--amend", "--no-edit", "--trailer", "Model: acme-1")
    (refusal,) = clone.judge("monitor/prod")
    assert "no such tag" in refusal.why
    git(clone.root, "tag", "acme-1", "main")
    git(clone.root, "push", "--quiet", "origin", "acme-1")
    clone.push("monitor/prod")
