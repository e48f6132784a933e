"""`saigen run` starts nothing before colleagues have what it needs: code by a real push, data by what pointers say."""

from __future__ import annotations

import os
from hashlib import md5
from pathlib import Path

import pytest

from saigen.errors import BlockedError
from saigen.record.strict import prepare
from saigen.tags import INCOMING
from tests.unit.client.record.checkouts import Checkout

POINTER = "outs:\n- md5: {md5}\n  hash: md5\n  path: table.csv\n"


@pytest.fixture
def project(checkout: Checkout, remote: Path) -> Checkout:
    """A repository whose remote its settings allow, with a change that nobody committed."""
    assert remote.exists()
    checkout.write("new.py", "x = 1\n")
    return checkout


def add_table(project: Checkout, more: str) -> None:
    """A pointer to a file that is here, and what its output says beside."""
    project.write("table.csv", "a\n1\n")
    project.write(".gitignore", "/table.csv\n")
    project.write("table.csv.dvc", POINTER.format(md5=md5(b"a\n1\n", usedforsecurity=False).hexdigest()) + more)


def test_code_that_nobody_committed_is_with_colleagues_before_it_runs(project: Checkout) -> None:
    ready = prepare(project.root)
    assert project.git("ls-remote", "origin", f"{INCOMING}*").split() == [ready.commit, f"{INCOMING}{ready.commit}"]
    assert "new.py" in project.files(ready.commit)


@pytest.mark.parametrize("more", ["  push: false\n", "  cache: false\n", ""])
def test_data_that_nobody_else_gets_is_refused(project: Checkout, more: str) -> None:
    add_table(project, more)
    with pytest.raises(BlockedError, match="nobody else gets some of the data") as refused:
        prepare(project.root)
    assert "table.csv" in refused.value.next


def test_data_that_cannot_be_looked_at_is_refused(project: Checkout) -> None:
    project.write("table.csv.dvc", "outs: [")
    with pytest.raises(BlockedError, match="the data could not be looked at"):
        prepare(project.root)


def test_data_that_comes_from_where_it_was_imported_is_noted(project: Checkout) -> None:
    add_table(project, f"deps:\n- path: t.csv\n  repo:\n    url: https://example.org/t\n    rev_lock: {'0' * 40}\n")
    assert any("imported" in note for note in prepare(project.root).notes)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_a_checkout_of_somebody_else_is_as_good(project: Checkout) -> None:
    before = dict(os.environ)
    for path in (project.root, *project.root.rglob("*")):
        os.chown(path, 12345, 12345, follow_symlinks=False)
    assert prepare(project.root).commit
    assert dict(os.environ) == before
