"""The worker's account: what is compared, and what a difference leads to."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest
from saigen_bootstrap.team import Person, Team
from saigen_bootstrap.worker.account import (
    WorkerAccount,
    apply_account,
    compare_account,
    parse_account,
    read_account,
    wanted_account,
)

from tests.unit.bootstrap.team_examples import AUTHOR, DEMO, ROBOT

WORKER = Person("worker", "member", ("demo",), email="worker@team.invalid", service=True)
TEAM = Team("team", (AUTHOR, ROBOT, WORKER), (DEMO,))
WANTED = WorkerAccount("worker", "worker@team.invalid", "", "team", ("demo",), "secret-of-worker")


def said(wanted: WorkerAccount | None, actual: WorkerAccount | None) -> str:
    (section,) = compare_account(wanted, actual)
    return section.render()


def test_the_account_has_its_projects_and_its_secret() -> None:
    assert wanted_account(TEAM, "worker", {"worker": "secret-of-worker"}) == WANTED


@pytest.mark.parametrize("name", ["author", "ci-bot", "nobody"])
def test_no_account_but_a_service_account_that_is_a_member_is_handed_out(name: str) -> None:
    assert wanted_account(TEAM, name, {name: "secret"}) is None


def test_where_none_is_declared_and_none_is_there_nothing_is_to_do() -> None:
    assert said(None, None) == "worker    account: 0 declared, 0 present, nothing to do"


def test_a_declared_account_is_created_and_then_left_alone() -> None:
    assert said(WANTED, None) == "worker    account: 1 declared, 0 present -> create worker"
    assert said(WANTED, WANTED) == "worker    account: 1 declared, 1 present, nothing to do"


def test_what_differs_is_named_and_no_secret_is() -> None:
    other = replace(WANTED, projects=(), secret="older")
    assert said(WANTED, other).endswith("-> repair worker (projects, secret differs)")
    assert "older" not in said(WANTED, other) + repr(other)


def test_an_account_that_left_is_taken_away() -> None:
    assert said(None, WANTED).endswith("-> remove worker")
    assert said(replace(WANTED, name="robot"), WANTED).endswith("-> remove worker; create robot")


def test_the_file_is_readable_for_its_owner_alone_and_goes_with_the_account(tmp_path: Path) -> None:
    apply_account(tmp_path, WANTED)
    assert read_account(tmp_path) == WANTED
    assert stat.S_IMODE((tmp_path / "account.json").stat().st_mode) == 0o400
    apply_account(tmp_path, None)
    assert read_account(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": "worker"}'])
def test_what_is_no_such_file_has_no_account(text: str) -> None:
    assert parse_account(text) is None
