"""Work on a branch beside the one that is checked out."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from saigen.branches.worktree import BranchMovedError, BranchTree, newest, on_branch, publish
from saigen.errors import BlockedError, SaigenError
from saigen.git.repository import Repository
from saigen.monitor.records import monitor_list
from saigen.release.listing import releases


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Repository:
    """A clone on `main` of a remote that has one commit."""
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch", "main", "remote.git")
    git(tmp_path, "clone", "--quiet", "remote.git", "here")
    root = tmp_path / "here"
    for key, value in (("user.name", "ada"), ("user.email", "a@b.c")):
        git(root, "config", key, value)
    (root / "README.md").write_text("Birds\n")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "First")
    git(root, "push", "--quiet", "origin", "HEAD:main")
    git(root, "remote", "set-head", "origin", "main")
    return Repository(root)


def commit_file(tree: BranchTree, name: str) -> None:
    (tree.repository.root / name).write_text(name)
    tree.repository.run("add", "--", name)
    tree.repository.run("commit", "--quiet", "-m", f"Add {name}")


def test_a_new_branch_begins_at_the_default_branch_and_is_published(checkout: Repository) -> None:
    (checkout.root / "unfinished.py").write_text("work\n")
    with on_branch(checkout, "data/raw") as tree:
        assert tree.new
        commit_file(tree, "one.txt")
        commit = publish(tree)
    assert git(checkout.root.parent / "remote.git", "rev-parse", "data/raw") == commit
    assert checkout.branch() == "main"
    assert checkout.run("status", "--porcelain") == "?? unfinished.py"


def test_the_worktree_is_gone_afterwards(checkout: Repository) -> None:
    with pytest.raises(ZeroDivisionError), on_branch(checkout, "data/raw") as tree:
        raise ZeroDivisionError
    assert not tree.repository.root.exists()
    assert checkout.run("worktree", "list").count("\n") == 0


def test_the_worktree_of_a_process_that_was_killed_is_gone_at_the_next(checkout: Repository) -> None:
    held = "import sys; sys.stdout.write('held'); sys.stdout.flush(); sys.stdin.read()"
    code = "from pathlib import Path; from saigen.branches.worktree import on_branch; "
    code += "from saigen.git.repository import Repository; "
    code += f"tree = on_branch(Repository(Path({str(checkout.root)!r})), 'data/raw'); tree.__enter__(); {held}"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.read(4) == b"held"
        with on_branch(checkout, "data/raw"):
            assert checkout.run("worktree", "list").count("\n") == 2
        process.kill()
    with on_branch(checkout, "data/raw"):
        assert checkout.run("worktree", "list").count("\n") == 1
    assert list((checkout.root / ".git" / "saigen" / "trees").iterdir()) == []


def test_a_branch_that_moved_meanwhile_is_not_overwritten(checkout: Repository) -> None:
    with on_branch(checkout, "data/raw") as first, on_branch(checkout, "data/raw") as second:
        commit_file(first, "one.txt")
        commit_file(second, "two.txt")
        commit = publish(first)
        with pytest.raises(BranchMovedError):
            publish(second)
    assert git(checkout.root.parent / "remote.git", "rev-parse", "data/raw") == commit


@pytest.mark.parametrize(("tag", "meanwhile"), [("raw_v1", True), ("raw_v2", False)])
def test_a_tag_that_the_platform_says_is_taken_was_taken_meanwhile(
    checkout: Repository, tag: str, meanwhile: bool
) -> None:
    """The other push was there before this one was looked at, and after the remote had told its tags."""
    hook = checkout.root.parent / "remote.git" / "hooks" / "pre-receive"
    hook.write_text(f"#!/bin/sh\necho 'refused: tag {tag} cannot be moved' >&2\nexit 1\n")
    hook.chmod(0o755)
    with on_branch(checkout, "data/raw") as tree:
        commit_file(tree, "one.txt")
        tree.repository.run("tag", "raw_v1")
        with pytest.raises(SaigenError) as refused:
            publish(tree, "raw_v1")
    assert isinstance(refused.value, BranchMovedError) is meanwhile


def test_a_tag_that_is_there_before_its_branch_was_taken_meanwhile(checkout: Repository) -> None:
    """Who reads the refs while another push writes them may see its tag and not yet its branch."""
    with on_branch(checkout, "data/raw") as tree:
        commit_file(tree, "one.txt")
        tree.repository.run("tag", "raw_v1")
        git(checkout.root.parent / "remote.git", "tag", "raw_v1", "main")
        with pytest.raises(BranchMovedError):
            publish(tree, "raw_v1")


def test_a_branch_that_is_checked_out_follows(checkout: Repository) -> None:
    git(checkout.root, "switch", "--quiet", "-c", "data/raw")
    with on_branch(checkout, "data/raw") as tree:
        commit_file(tree, "one.txt")
        publish(tree)
    assert (checkout.root / "one.txt").read_text() == "one.txt"
    assert checkout.run("status", "--porcelain") == ""


@pytest.mark.parametrize(
    "fetched",
    [
        lambda where: newest(where, "main"),
        lambda where: releases(folder=where.root),
        lambda where: monitor_list(repository=where),
    ],
    ids=["a branch", "releases", "records"],
)
def test_a_free_tag_that_moved_is_not_in_the_way_of_those_that_never_do(
    checkout: Repository, fetched: Callable[[Repository], object]
) -> None:
    remote = checkout.root.parent / "remote.git"
    git(checkout.root, "tag", "baseline")
    moved = git(checkout.root, "commit-tree", "-m", "On no branch", "HEAD^{tree}")
    git(checkout.root, "push", "--quiet", "origin", f"{moved}:refs/tags/baseline", f"{moved}:refs/tags/birds_v1")
    fetched(checkout)
    assert checkout.commit("baseline") == checkout.commit("HEAD")
    assert checkout.commit("birds_v1") == moved == git(remote, "rev-parse", "birds_v1")


def test_branches_that_went_different_ways_are_not_guessed(checkout: Repository) -> None:
    with on_branch(checkout, "data/raw") as tree:
        commit_file(tree, "one.txt")
        publish(tree)
    git(checkout.root, "switch", "--quiet", "-c", "data/raw", "main")
    git(checkout.root, "commit", "--quiet", "--allow-empty", "-m", "Another way")
    with pytest.raises(BlockedError, match="different ways"), on_branch(checkout, "data/raw"):
        pass


def test_data_in_the_cache_of_the_checkout_is_there(checkout: Repository) -> None:
    from saigen.data.configuration import cache_folder

    (checkout.root / ".dvc").mkdir()
    (checkout.root / ".dvc" / "config.local").write_text("['remote \"storage\"']\n    endpointurl = http://here\n")
    with on_branch(checkout, "data/raw") as tree:
        assert cache_folder(tree.repository.root) == cache_folder(checkout.root)
        assert "endpointurl" in (tree.repository.root / ".dvc" / "config.local").read_text()
