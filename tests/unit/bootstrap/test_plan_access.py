"""Access file, people's secrets, databases and the demo: what is compared, and what a difference leads to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from saigen_bootstrap.demo.state import DemoState, compare_demo
from saigen_bootstrap.plan import Plan, Section
from saigen_bootstrap.postgres.state import Database, PostgresState, Role, compare_postgres, wanted_postgres
from saigen_bootstrap.secrets.people import compare_people
from saigen_bootstrap.tracking.access import parse_access, render_access
from saigen_bootstrap.tracking.compare import TrackingState, compare_tracking, wanted_people

from tests.unit.bootstrap.team_examples import SECRETS, TEAM, WITHOUT_AUTHOR

WANTED = wanted_people(TEAM, SECRETS, "token")
PEOPLE = {name: entry for name, entry in WANTED.items() if entry is not None}


def done(sections: tuple[Section, ...]) -> list[str]:
    return [change.render() for section in sections for change in section.changes]


# Tracking


def test_access_as_declared_needs_nothing() -> None:
    sections = compare_tracking(WANTED, TrackingState(PEOPLE))
    assert done(sections) == []
    assert sections[0].render() == "tracking  people: 5 declared, 5 present, nothing to do"


def test_everyone_is_added_to_the_first_access_file() -> None:
    first = TrackingState({"saigen-platform": PEOPLE["saigen-platform"]}, refused=None)
    assert done(compare_tracking(WANTED, first)) == [
        "create author", "create captain", "create ci-bot", "create reviewer", "repair server (it is still starting)",
    ]  # fmt: skip


def test_person_who_left_is_taken_out_of_the_access_file() -> None:
    wanted = wanted_people(WITHOUT_AUTHOR, SECRETS, "token")
    assert done(compare_tracking(wanted, TrackingState(PEOPLE))) == ["remove author"]


def test_role_raised_by_hand_is_repaired() -> None:
    raised = {**PEOPLE, "author": replace(PEOPLE["author"], role="maintainer")}
    assert done(compare_tracking(WANTED, TrackingState(raised))) == ["repair author (role maintainer, not member)"]


def test_new_secret_reaches_the_access_file() -> None:
    changed = wanted_people(TEAM, {**SECRETS, "author": "another"}, "token")
    assert done(compare_tracking(changed, TrackingState(PEOPLE))) == ["repair author (secret)"]


def test_person_whose_secret_is_not_made_yet_is_planned() -> None:
    wanted = wanted_people(TEAM, {}, "token")
    assert "repair author (secret)" in done(compare_tracking(wanted, TrackingState(PEOPLE)))


def test_server_that_refuses_a_right_secret_is_drift() -> None:
    refusing = TrackingState(PEOPLE, refused=frozenset({"author"}))
    assert done(compare_tracking(WANTED, refusing)) == ["repair author (refused by the server)"]


def test_unreadable_access_file_is_written_anew() -> None:
    assert "create saigen-platform" in done(compare_tracking(WANTED, TrackingState(None)))


def test_access_file_is_read_as_it_was_written() -> None:
    assert parse_access(render_access(PEOPLE)) == PEOPLE


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 2, "people": {}}', '{"version": 1, "people": {"a": 1}}'])
def test_file_that_is_no_access_file_is_known_as_such(text: str) -> None:
    assert parse_access(text) is None


def test_access_file_holds_no_secret() -> None:
    assert not [secret for secret in SECRETS.values() if secret in render_access(PEOPLE)]


# Secrets of people


def test_new_person_gets_a_secret() -> None:
    section = compare_people(("author", "reviewer"), {"author": "x"})
    assert section.render() == "secrets   people: 2 declared, 1 present -> create reviewer"


def test_secret_of_a_person_who_left_is_removed() -> None:
    section = compare_people(("author",), {"author": "x", "gone": "y"})
    assert section.render() == "secrets   people: 1 declared, 2 present -> remove gone"


# Databases


def test_databases_as_declared_need_nothing() -> None:
    assert done(compare_postgres(wanted_postgres(), wanted_postgres())) == []


def test_database_open_to_every_role_is_closed() -> None:
    wanted = wanted_postgres()
    drifted = replace(wanted, databases={**wanted.databases, "git": Database("git", public_connect=True)})
    assert done(compare_postgres(wanted, drifted)) == ["repair git (public connect)"]


def test_role_that_may_too_much_is_repaired() -> None:
    wanted = wanted_postgres()
    drifted = replace(wanted, roles={**wanted.roles, "mlflow": Role(createrole=True, superuser=True)})
    assert done(compare_postgres(wanted, drifted)) == ["repair mlflow (createrole, superuser)"]


def test_database_of_others_is_left_alone() -> None:
    wanted = wanted_postgres()
    drifted = PostgresState({**wanted.databases, "mine": Database("me")}, wanted.roles)
    assert compare_postgres(wanted, drifted)[1].undeclared == ("mine",)


# The demo


def test_project_without_a_data_version_gets_the_demo() -> None:
    sections = compare_demo({"demo": DemoState()})
    assert done(sections) == ["create penguins_v1 in demo (data and one run)"]


def test_demo_is_made_only_once() -> None:
    assert done(compare_demo({"demo": DemoState(frozenset({"penguins_v1"}), trained=True)})) == []


def test_interrupted_demo_gets_its_run() -> None:
    sections = compare_demo({"demo": DemoState(frozenset({"penguins_v1"}), trained=False)})
    assert done(sections) == ["repair penguins_v1 in demo (its run is missing)"]


def test_project_with_a_data_version_of_its_own_gets_no_demo() -> None:
    assert done(compare_demo({"demo": DemoState(frozenset({"flights_v1", "start"}))})) == []


def test_tags_that_are_no_data_versions_do_not_count() -> None:
    assert DemoState(frozenset({"acme-7", "v1", "monitor/prod/acme-7/1", "a_v1"})).versions() == {"a_v1"}


def test_team_without_a_demo_project_has_no_demo_section() -> None:
    assert compare_demo({}) == ()


def test_removals_of_a_plan_are_all_that_takes_something_away() -> None:
    wanted = wanted_people(WITHOUT_AUTHOR, {}, "token")
    plan = Plan(compare_tracking(wanted, TrackingState(PEOPLE)))
    assert plan.total() > 1
    assert [change.render() for change in plan.removals().changes("tracking")] == ["remove author"]
