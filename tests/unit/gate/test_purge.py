"""The purge: what is to be forgotten goes whole, nothing else does, and what was needed meanwhile comes back."""

from __future__ import annotations

from pathlib import Path

import pytest
from saigen_gate import purge as purging
from saigen_gate.fold import fold
from saigen_gate.purge import ASIDE, Purged, purge, purge_all

from saigen.errors import BlockedError
from saigen.git.repository import Repository
from tests.unit.gate.conftest import commit, forget, snapshot


def there(bare: Repository) -> set[str]:
    """Every object of the repository."""
    return set(bare.run("cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split())


def objects_of(bare: Repository, wanted: str) -> set[str]:
    """The commit, its tree and its file."""
    return {wanted, bare.run("rev-parse", f"{wanted}^{{tree}}"), bare.run("rev-parse", f"{wanted}:secret.py")}


@pytest.fixture
def an_hour_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was moved aside has been there for long enough."""
    monkeypatch.setattr(purging, "UNDER_WAY", 0)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("folded", [False, True])
def test_it_goes_with_everything_that_only_it_held(
    bare: Repository, main: str, monkeypatch: pytest.MonkeyPatch, folded: bool, packed: bool
) -> None:
    doomed, other = snapshot(bare, "token", main), snapshot(bare, "fine", main)
    if folded:
        fold(bare.root, 1)
    if packed:
        bare.run("gc", "--quiet")
    gone = objects_of(bare, doomed)
    forget(bare, doomed)

    done = purge(bare.root)

    assert (done.commits, done.deleted) == ((doomed,), 0)
    assert not gone & there(bare)
    assert objects_of(bare, other) <= there(bare)
    assert other in bare.run("rev-list", "--glob=refs/saigen").split()
    bare.run("fsck", "--strict", "--connectivity-only")
    assert purge(bare.root) == Purged()  # a push may be under way
    assert len(list((bare.root / ASIDE).glob("*/*"))) == done.moved
    monkeypatch.setattr(purging, "UNDER_WAY", 0)
    assert purge(bare.root) == Purged(deleted=done.moved)
    assert not (bare.root / ASIDE).exists()
    bare.run("gc", "--quiet", "--prune=now")
    assert purge(bare.root) == Purged()


def test_it_goes_out_of_a_fold_of_folds(bare: Repository, main: str) -> None:
    doomed, other = snapshot(bare, "token", main), snapshot(bare, "fine", main)
    fold(bare.root, 1)
    kept = bare.run("for-each-ref", "--format=%(objectname)", "refs/saigen/keep")
    bare.run("update-ref", f"refs/saigen/in/{kept}", kept)  # as a fold of folds has it
    fold(bare.root, 1)
    forget(bare, doomed)

    assert purge(bare.root).commits == (doomed,)

    held = set(bare.run("rev-list", "--glob=refs/saigen").split())
    assert (doomed in held, other in held) == (False, True)


def test_what_an_older_commit_holds_as_well_stays(bare: Repository, main: str) -> None:
    first = snapshot(bare, "as it was", main, ref="refs/heads/main")
    second = snapshot(bare, "as it is", first, ref="refs/heads/main")
    doomed = snapshot(bare, "as it was", second)
    forget(bare, doomed)

    assert purge(bare.root).moved == 1  # the commit alone

    bare.run("fsck", "--strict", "--connectivity-only")


@pytest.mark.usefixtures("an_hour_later")
def test_what_a_push_meanwhile_counts_on_comes_back(bare: Repository, main: str) -> None:
    doomed = snapshot(bare, "shared", main)
    held = objects_of(bare, doomed)
    forget(bare, doomed)
    purge(bare.root)
    assert not held & there(bare)
    # A push that was under way: its tree and file were there when it was looked at.
    tree = next(id_ for id_ in held if (bare.root / ASIDE / id_[:2] / id_[2:]).exists() and id_ != doomed)
    text = f"tree {tree}\nauthor a <a@b> 1 +0000\ncommitter a <a@b> 1 +0000\n\nMeanwhile\n".encode()
    made = bare.run("hash-object", "-t", "commit", "-w", "--literally", "--stdin", given=text)
    (bare.root / "refs/heads/other").write_text(f"{made}\n")
    for folder in (bare.root / "objects").iterdir():
        if not any(folder.iterdir()):
            folder.rmdir()  # as gc does

    purge(bare.root)

    assert tree in there(bare)
    assert doomed not in there(bare)


def test_a_commit_that_a_branch_holds_is_not_purged(bare: Repository, main: str) -> None:
    forget(bare, main)
    assert purge(bare.root) == Purged(held=(f"{main} is held by refs/heads/main",))
    assert main in there(bare)


@pytest.mark.usefixtures("an_hour_later")
def test_a_ref_that_came_meanwhile_gets_its_commit_back(bare: Repository, main: str) -> None:
    doomed = snapshot(bare, "token", main)
    held = objects_of(bare, doomed)
    forget(bare, doomed)
    purge(bare.root)
    (bare.root / "refs/heads/other").write_text(f"{doomed}\n")

    assert purge(bare.root).deleted == 0

    assert held <= there(bare)
    bare.run("fsck", "--connectivity-only")


@pytest.mark.parametrize("moves", [0, 1, 2])
def test_one_that_was_cut_off_is_finished_by_the_next(
    bare: Repository, main: str, monkeypatch: pytest.MonkeyPatch, moves: int
) -> None:
    doomed = snapshot(bare, "token", main)
    held = objects_of(bare, doomed)
    forget(bare, doomed)
    move, done = purging._move, []

    def cut(repository: Repository, id_: str) -> None:
        if len(done) == moves:
            raise OSError("no space left on device")
        done.append(id_)
        move(repository, id_)

    monkeypatch.setattr(purging, "_move", cut)
    with pytest.raises(OSError, match="no space"):
        purge(bare.root)
    assert doomed in there(bare)
    monkeypatch.setattr(purging, "_move", move)

    assert purge(bare.root).commits == (doomed,)

    assert not held & there(bare)


def test_what_cannot_be_moved_leaves_the_commit_for_the_next_time(bare: Repository, main: str) -> None:
    doomed = snapshot(bare, "token", main)
    blob = bare.run("rev-parse", f"{doomed}:secret.py")
    pack = bare.run("pack-objects", "objects/pack/pack", given=f"{blob}\n".encode())
    (bare.root / f"objects/pack/pack-{pack}.keep").touch()
    forget(bare, doomed)
    with pytest.raises(BlockedError, match="not all of it"):
        purge(bare.root)
    assert {doomed, blob} <= there(bare)

    (bare.root / f"objects/pack/pack-{pack}.keep").unlink()

    assert purge(bare.root).commits == (doomed,)
    assert not {doomed, blob} & there(bare)


def test_branches_keep_what_they_remember_where_it_is_not_asked_for(bare: Repository, main: str) -> None:
    bare.run("config", "core.logAllRefUpdates", "true")
    lost = snapshot(bare, "moved back by mistake", main, ref="refs/heads/dev")
    bare.run("update-ref", "refs/heads/dev", main)
    forget(bare, doomed := snapshot(bare, "token", main))

    assert purge(bare.root).commits == (doomed,)

    assert lost in bare.run("reflog", "show", "--format=%H", "refs/heads/dev").split()


def test_what_git_replaces_is_not_what_is_there(bare: Repository, main: str) -> None:
    """refs/replace/ lets main look as if it had no files and no past: nothing of it may be thought to be unneeded."""
    first = snapshot(bare, "needed by main", main, ref="refs/heads/main")
    doomed = snapshot(bare, "needed by main", first)
    bare.run("update-ref", f"refs/replace/{first}", commit(bare, "Nothing", "refs/heads/nothing"))
    forget(bare, doomed)

    assert purge(bare.root).moved == 1  # the commit alone

    assert objects_of(bare, first) <= there(bare)


def test_a_commit_below_another_snapshot_goes_only_with_that(bare: Repository, main: str) -> None:
    below = snapshot(bare, "token", main)
    above = snapshot(bare, "token and more", below)
    fold(bare.root, 1)
    forget(bare, below)
    assert purge(bare.root) == Purged(held=(f"{below} is held by {above}",))
    assert below in there(bare)

    forget(bare, above)

    assert set(purge(bare.root).commits) == {below, above}
    assert not {below, above} & there(bare)


def test_what_a_branch_was_once_at_does_not_hold_it(bare: Repository, main: str) -> None:
    bare.run("config", "core.logAllRefUpdates", "true")
    doomed = snapshot(bare, "token", main)
    later = snapshot(bare, "token and more", doomed, ref="refs/heads/dev")
    bare.run("update-ref", "refs/heads/dev", main)
    bare.run("gc", "--quiet")
    forget(bare, doomed)

    assert purge(bare.root).commits == (doomed,)

    assert doomed not in there(bare)
    bare.run("gc", "--quiet")
    bare.run("fsck", "--connectivity-only")
    assert later


def test_a_file_that_only_the_past_of_a_branch_shares_does_not_break_it(bare: Repository, main: str) -> None:
    bare.run("config", "core.logAllRefUpdates", "true")
    snapshot(bare, "token", ref="refs/heads/dev")  # the same file, in another commit
    bare.run("update-ref", "refs/heads/dev", main)
    forget(bare, doomed := snapshot(bare, "token", main))
    held = objects_of(bare, doomed)

    assert purge(bare.root).commits == (doomed,)

    assert not held & there(bare)
    bare.run("gc", "--quiet")  # which reads all that reflogs lead to


def test_an_object_that_is_there_twice_goes_twice(bare: Repository, main: str) -> None:
    doomed = snapshot(bare, "token", main)
    held = objects_of(bare, doomed)
    loose = {id_: (bare.root / "objects" / id_[:2] / id_[2:]).read_bytes() for id_ in held}
    bare.run("gc", "--quiet")
    for id_, content in loose.items():
        (bare.root / "objects" / id_[:2]).mkdir(exist_ok=True)
        (bare.root / "objects" / id_[:2] / id_[2:]).write_bytes(content)
    forget(bare, doomed)

    assert purge(bare.root).commits == (doomed,)

    assert not held & there(bare)


@pytest.mark.parametrize("message", ["Keep what runs ran", "x\x01deadbeef\x00"])
def test_a_message_that_looks_like_something_else_is_only_a_message(bare: Repository, main: str, message: str) -> None:
    tree = bare.run("rev-parse", f"{snapshot(bare, 'fine', main)}^{{tree}}")
    text = f"tree {tree}\nparent {main}\nauthor a <a@b> 1 +0000\ncommitter a <a@b> 1 +0000\n\n"
    odd = bare.run("hash-object", "-t", "commit", "-w", "--stdin", given=text.encode() + message.rstrip("\0").encode())
    bare.run("update-ref", f"refs/saigen/in/{odd}", odd)
    doomed = snapshot(bare, "token", main)
    fold(bare.root, 1)
    forget(bare, doomed)

    assert purge(bare.root).commits == (doomed,)
    assert odd in bare.run("rev-list", "--glob=refs/saigen").split()

    forget(bare, odd)
    assert purge(bare.root).commits == (odd,)
    assert odd not in there(bare)


def test_a_broken_repository_does_not_keep_the_others_from_being_purged(bare: Repository, main: str) -> None:
    doomed = snapshot(bare, "token", main)
    forget(bare, doomed)
    broken = bare.root.parent / "broken.git"
    broken.mkdir()
    (broken / "HEAD").write_text("nothing")
    said: list[str] = []

    assert purge_all(bare.root.parent.parent, said.append) is False

    assert any(line.startswith("purge team/broken: ") for line in said)
    assert f"purge team/flights: {doomed} is taken away" in said
    assert doomed not in there(bare)


def test_where_nothing_is_to_be_forgotten_nothing_is_said(bare: Repository, tmp_path: Path) -> None:
    said: list[str] = []
    assert purge_all(tmp_path, said.append)
    assert (said, bare.root.is_dir()) == ([], True)
