"""Where a recording may be pushed."""

from __future__ import annotations

import pytest

from saigen.project import Project
from saigen.record.destination import Remote, choose, parse_remotes, upstream_of

FORGE = "https://git.example.org"
OWN = Remote("origin", f"{FORGE}/team/flights.git", (f"{FORGE}/team/flights.git",))
PUBLIC = Remote("github", "https://github.com/ann/flights.git", ("https://github.com/ann/flights.git",))
CONSENTS = Project("flights")


def test_the_platforms_own_forge_is_right_and_named_without_its_address() -> None:
    found = choose([OWN], None, CONSENTS, FORGE)
    assert found is not None
    assert (found.identity, found.refused) == ("team/flights", None)


def test_credentials_in_an_address_do_not_matter_and_are_not_told() -> None:
    url = "https://ann:secret@git.example.org/team/flights.git"
    found = choose([Remote("origin", url, (url,))], None, CONSENTS, FORGE)
    assert found is not None
    assert (found.identity, found.refused) == ("team/flights", None)


@pytest.mark.parametrize(
    ("remote", "project", "forge"),
    [
        (OWN, None, FORGE),
        (OWN, CONSENTS, None),
        (OWN, CONSENTS, "https://other.example.org"),
        (PUBLIC, CONSENTS, FORGE),
        (Remote("origin", "https://git.example.org.evil.com/team/flights", ()), CONSENTS, FORGE),
        (Remote("origin", "team/flights", ("team/flights",)), CONSENTS, FORGE),
        (Remote("origin", OWN.fetch, (OWN.fetch, PUBLIC.fetch)), CONSENTS, FORGE),
        (Remote("origin", OWN.fetch, (PUBLIC.fetch,)), CONSENTS, FORGE),
    ],
)
def test_everything_else_stays_on_the_machine(remote: Remote, project: Project | None, forge: str | None) -> None:
    found = choose([remote], None, project, forge)
    assert found is not None
    assert found.refused


@pytest.mark.parametrize("listed", [PUBLIC.fetch, "https://github.com/ann/flights", "https://github.com/ann"])
def test_a_listed_remote_is_right(listed: str) -> None:
    found = choose([PUBLIC], None, CONSENTS, FORGE, [listed])
    assert found is not None
    assert (found.identity, found.refused) == ("https://github.com/ann/flights.git", None)


def test_a_listed_remote_does_not_cover_its_neighbours() -> None:
    found = choose([PUBLIC], None, CONSENTS, FORGE, ["https://github.com/an"])
    assert found is not None
    assert found.refused


def test_a_remote_that_is_right_goes_before_one_that_is_upstream() -> None:
    found = choose([PUBLIC, OWN], "github", CONSENTS, FORGE)
    assert found is not None
    assert found.remote == OWN


def test_without_a_right_one_the_upstream_is_named() -> None:
    found = choose([OWN, PUBLIC], "github", None, None)
    assert found is not None
    assert found.remote == PUBLIC


def test_a_repository_without_remotes_names_none() -> None:
    assert choose([], None, CONSENTS, FORGE) is None


def test_remotes_as_git_lists_them() -> None:
    listed = "origin\thttps://a/b (fetch) [blob:none]\norigin\thttps://a/b (push)\norigin\thttps://c/d (push)\n"
    assert parse_remotes(listed) == [Remote("origin", "https://a/b", ("https://a/b", "https://c/d"))]


def test_the_branchs_own_push_remote_goes_first() -> None:
    configuration = {"branch.main.remote": "origin", "remote.pushdefault": "fork", "branch.main.pushremote": "mine"}
    assert upstream_of("main", configuration) == "mine"
    assert upstream_of("other", configuration) == "fork"
    assert upstream_of("main", {"branch.main.remote": "origin"}) == "origin"
    assert upstream_of(None, {}) is None
