"""A working tree as a commit: what is in it, what is left out, and that nothing else changes."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saigen.project import RecordRules
from tests.unit.client.record.checkouts import Checkout, new_checkout

RULES = RecordRules()
KEY = "AKIA" + "ABCDEFGHIJKLMNOP"
names = st.text("abcXYZ0189-_ é", min_size=1, max_size=8).map(str.strip).filter(bool).map(lambda name: f"n{name}.py")
trees = st.dictionaries(names, st.binary(max_size=40), max_size=4)


def everything_of(checkout: Checkout) -> tuple[str, str, bytes]:
    """Refs, status and index: what a recording must not change."""
    return (
        checkout.git("for-each-ref"),
        checkout.git("status", "--porcelain"),
        (checkout.root / ".git/index").read_bytes(),
    )


def test_a_clean_tree_is_its_own_commit(checkout: Checkout) -> None:
    found = checkout.take(RULES)
    assert found.commit == found.head == checkout.git("rev-parse", "HEAD")
    assert found.branch == "main"


def test_changed_new_and_deleted_files_are_in_the_commit(checkout: Checkout) -> None:
    checkout.write("old.py", "old\n")
    head = checkout.commit()
    checkout.write("train.py", "print('second')\n")
    checkout.write("src/extra.py", "value = 1\n")
    (checkout.root / "old.py").unlink()
    found = checkout.take(RULES)
    assert checkout.show(found.commit, "train.py") == "print('second')"
    assert checkout.files(found.commit) == {".gitignore", "train.py", "src/extra.py"}
    assert checkout.git("rev-parse", f"{found.commit}^") == head


def test_branch_index_and_files_stay_as_they_are(checkout: Checkout) -> None:
    checkout.write("staged.py", "staged = 1\n")
    checkout.git("add", "staged.py")
    checkout.write("staged.py", "staged = 2\n")
    checkout.write("new.py", "new = 1\n")
    before = everything_of(checkout)
    found = checkout.take(RULES)
    assert everything_of(checkout) == before
    assert checkout.show(found.commit, "staged.py") == "staged = 2"


def test_hooks_of_the_repository_do_not_run(checkout: Checkout, tmp_path: Path) -> None:
    for name in ("post-index-change", "pre-commit", "reference-transaction"):
        hook = checkout.write(f".git/hooks/{name}", f"#!/bin/sh\ntouch '{tmp_path}/ran'\n")
        hook.chmod(0o755)
    checkout.write("new.py", "new = 1\n")
    checkout.take(RULES)
    assert not (tmp_path / "ran").exists()


def test_ignored_files_are_not_taken(checkout: Checkout) -> None:
    checkout.write("a.log", "noise")
    found = checkout.take(RULES)
    assert found.commit == found.head
    assert found.left_out == ()


def test_further_files_go_into_the_commit_and_not_into_the_tree(checkout: Checkout) -> None:
    found = checkout.take(RULES, lambda: {".saigen/environment.lock": b"numpy==2.0\n"})
    assert checkout.show(found.commit, ".saigen/environment.lock") == "numpy==2.0"
    assert not (checkout.root / ".saigen").exists()


def test_a_large_untracked_file_is_named_and_not_taken(checkout: Checkout) -> None:
    checkout.write("big.bin", b"x" * 1_200_000)
    found = checkout.take(RULES)
    assert found.left_out == ("big.bin (1.2 MB)",)
    assert found.commit == found.head


def test_a_virtual_environment_is_named_and_not_taken(checkout: Checkout) -> None:
    checkout.write("env/pyvenv.cfg", "home = /usr\n")
    checkout.write("env/lib/thing.py", "thing = 1\n")
    assert checkout.take(RULES).left_out == ("env (a virtual environment)",)


def test_a_new_file_with_a_secret_is_named_and_not_taken(checkout: Checkout) -> None:
    checkout.write("settings.py", f"key = '{KEY}'\n")
    checkout.write(".env", "A=1\n")
    found = checkout.take(RULES)
    assert found.commit == found.head
    assert found.left_out == (
        ".env (its name is that of a secret)",
        "settings.py (it holds a secret: AWS access key)",
    )


def test_a_secret_in_a_tracked_file_leaves_it_as_it_was_committed(checkout: Checkout) -> None:
    checkout.write("train.py", f"key = '{KEY}'\n")
    checkout.git("add", "train.py")
    checkout.write("other.py", "other = 1\n")
    found = checkout.take(RULES)
    assert found.left_out == ("train.py (it holds a secret: AWS access key)",)
    assert checkout.show(found.commit, "train.py") == "print('first')"
    assert checkout.show(found.commit, "other.py") == "other = 1"


def test_a_staged_file_with_a_secret_leaves_all_other_changes_in_the_commit(checkout: Checkout) -> None:
    checkout.write("old.py", "old = 1\n")
    checkout.commit()
    checkout.write("keys.py", f"key = '{KEY}'\n")
    checkout.git("add", "keys.py")
    checkout.write("train.py", "print('second')\n")
    checkout.write("new.py", "new = 1\n")
    found = checkout.take(RULES)
    assert found.left_out == ("keys.py (it holds a secret: AWS access key)",)
    assert checkout.files(found.commit) == {".gitignore", "train.py", "old.py", "new.py"}
    assert checkout.show(found.commit, "train.py") == "print('second')"


def test_a_secret_that_is_committed_already_does_not_hold_a_change_back(checkout: Checkout) -> None:
    checkout.write("train.py", f"key = '{KEY}'\n")
    checkout.commit()
    checkout.write("train.py", f"key = '{KEY}'\nmore = 1\n")
    found = checkout.take(RULES)
    assert found.left_out == ()
    assert "more" in checkout.show(found.commit, "train.py")


@pytest.mark.parametrize("option", ["--assume-unchanged", "--skip-worktree"])
def test_files_that_git_was_told_to_overlook_are_taken_all_the_same(checkout: Checkout, option: str) -> None:
    checkout.git("update-index", option, "train.py")
    checkout.write("train.py", "print('hidden')\n")
    found = checkout.take(RULES)
    assert checkout.show(found.commit, "train.py") == "print('hidden')"
    assert checkout.git("status", "--porcelain") == ""


def test_a_nested_repository_is_named(checkout: Checkout) -> None:
    new_checkout(checkout.root / "vendored")
    found = checkout.take(RULES)
    assert found.notes == ("vendored is a repository of its own and is not recorded",)


def test_a_dirty_submodule_is_named(checkout: Checkout, tmp_path: Path) -> None:
    other = new_checkout(tmp_path / "other")
    checkout.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.root), "sub")
    checkout.commit()
    checkout.write("sub/train.py", "print('inside')\n")
    assert checkout.take(RULES).left_out == ("sub (changes inside the submodule)",)


def test_large_file_storage_is_named(checkout: Checkout) -> None:
    checkout.write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n")
    checkout.commit()
    assert "Git LFS" in checkout.take(RULES).notes[0]


def test_before_the_first_commit(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    checkout = Checkout(tmp_path / "new")
    checkout.git("init", "--quiet")
    checkout.write("a.py", "a = 1\n")
    found = checkout.take(RULES)
    assert found.head is None
    assert checkout.files(found.commit) == {"a.py"}
    assert checkout.git("log", "--format=%at", found.commit) == "0"


def test_detached_head_linked_worktree_and_shallow_clone(checkout: Checkout, tmp_path: Path) -> None:
    checkout.commit("Second")
    checkout.git("worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))
    checkout.git("clone", "--quiet", "--depth=1", f"file://{checkout.root}", str(tmp_path / "shallow"))
    commits = set()
    for folder in ("linked", "shallow"):
        copy = Checkout(tmp_path / folder)
        copy.write("new.py", "new = 1\n")
        commits.add(copy.take(RULES).commit)
    assert len(commits) == 1
    assert Checkout(tmp_path / "linked").take(RULES).branch is None


def test_a_merge_in_progress_is_recorded_as_the_files_are(checkout: Checkout) -> None:
    checkout.git("checkout", "--quiet", "-b", "other")
    checkout.write("train.py", "print('theirs')\n")
    checkout.commit()
    checkout.git("checkout", "--quiet", "main")
    checkout.write("train.py", "print('ours')\n")
    checkout.commit()
    with pytest.raises(AssertionError):
        checkout.git("merge", "other")
    found = checkout.take(RULES)
    assert "<<<<<<<" in checkout.show(found.commit, "train.py")


def test_a_directory_in_place_of_a_file(checkout: Checkout) -> None:
    (checkout.root / "train.py").unlink()
    checkout.write("train.py/inner.py", "inner = 1\n")
    assert "train.py/inner.py" in checkout.files(checkout.take(RULES).commit)


def test_a_staged_directory_in_place_of_a_file_leaves_all_other_changes_in_the_commit(checkout: Checkout) -> None:
    checkout.write("models", "1")
    checkout.write("other.py", "one = 1\n")
    checkout.git("add", "models", "other.py")
    checkout.commit()
    checkout.git("rm", "--quiet", "models")
    checkout.write("models/net.py", "net = 1\n")
    checkout.git("add", "models")
    checkout.write("other.py", "two = 2\n")
    commit = checkout.take(RULES).commit
    assert "models/net.py" in checkout.files(commit)
    assert "models" not in checkout.files(commit)
    assert checkout.show(commit, "other.py") == "two = 2"


def test_objects_of_a_repository_that_cannot_be_written_to_go_elsewhere(checkout: Checkout, tmp_path: Path) -> None:
    checkout.write("new.py", "new = 1\n")
    elsewhere = tmp_path / "objects"
    elsewhere.mkdir()
    before = sorted((checkout.root / ".git/objects").rglob("*"))
    found = checkout.take(RULES, objects=elsewhere)
    assert sorted((checkout.root / ".git/objects").rglob("*")) == before
    assert (elsewhere / found.commit[:2] / found.commit[2:]).exists()


def test_a_persons_own_configuration_does_not_change_the_commit(checkout: Checkout, home: Path) -> None:
    checkout.write("new.py", "new = 1\n")
    plain = checkout.take(RULES).commit
    with (home / ".gitconfig").open("a") as file:
        file.write("[commit]\n\tgpgSign = true\n[i18n]\n\tcommitEncoding = latin1\n[core]\n\tsplitIndex = true\n")
        file.write("[log]\n\tshowSignature = true\n[status]\n\tshowUntrackedFiles = no\n\tbranch = false\n")
    assert checkout.take(RULES).commit == plain


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=trees)
def test_the_same_content_is_the_same_commit_wherever_it_lies(checkout: Checkout, tree: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory(dir=checkout.root.parent) as folder:
        commits = set()
        for number in range(2):
            copy = Checkout(Path(folder) / str(number))
            shutil.copytree(checkout.root, copy.root, symlinks=True)
            for path, content in sorted(tree.items(), reverse=bool(number)):
                os.utime(copy.write(path, content), (number, number))
            commits.add(copy.take(RULES).commit)
        assert len(commits) == 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=trees, other=trees)
def test_two_trees_are_one_commit_only_where_they_are_the_same(
    checkout: Checkout, one: dict[str, bytes], other: dict[str, bytes]
) -> None:
    commits = []
    for tree in (one, other):
        with tempfile.TemporaryDirectory(dir=checkout.root.parent) as folder:
            copy = Checkout(Path(folder) / "copy")
            shutil.copytree(checkout.root, copy.root, symlinks=True)
            for path, content in tree.items():
                copy.write(path, content)
            commits.append(copy.take(RULES).commit)
    assert (commits[0] == commits[1]) == (one == other)
