"""One forge for all tests of the git image; each test has a repository of its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.git.forge import ORGANISATION, Account, Clone, Forge, git, running_forge


@pytest.fixture(scope="package")
def forge() -> Iterator[Forge]:
    """A forge with an organisation, as bootstrap leaves it."""
    with running_forge() as running:
        running.administer("POST", "/orgs", {"username": ORGANISATION, "visibility": "private"})
        yield running


@pytest.fixture(scope="package")
def author(forge: Forge) -> Account:
    """A member: may write."""
    account = forge.new_account("author")
    forge.new_team("members", account)
    return account


@pytest.fixture(scope="package")
def maintainer(forge: Forge) -> Account:
    """A maintainer: makes repositories as well."""
    account = forge.new_account("keeper")
    forge.new_team("maintainers", account, creates_repositories=True)
    return account


@pytest.fixture(scope="package")
def outsider(forge: Forge) -> Account:
    """Has an account, and is in no team."""
    return forge.new_account("outsider")


@pytest.fixture
def repository(forge: Forge) -> str:
    """The name of a repository with one commit on main."""
    name = f"project-{uuid.uuid4().hex[:8]}x"
    forge.new_repository(name)
    return name


@pytest.fixture
def clone(forge: Forge, author: Account, repository: str, tmp_path: Path) -> Clone:
    """The author's clone of the repository."""
    git("clone", "--quiet", forge.address(repository, author), str(tmp_path / "clone"))
    return Clone(tmp_path / "clone")


@pytest.fixture
def released(clone: Clone) -> str:
    """The commit that the pushed tag flights_v1 names; the clone has one more commit."""
    commit = clone.id_of("HEAD")
    clone.git("tag", "flights_v1")
    clone.git("push", "--quiet", "origin", "flights_v1")
    clone.commit("Change the data")
    return commit
