"""Where a repository is, without asking Git."""

from __future__ import annotations

from pathlib import Path

import pytest

from saigen.record.place import find
from tests.unit.client.record.checkouts import Checkout


def test_from_below_the_root(checkout: Checkout) -> None:
    checkout.write("src/deep/a.py", "")
    found = find(checkout.root / "src/deep")
    assert found is not None
    assert (found.root, found.git, found.common) == (checkout.root, checkout.root / ".git", checkout.root / ".git")


def test_outside_of_any(tmp_path: Path) -> None:
    assert find(tmp_path) is None


def test_a_linked_worktree_shares_the_objects(checkout: Checkout, tmp_path: Path) -> None:
    checkout.git("worktree", "add", "--quiet", str(tmp_path / "linked"), "HEAD", "--detach")
    found = find(tmp_path / "linked")
    assert found is not None
    assert found.root == tmp_path / "linked"
    assert found.common == checkout.root / ".git"
    assert found.git == checkout.root / ".git/worktrees/linked"


def test_through_a_symbolic_link(checkout: Checkout, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(checkout.root)
    found = find(tmp_path / "link")
    assert found is not None
    assert found.root == checkout.root


def test_a_home_that_is_a_repository_is_none(home: Path) -> None:
    (home / ".git").mkdir()
    (home / ".git/HEAD").write_text("ref: refs/heads/main\n")
    (home / "project").mkdir()
    assert find(home / "project") is None


def test_a_home_behind_a_link_that_is_a_repository_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data/ann/.git").mkdir(parents=True)
    (tmp_path / "data/ann/.git/HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / "ann").symlink_to(tmp_path / "data/ann")
    monkeypatch.setenv("HOME", str(tmp_path / "ann"))
    assert find(tmp_path / "ann") is None


def test_paths_inside_and_outside(checkout: Checkout) -> None:
    found = find(checkout.root)
    assert found is not None
    assert found.relative(checkout.root / "src" / "a.py") == "src/a.py"
    assert found.relative(checkout.root) == ""
    assert found.relative(checkout.root.parent) is None
