"""Roles for the forge's hooks: what is compared, and what a difference leads to."""

from __future__ import annotations

from pathlib import Path

import pytest
from saigen_bootstrap.gate.roles import compare_roles, parse_roles, read_roles, render_roles, wanted_roles, write_roles

from tests.unit.bootstrap.team_examples import SECRETS, TEAM

WANTED = wanted_roles(TEAM)


def said(actual: dict[str, str]) -> str:
    (section,) = compare_roles(WANTED, actual)
    return section.render()


def test_everyone_has_the_declared_role_and_the_platform_is_a_maintainer() -> None:
    assert WANTED == {
        "saigen-platform": "maintainer",
        "captain": "maintainer",
        "author": "member",
        "reviewer": "member",
        "ci-bot": "viewer",
    }


def test_roles_as_declared_need_nothing() -> None:
    assert said(WANTED) == "gate      roles: 5 declared, 5 present, nothing to do"


def test_a_role_that_differs_is_repaired() -> None:
    assert said({**WANTED, "author": "maintainer"}).endswith("-> repair author (role maintainer, not member)")


def test_whoever_left_is_taken_out() -> None:
    assert said({**WANTED, "mallory": "maintainer"}).endswith("-> remove mallory")


def test_the_file_holds_names_and_roles_and_no_secret(tmp_path: Path) -> None:
    write_roles(tmp_path, WANTED)
    assert read_roles(tmp_path) == WANTED
    text = (tmp_path / "roles.json").read_text()
    assert [secret for secret in SECRETS.values() if secret in text] == []


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 2, "roles": {"author": "member"}}', '{"version": 1}'])
def test_what_is_no_such_file_has_no_roles(text: str) -> None:
    assert parse_roles(text) == {}


def test_what_is_written_is_read() -> None:
    assert parse_roles(render_roles(WANTED)) == WANTED
