"""The forge: what is compared, and what a difference leads to."""

from __future__ import annotations

from dataclasses import replace

import pytest
from saigen_bootstrap.git.compare import compare_git
from saigen_bootstrap.git.state import GitState, GitTeam, Repository, Template, User, wanted_git
from saigen_bootstrap.git.template import tree_of
from saigen_bootstrap.plan import Plan

from tests.unit.bootstrap.team_examples import TEAM, WITHOUT_AUTHOR, WITHOUT_DEMO

WANTED = wanted_git(TEAM, "tree-1")


def plan(actual: GitState, wanted: GitState = WANTED) -> Plan:
    return Plan(compare_git(wanted, actual))


def done(actual: GitState, wanted: GitState = WANTED) -> list[str]:
    return [f"{change.noun}: {change.render()}" for change in plan(actual, wanted).changes("git")]


def with_user(name: str, user: User) -> GitState:
    return replace(WANTED, users={**WANTED.users, name: user})


def with_team(name: str, team: GitTeam) -> GitState:
    return replace(WANTED, teams={**WANTED.teams, name: team})


def with_repository(name: str, repository: Repository) -> GitState:
    return replace(WANTED, repositories={**WANTED.repositories, name: repository})


def test_empty_forge_gets_everything_in_an_order_that_works() -> None:
    nouns = [change.noun for change in plan(GitState()).changes("git")]
    assert list(dict.fromkeys(nouns)) == [
        "user", "organisation", "template", "repository", "team", "team repository", "membership",
    ]  # fmt: skip


def test_forge_as_declared_needs_nothing() -> None:
    assert plan(WANTED).total() == 0
    assert all("nothing to do" in line for line in plan(WANTED).lines())


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"login_prohibited": True}, "login prohibited"),
        ({"admin": True}, "admin"),
        ({"active": False}, "active"),
        ({"secret": False}, "secret"),
        ({"email": "x@y.z"}, "email"),
        ({"visibility": "public"}, "visibility"),
    ],
)
def test_account_changed_by_hand_is_repaired(changed: dict[str, object], why: str) -> None:
    drifted = with_user("author", replace(WANTED.users["author"], **changed))  # type: ignore[arg-type]
    assert done(drifted) == [f"user: repair author ({why})"]


def test_person_who_left_may_not_log_in_and_leaves_every_team() -> None:
    wanted = wanted_git(WITHOUT_AUTHOR, "tree-1")
    assert done(WANTED, wanted) == [
        "user: remove author (may not log in any more; all they did stays)",
        "outsider: remove author",
        "membership: remove author from demo-members",
        "membership: remove author from everyone",
    ]


def test_person_who_left_for_good_is_not_touched_again() -> None:
    assert plan(with_user("gone", User(login_prohibited=True))).total() == 0


def test_key_of_someone_who_left_is_removed() -> None:
    gone = with_user("gone", User(login_prohibited=True, keys=1))
    assert done(gone) == ["user: remove gone (may not log in any more; all they did stays)"]


def test_person_who_comes_back_is_repaired() -> None:
    back = with_user("author", replace(WANTED.users["author"], login_prohibited=True, secret=False))
    assert done(back) == ["user: repair author (login prohibited, secret)"]


def test_member_of_the_organisation_whom_nobody_declared_is_taken_out() -> None:
    drifted = replace(WANTED, members=WANTED.members | {"mallory"})
    assert done(drifted) == ["outsider: remove mallory"]


def test_second_organisation_is_listed_and_left_alone() -> None:
    drifted = replace(WANTED, others=frozenset({"old-team"}))
    assert plan(drifted).lines()[1].endswith("nothing to do (not declared, left alone: old-team)")


def test_new_owner_of_the_organisation_is_taken_out() -> None:
    owners = replace(WANTED.teams["Owners"], members=frozenset({"saigen-platform", "captain"}))
    assert done(with_team("Owners", owners)) == ["membership: remove captain from Owners"]


def test_rights_of_a_team_are_repaired() -> None:
    viewers = replace(WANTED.teams["demo-viewers"], units={"repo.code": "write"})
    assert done(with_team("demo-viewers", viewers)) == ["team: repair demo-viewers (units)"]


def test_membership_changed_by_hand_is_repaired() -> None:
    members = replace(WANTED.teams["demo-members"], members=frozenset({"author", "ci-bot"}))
    assert done(with_team("demo-members", members)) == [
        "membership: remove ci-bot from demo-members",
        "membership: create reviewer in demo-members",
    ]


def test_repository_given_to_a_team_by_hand_is_taken_back() -> None:
    viewers = replace(WANTED.teams["demo-viewers"], repositories=frozenset({"demo", "secret"}))
    assert done(with_team("demo-viewers", viewers)) == ["team repository: remove secret from demo-viewers"]


def test_repository_made_public_is_made_private() -> None:
    demo = WANTED.repositories["demo"]
    drifted = with_repository("demo", replace(demo, settings={**demo.settings, "private": False}))
    assert done(drifted) == ["repository: repair demo (private)"]


def test_unprotected_main_is_protected() -> None:
    drifted = with_repository("demo", replace(WANTED.repositories["demo"], protection=None))
    assert done(drifted) == ["repository: repair demo (main is not protected)"]


def test_repository_whose_making_was_interrupted_is_made_again_and_given_to_its_teams() -> None:
    drifted = with_repository("demo", replace(WANTED.repositories["demo"], finished=False))
    assert done(drifted) == [
        "repository: repair demo (unfinished)",
        "team repository: create demo in demo-members",
        "team repository: create demo in demo-viewers",
    ]


@pytest.mark.parametrize("name", ["demo", "undeclared"])
def test_rights_to_one_repository_alone_are_taken_back(name: str) -> None:
    repository = WANTED.repositories.get(name, Repository())
    drifted = with_repository(name, replace(repository, collaborators=frozenset({"captain"})))
    assert done(drifted) == [f"collaborator: remove captain from {name}"]


def test_project_that_is_gone_keeps_its_repository_and_nobody_in_its_teams() -> None:
    wanted = wanted_git(WITHOUT_DEMO, "tree-1")
    lines = plan(WANTED, wanted).lines()
    assert "not declared, left alone: demo)" in lines[3]
    assert "membership: remove author from demo-members" in done(WANTED, wanted)
    assert not [change for change in done(WANTED, wanted) if change.startswith("repository")]


def test_new_template_is_shipped_as_a_new_commit() -> None:
    drifted = replace(WANTED, template=Template("tree-0", ours=True))
    assert done(drifted) == ["content: repair template (this version ships another one)"]


def test_template_edited_by_hand_is_left_alone_and_named() -> None:
    drifted = replace(WANTED, template=Template("tree-0", ours=False))
    assert done(drifted) == []
    assert "left alone: its content, which was edited by hand" in plan(drifted).lines()[2]


def test_template_whose_making_was_interrupted_gets_its_content() -> None:
    drifted = with_repository("template", replace(WANTED.repositories["template"], finished=False))
    assert done(drifted)[0] == "template: create content in template"


def test_viewers_read_and_members_write_and_neither_deletes() -> None:
    assert set(WANTED.teams["demo-viewers"].units.values()) == {"read"}
    assert set(WANTED.teams["demo-members"].units.values()) == {"write"}
    assert set(WANTED.teams["maintainers"].units.values()) == {"write"}
    assert WANTED.teams["maintainers"].creates_repositories
    assert not WANTED.teams["demo-members"].creates_repositories


def test_commit_of_the_template_says_which_tree_it_holds() -> None:
    assert tree_of("Update the template\n\nSaigen-Template: 19d6273\n") == "19d6273"
    assert tree_of("Explain our house rules\n") == ""


@pytest.mark.parametrize("holder", ["left-long-ago", "reviewer"])
def test_address_that_another_account_has_is_taken_from_it_first(holder: str) -> None:
    changed = replace(WANTED.users["author"], email="A@team.org")
    wanted = replace(WANTED, users={**WANTED.users, "author": changed})
    assert done(replace(WANTED, addresses={"a@team.org": holder}), wanted) == [
        f"address: remove a@team.org from {holder} (it is author's now)",
        "user: repair author (email)",
    ]
    assert "address" not in "".join(done(replace(WANTED, addresses={"a@team.org": "author"}), wanted))
