"""Two people with the client's plugin at work, and their clones of the project flights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.client.record.recordings import TRAIN
from tests.integration.person import Person


@pytest.fixture
def author(author: Person) -> Person:
    """With the client's plugin at work."""
    return replace(author, records=True)


@pytest.fixture
def reviewer(reviewer: Person) -> Person:
    """With the client's plugin at work."""
    return replace(reviewer, records=True)


@pytest.fixture
def workplace(author: Person, tmp_path: Path) -> Path:
    """A clone of flights of the author's own, with one small dataset that is in the remote."""
    clone = tmp_path / "flights"
    author.run("git", "clone", "--quiet", f"{author.exports['SAIGEN_GIT_URL']}/flights.git", str(clone))
    (clone / "data" / "small.csv").write_text("a,b\n1,2\n")
    author.run("dvc", "add", "--quiet", "data/small.csv", cwd=clone)
    author.run("dvc", "push", "--quiet", cwd=clone)
    (clone / "train.py").write_text(TRAIN)
    (clone / "extra.py").write_text("def value(rate):\n    return rate * 2\n")
    return clone


@pytest.fixture
def colleagues_clone(reviewer: Person, tmp_path: Path) -> Path:
    """A clone of flights of the reviewer's own."""
    clone = tmp_path / "theirs"
    reviewer.run("git", "clone", "--quiet", f"{reviewer.exports['SAIGEN_GIT_URL']}/flights.git", str(clone))
    return clone
