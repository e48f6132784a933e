"""The project with rules, and the two who work in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.integration.branches.guarded import Desk, guarded_project
from tests.integration.person import Person
from tests.integration.stack import Stack


@pytest.fixture(scope="module")
def desk_of(platform: Stack, captain: Person) -> Iterator[Callable[[Person], Desk]]:
    """Makes somebody's clone of the project with rules."""
    with guarded_project(platform, captain):
        yield Desk.of


@pytest.fixture
def desk(desk_of: Callable[[Person], Desk], author: Person) -> Desk:
    """A member's clone."""
    return desk_of(author)


@pytest.fixture
def bridge(desk_of: Callable[[Person], Desk], captain: Person) -> Desk:
    """A maintainer's clone."""
    return desk_of(captain)
