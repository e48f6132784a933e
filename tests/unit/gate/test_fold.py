"""The fold: every snapshot stays held, whatever their number; and nothing is done where nothing is due."""

from __future__ import annotations

import pytest
from saigen_gate import fold as folding
from saigen_gate.fold import Folded, chunks, fold, fold_all, transaction

from saigen.folds import fold_text
from saigen.git.repository import Repository
from tests.unit.gate.conftest import commit


def refs(repository: Repository, below: str) -> list[str]:
    return repository.run("for-each-ref", "--format=%(refname)", below).splitlines()


@pytest.fixture
def snapshots(bare: Repository) -> list[str]:
    return [commit(bare, f"run {number}", "refs/saigen/in/{}") for number in range(7)]


def test_refs_become_one_that_holds_them(bare: Repository, snapshots: list[str]) -> None:
    assert fold(bare.root, 1) == Folded(7, 1)
    assert refs(bare, "refs/saigen/in") == []
    assert set(snapshots) <= set(bare.run("rev-list", "--glob=refs/saigen/keep").splitlines())


def test_many_are_held_by_a_tree_of_commits(
    bare: Repository, snapshots: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folding, "PARENTS", 2)
    fold(bare.root, 1)
    held = bare.run("rev-list", "--parents", "--glob=refs/saigen/keep").splitlines()
    assert max(len(line.split()) - 1 for line in held) == 2
    assert set(snapshots) <= {line.split()[0] for line in held}


def test_a_second_fold_has_nothing_to_do(bare: Repository, snapshots: list[str]) -> None:
    fold(bare.root, 1)
    before = refs(bare, "refs")
    assert fold(bare.root, 1) == Folded(0, 1)
    assert refs(bare, "refs") == before
    assert snapshots


def test_the_same_snapshots_make_the_same_commit(bare: Repository, snapshots: list[str]) -> None:
    fold(bare.root, 1)
    before = refs(bare, "refs/saigen/keep")
    for one in snapshots:
        bare.run("update-ref", f"refs/saigen/in/{one}", one)
    fold(bare.root, 1)
    assert refs(bare, "refs/saigen/keep") == before


def test_a_ref_that_moved_meanwhile_stops_the_transaction_whole(bare: Repository, snapshots: list[str]) -> None:
    wrong = [(f"refs/saigen/in/{snapshots[0]}", snapshots[1]), (f"refs/saigen/in/{snapshots[1]}", snapshots[1])]
    change = transaction(snapshots[2], wrong)
    assert bare.ask("update-ref", "--stdin") is not None
    with pytest.raises(Exception, match="update-ref"):
        bare.run("update-ref", "--stdin", given=change)
    assert len(refs(bare, "refs/saigen/in")) == 7
    assert refs(bare, "refs/saigen/keep") == []


def test_a_broken_repository_does_not_keep_the_others_from_being_folded(bare: Repository, snapshots: list[str]) -> None:
    broken = bare.root.parent / "a-broken.git"
    broken.mkdir()
    (broken / "HEAD").write_text("nonsense")
    said: list[str] = []
    assert not fold_all(bare.root.parents[1], said.append, 1)
    assert said[0].startswith("fold team/a-broken: ")
    assert said[1] == "fold team/flights: 7 snapshots folded, 1 refs keep them all"
    assert snapshots


def test_groups_leave_nothing_out() -> None:
    every = [(f"r{number}", str(number)) for number in range(11)]
    assert [one for group in chunks(every, 4) for one in group] == every
    assert [len(group) for group in chunks(every, 4)] == [4, 4, 3]


def test_a_commit_that_holds_others_is_older_than_all_of_them() -> None:
    text = fold_text("t" * 40, ["a" * 40, "b" * 40]).decode()
    assert text.startswith(f"tree {'t' * 40}\nparent {'a' * 40}\nparent {'b' * 40}\n")
    assert "> 0 +0000\n\nKeep what runs ran\n" in text
