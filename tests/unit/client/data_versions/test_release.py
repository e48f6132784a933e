"""Releases with real Git and real DVC, their remotes being folders; the real storage is in the integration tests."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saigen.data.release import release
from saigen.data.remote_tags import Tags
from saigen.data.standing import Standing
from saigen.errors import BlockedError, SaigenError, UsageError
from tests.unit.client.data_versions.project import PENGUINS, QUIET, Checkout

DATA = "data/penguins.csv"
MD5 = "a" * 32


def remote_tags(checkout: Checkout) -> list[str]:
    listed = checkout.git("ls-remote", "--refs", "--tags", "origin")
    return [line.rpartition("/")[2] for line in listed.splitlines()]


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a checkout whose penguins_v1 is released, and beside it the remotes of Git and DVC."""
    folder = tmp_path_factory.mktemp("workplace")
    checkout = Checkout(folder / "birds")
    checkout.write(".dvc/config", "[core]\n    remote = disk\n['remote \"disk\"']\n    url = ../../store\n")
    checkout.write(".gitignore", "")
    checkout.write(".dvc/.gitignore", "/cache\n/tmp\n/config.local\n")
    checkout.commit("Begin")
    checkout.git("init", "--quiet", "--bare", str(folder / "origin.git"))
    checkout.git("remote", "add", "origin", "../origin.git")
    shutil.copy(PENGUINS, checkout.write(DATA, ""))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in QUIET.items():
            patch.setenv(name, value)
        release("penguins", "First", source="Palmer Station", repository=checkout.repository)
    return folder


@pytest.fixture
def released(workplace: Path, tmp_path: Path) -> Checkout:
    """A checkout of its own, whose penguins_v1 is released."""
    shutil.copytree(workplace, tmp_path / "workplace", symlinks=True)
    return Checkout(tmp_path / "workplace" / "birds")


def shorten(checkout: Checkout) -> None:
    """Take the last penguin away."""
    lines = (checkout.root / DATA).read_text().splitlines(keepends=True)
    checkout.write(DATA, "".join(lines[:-1]))


def test_a_first_release_adds_commits_pushes_and_tags(released: Checkout) -> None:
    assert remote_tags(released) == ["penguins_v1"]
    assert released.git("ls-remote", "origin", "main").startswith(released.git("rev-parse", "penguins_v1^{commit}"))
    assert "Source: Palmer Station" in released.git("cat-file", "-p", "penguins_v1")
    assert released.git("status", "--porcelain") == ""


def test_nothing_changed_is_nothing_to_do_and_says_which_version_it_is(released: Checkout) -> None:
    head = released.git("rev-parse", "HEAD")
    again = release("penguins", repository=released.repository)
    assert (again.version, again.steps) == ("penguins_v1", ())
    assert released.git("rev-parse", "HEAD") == head


def test_a_text_of_dvc_2_that_did_not_change_is_nothing_to_do(released: Checkout) -> None:
    md5 = hashlib.md5(b"a\nb\n", usedforsecurity=False).hexdigest()
    released.write(DATA, b"a\r\nb\r\n")
    released.write(f"{DATA}.dvc", f"outs:\n- md5: {md5}\n  size: 6\n  path: penguins.csv\n")
    released.commit("As it was", "penguins_v2")
    released.git("push", "--quiet", "origin", "main", "penguins_v2")
    again = release("penguins", repository=released.repository)
    assert (again.version, again.steps) == ("penguins_v2", ())


def test_changed_data_becomes_the_next_version(released: Checkout) -> None:
    shorten(released)
    done = release("penguins", repository=released.repository)
    assert done.version == "penguins_v2"
    assert remote_tags(released) == ["penguins_v1", "penguins_v2"]


def test_a_number_that_only_the_remote_knows_is_not_taken_again(released: Checkout, tmp_path: Path) -> None:
    colleague = tmp_path / "colleague"
    released.git("clone", "--quiet", str(tmp_path / "workplace" / "origin.git"), str(colleague))
    released.git("-C", str(colleague), "commit", "--quiet", "--allow-empty", "--message", "other")
    released.git("-C", str(colleague), "tag", "penguins_v2")
    released.git("-C", str(colleague), "push", "--quiet", "origin", "penguins_v2")
    shorten(released)
    assert release("penguins", repository=released.repository).version == "penguins_v3"


def test_a_version_that_is_another_thing_on_the_remote_is_refused(released: Checkout) -> None:
    released.git("tag", "--delete", "penguins_v1")
    released.git("tag", "penguins_v1", "HEAD~1")
    with pytest.raises(SaigenError, match="another thing here than on origin") as refused:
        release("penguins", repository=released.repository)
    assert refused.value.exit_code == 1


def test_a_dry_run_says_the_steps_and_takes_none(released: Checkout) -> None:
    shorten(released)
    planned = release("penguins", dry_run=True, repository=released.repository)
    assert planned.steps[0] == "dvc commit --force data/penguins.csv.dvc"
    assert remote_tags(released) == ["penguins_v1"]
    assert released.git("status", "--porcelain") == ""


def test_what_else_is_staged_stays_staged_and_uncommitted(released: Checkout) -> None:
    shorten(released)
    released.write("notes.txt", "mine")
    released.git("add", "notes.txt")
    release("penguins", repository=released.repository)
    assert released.git("status", "--porcelain") == "A  notes.txt"


def test_a_release_that_stopped_before_its_push_is_finished_by_a_second_call(released: Checkout) -> None:
    shorten(released)
    released.git("remote", "set-url", "--push", "origin", "../away.git")
    with pytest.raises(BlockedError):
        release("penguins", repository=released.repository)
    assert released.repository.tags() == ["penguins_v1"]
    released.git("remote", "set-url", "--push", "origin", "../origin.git")
    assert release("penguins", repository=released.repository).version == "penguins_v2"
    assert remote_tags(released) == ["penguins_v1", "penguins_v2"]


def test_a_tag_that_was_made_and_not_pushed_is_pushed_by_a_second_call(released: Checkout) -> None:
    shorten(released)
    release("penguins", repository=released.repository)
    released.git("push", "--quiet", "origin", ":refs/tags/penguins_v2")
    assert release("penguins", repository=released.repository).version == "penguins_v2"
    assert remote_tags(released) == ["penguins_v1", "penguins_v2"]


def test_a_number_that_somebody_takes_at_the_same_moment_is_left_to_them(released: Checkout) -> None:
    shorten(released)
    hook = released.write(".git/hooks/pre-push", "#!/bin/sh\ngit --git-dir ../origin.git tag penguins_v2 main\n")
    hook.chmod(0o755)
    with pytest.raises(SaigenError, match="somebody else released penguins_v2 meanwhile"):
        release("penguins", repository=released.repository)
    assert released.git("ls-remote", "origin", "main").startswith(released.git("rev-parse", "HEAD~1"))
    hook.unlink()
    assert release("penguins", repository=released.repository).version == "penguins_v3"


def test_another_dataset_is_refused_unless_someone_says_yes(released: Checkout) -> None:
    released.write(DATA, "flight,delay\n1,5\n2,7\n")
    with pytest.raises(SaigenError, match="looks like a different dataset than penguins_v1") as refused:
        release("penguins", repository=released.repository)
    assert refused.value.exit_code == 1
    assert released.git("status", "--porcelain") == ""
    questions: list[str] = []

    def agree(question: str) -> bool:
        questions.append(question)
        return True

    assert release("penguins", ask=agree, repository=released.repository).version == "penguins_v2"
    assert "Release it as penguins_v2" in questions[0]


def test_a_name_that_saigen_toml_does_not_have_is_wrong_usage(released: Checkout) -> None:
    with pytest.raises(UsageError, match="no dataset 'flights'"):
        release("flights", repository=released.repository)


def test_without_a_branch_there_is_no_release(released: Checkout) -> None:
    released.git("checkout", "--quiet", "--detach")
    with pytest.raises(UsageError, match="no branch"):
        release("penguins", repository=released.repository)


def test_data_that_is_not_pushed_by_its_pointer_cannot_be_released(released: Checkout) -> None:
    pointer = released.root / f"{DATA}.dvc"
    pointer.write_text(pointer.read_text() + "  push: false\n")
    shorten(released)
    with pytest.raises(BlockedError, match="push: false"):
        release("penguins", repository=released.repository)


EMPTY = Standing("penguins", DATA, None, MD5, "main", "origin", "main", Tags({}, {}), {}, ())
numbers = st.sets(st.integers(1, 50))


@given(here=numbers, there=numbers, others=st.sets(st.sampled_from(["flights_v9", "v3", "penguins_v01", "penguins-2"])))
def test_the_next_number_is_one_above_all_that_are_taken_anywhere(
    here: set[int], there: set[int], others: set[str]
) -> None:
    tags = Tags(
        {**{f"penguins_v{n}": "1" for n in here}, **dict.fromkeys(others, "1")}, {f"penguins_v{n}": "1" for n in there}
    )

    assert replace(EMPTY, tags=tags).version.number == max(here | there, default=0) + 1


@given(named=st.dictionaries(st.integers(1, 50), st.sampled_from([MD5, "b" * 32, None])), before=numbers)
def test_a_state_that_has_a_name_gets_no_other(named: Mapping[int, str | None], before: set[int]) -> None:
    standing = replace(
        EMPTY,
        named=named,
        before=tuple(sorted(before & named.keys())),
        tags=Tags({}, {f"penguins_v{n}": "1" for n in named}),
    )
    same = [number for number, md5 in named.items() if md5 == MD5]

    assert standing.released == bool(same)
    assert standing.version.number == (max(same) if same else max(named, default=0) + 1)
    assert standing.previous is None or named[standing.previous] is not None
