"""refs/saigen is the platform's own: what a run ran goes in under its commit's id, stays, and is fetched by that id."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.git.forge import Account, Clone, Forge, git


@pytest.fixture
def snapshot(clone: Clone) -> str:
    """The id of a pushed snapshot that is on no branch."""
    commit = clone.commit("What a run ran")
    clone.git("push", "--quiet", "origin", f"{commit}:refs/saigen/in/{commit}")
    return commit


def test_a_snapshot_is_pushed_under_its_own_id(forge: Forge, repository: str, snapshot: str) -> None:
    assert forge.refs(repository)[f"refs/saigen/in/{snapshot}"] == snapshot


def test_a_snapshot_is_pushed_again(clone: Clone, snapshot: str) -> None:
    clone.git("push", "origin", f"{snapshot}:refs/saigen/in/{snapshot}")


@pytest.mark.parametrize(
    ("value", "ref"),
    [
        ("HEAD", "refs/saigen/in/" + "0" * 39 + "1"),
        ("HEAD", "refs/saigen/in/short"),
        ("HEAD", "refs/saigen/in"),
        ("HEAD", "refs/saigen/keep/1"),
        ("HEAD", "refs/saigen/mine"),
    ],
)
def test_nothing_else_is_pushed_there(clone: Clone, value: str, ref: str) -> None:
    assert clone.git("push", "origin", f"{value}:{ref}", check=False).returncode != 0


def test_a_tree_is_no_snapshot(clone: Clone) -> None:
    tree = clone.id_of("HEAD^{tree}")
    pushed = clone.git("push", "origin", f"{tree}:refs/saigen/in/{tree}", check=False)
    assert pushed.returncode != 0
    assert "cannot be made" in pushed.stderr


def test_a_snapshot_can_neither_move_nor_go(forge: Forge, repository: str, clone: Clone, snapshot: str) -> None:
    ref = f"refs/saigen/in/{snapshot}"
    clone.commit("Another")
    moved = clone.git("push", "--force", "origin", f"HEAD:{ref}", check=False)
    deleted = clone.git("push", "origin", f":{ref}", check=False)
    assert "cannot be moved" in moved.stderr
    assert "cannot be deleted" in deleted.stderr
    assert forge.refs(repository)[ref] == snapshot


@pytest.mark.parametrize("version", ["0", "1", "2"])
def test_a_snapshot_is_not_listed_but_fetched_by_its_id(
    forge: Forge, repository: str, author: Account, snapshot: str, tmp_path: Path, version: str
) -> None:
    address = forge.address(repository, author)
    protocol = ["-c", f"protocol.version={version}"]
    assert "refs/saigen" not in git(*protocol, "ls-remote", address).stdout
    git("init", "--quiet", str(tmp_path / "other"))
    git("-C", str(tmp_path / "other"), *protocol, "fetch", "--quiet", address, snapshot)
    assert git("-C", str(tmp_path / "other"), "cat-file", "-t", snapshot).stdout == "commit\n"
