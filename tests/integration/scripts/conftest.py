"""Small stacks, removed after each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.scripts.small_stack import SmallStack

MakeStack = Callable[..., SmallStack]


@pytest.fixture
def make_stack(tmp_path: Path) -> Iterator[MakeStack]:
    """Make small stacks, each what its keywords say."""
    made: list[SmallStack] = []

    def make(**said: str) -> SmallStack:
        made.append(SmallStack(tmp_path, **said))
        return made[-1]

    yield make
    for stack in made:
        stack.remove()
