"""Which objects nobody needs: what is called so, and what never is."""

from __future__ import annotations

import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saigen.audit.pointers import read_pointers, uncommitted
from saigen.audit.unneeded import content_of, mentioned, overlaps, sort_out
from saigen.data.bucket import Stored
from saigen.data.remote import key, read_remotes
from saigen.git.repository import Repository
from tests.unit.client.audit.examples import REMOTE

NOW = datetime(2026, 11, 25, tzinfo=timezone.utc)
OLD = NOW - timedelta(days=30)
md5s = st.text("0123456789abcdef", min_size=32, max_size=32)


def stored(md5: str, modified: datetime | None = OLD) -> Stored:
    return Stored(key(REMOTE, md5), 10, modified)


def test_an_old_object_that_nothing_names_is_unneeded() -> None:
    found = sort_out([stored("a" * 32), stored("b" * 32)], "demo", {"b" * 32}, set(), NOW)
    assert [one.key[-3:] for one in found.unneeded] == ["aaa"]
    assert (found.needed, found.bytes) == (1, 10)


def test_a_young_object_is_never_unneeded() -> None:
    found = sort_out([stored("a" * 32, NOW), stored("b" * 32, None)], "demo", set(), set(), NOW)
    assert (found.unneeded, found.young) == ((), 2)


def test_an_unnamed_state_of_a_run_keeps_its_content_by_seven_characters() -> None:
    assert sort_out([stored("1a2b3c4" + "0" * 25)], "demo", set(), {"1a2b3c4"}, NOW).unneeded == ()


def test_what_is_not_in_dvcs_layout_is_left_alone() -> None:
    strange = [Stored("demo/notes.txt", 1, OLD), Stored(f"other/files/md5/aa/{'a' * 30}", 1, OLD)]
    found = sort_out(strange, "demo", set(), set(), NOW)
    assert (found.unneeded, found.foreign) == ((), 2)


@given(st.sets(md5s), st.sets(md5s), st.booleans())
def test_no_needed_object_is_ever_unneeded(needed: set[str], others: set[str], legacy: bool) -> None:
    every = [Stored(key(REMOTE, md5, legacy=legacy), 1, OLD) for md5 in needed | others]
    found = sort_out(every, "demo", needed, set(), NOW)
    assert {content_of(one.key, "demo") for one in found.unneeded} == others - needed


@given(md5s, st.booleans(), st.sampled_from(["demo", "a/b", ""]), st.sampled_from(["", ".dir"]))
def test_a_key_is_read_back_to_its_content(md5: str, legacy: bool, prefix: str, end: str) -> None:
    remote = read_remotes([f"['remote \"r\"']\n url = s3://dvc/{prefix}\n"]).by_name["r"]
    assert content_of(key(remote, md5 + end, legacy=legacy), prefix) == md5 + end


def test_every_hash_in_a_pointer_is_mentioned_even_where_it_cannot_be_parsed() -> None:
    conflict = f"<<<<<<< HEAD\n- md5: {'a' * 32}.dir\n=======\n  md5: {'b' * 32}\n>>>>>>> x\nrev_lock: {'c' * 40}\n"
    assert mentioned(conflict.encode()) == {f"{'a' * 32}.dir", "b" * 32}


@pytest.mark.parametrize(
    ("url", "shared"),
    [
        ("s3://dvc/demo", True),
        ("s3://dvc/demo/sub", True),
        ("s3://dvc", True),
        ("s3://dvc/demo2", False),
        ("s3://other/demo", False),
    ],
)
def test_a_remote_that_holds_or_reaches_into_a_prefix_shares_it(url: str, shared: bool) -> None:
    assert overlaps(read_remotes([f"['remote \"r\"']\n url = {url}\n"]), "dvc", "demo") is shared


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    return Repository(tmp_path)


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


def commit(repository: Repository, md5: str, path: str = "data/x.csv.dvc") -> None:
    (repository.root / path).parent.mkdir(exist_ok=True, parents=True)
    (repository.root / path).write_text(f"outs:\n- md5: {md5}\n")
    git(repository.root, "add", "--all")
    git(repository.root, "commit", "--quiet", "-m", md5)


def test_every_state_of_every_branch_and_ref_is_read(repository: Repository) -> None:
    commit(repository, "a" * 32)
    commit(repository, "b" * 32)
    git(repository.root, "checkout", "--quiet", "-b", "side", "HEAD~1")
    commit(repository, "c" * 32)
    git(repository.root, "checkout", "--quiet", "main")
    git(repository.root, "merge", "--quiet", "-s", "ours", "side")
    git(repository.root, "branch", "-D", "side")
    commit(repository, "d" * 32, "deep/below/dvc.lock")
    git(repository.root, "update-ref", "refs/saigen/in/x", "HEAD")
    git(repository.root, "reset", "--quiet", "--hard", "HEAD~1")
    assert read_pointers(repository).mentioned == {"a" * 32, "b" * 32, "c" * 32, "d" * 32}


def test_a_pointer_that_only_the_working_tree_has_is_read(repository: Repository) -> None:
    commit(repository, "a" * 32)
    (repository.root / "data" / "new.csv.dvc").write_text(f"outs:\n- md5: {'e' * 32}\n")
    assert uncommitted(repository) == {"a" * 32, "e" * 32}


def test_an_empty_repository_mentions_nothing(repository: Repository) -> None:
    assert read_pointers(repository).mentioned == frozenset()


def test_settings_of_every_commit_are_read(repository: Repository) -> None:
    (repository.root / ".dvc").mkdir()
    (repository.root / ".dvc" / "config").write_text("['remote \"r\"']\n url = s3://dvc/demo\n")
    commit(repository, "a" * 32)
    assert read_pointers(repository).configurations == ("['remote \"r\"']\n url = s3://dvc/demo\n",)
