"""The fold: snapshots of runs go from many refs into few hidden ones, lose nothing, and are fetched as before."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.git.forge import ORGANISATION, Account, Clone, Forge, git

PARTS = 3


def fold(forge: Forge, fewest: int = 1) -> str:
    return forge.container.execute("saigen-git", "fold", str(fewest)).output


def incoming(forge: Forge, repository: str) -> list[str]:
    return [ref for ref in forge.refs(repository) if ref.startswith("refs/saigen/in/")]


def kept(forge: Forge, repository: str) -> list[str]:
    return [ref for ref in forge.refs(repository) if ref.startswith("refs/saigen/keep/")]


def on_server(forge: Forge, repository: str, script: str, **environment: str) -> tuple[int, str]:
    """Runs a script in the repository on the server, as a job of the forge would; its exit code and what it said."""
    folder = f"/data/repositories/{ORGANISATION}/{repository}.git"
    settings = {"HOME": "/data/forge/home", "GIT_DIR": ".", **environment}
    words = [f"{name}={value}" for name, value in settings.items()]
    done = forge.container.execute("env", *words, "bash", "-euc", f"cd {folder}; {script}", check=False)
    return done.code, done.output


@pytest.fixture
def snapshots(clone: Clone) -> list[str]:
    """Ids of pushed snapshots that are on no branch."""
    base = clone.id_of("HEAD")
    made = []
    for number in range(PARTS):
        made.append(clone.commit(f"What run {number} ran"))
        clone.git("reset", "--quiet", "--hard", base)
    clone.git("push", "--quiet", "origin", *(f"{commit}:refs/saigen/in/{commit}" for commit in made))
    return made


@pytest.fixture
def folded(forge: Forge, repository: str, snapshots: list[str]) -> list[str]:
    """The same, after a fold."""
    said = fold(forge)
    assert f"fold team/{repository}: {PARTS} snapshots folded, 1 refs keep them all" in said
    return snapshots


def test_a_fold_leaves_one_ref_that_holds_them_all(forge: Forge, repository: str, folded: list[str]) -> None:
    assert incoming(forge, repository) == []
    (ref,) = kept(forge, repository)
    _, said = on_server(forge, repository, f"git rev-list --parents --max-count=1 {ref}")
    assert sorted(said.split()[1:]) == sorted(folded)


def test_a_fold_waits_for_the_one_that_runs(forge: Forge, repository: str, snapshots: list[str]) -> None:
    held = "flock /run/git/fold.lock bash -c 'echo held; sleep 2; echo free' & sleep 1; saigen-git fold 1; wait"
    code, said = on_server(forge, repository, held)
    lines = [line for line in said.splitlines() if line in {"held", "free"} or repository in line]
    assert (code, lines) == (
        0,
        ["held", "free", f"fold team/{repository}: {len(snapshots)} snapshots folded, 1 refs keep them all"],
    )


@pytest.mark.parametrize("version", ["0", "2"])
def test_a_folded_snapshot_is_fetched_by_its_id_and_not_listed(
    forge: Forge, repository: str, author: Account, folded: list[str], tmp_path: Path, version: str
) -> None:
    address, protocol = forge.address(repository, author), ["-c", f"protocol.version={version}"]
    assert "refs/saigen" not in git(*protocol, "ls-remote", address).stdout
    git("init", "--quiet", str(tmp_path / "other"))
    git("-C", str(tmp_path / "other"), *protocol, "fetch", "--quiet", "--depth=1", address, folded[0])
    assert git("-C", str(tmp_path / "other"), "cat-file", "-t", folded[0]).stdout == "commit\n"


def test_a_folded_snapshot_survives_gc(forge: Forge, repository: str, folded: list[str]) -> None:
    code, said = on_server(forge, repository, f"git gc --quiet --prune=now && git cat-file -t {folded[1]}")
    assert (code, said.strip()) == (0, "commit")


def test_a_folded_snapshot_is_pushed_again_and_folded_again(
    forge: Forge, repository: str, clone: Clone, folded: list[str]
) -> None:
    clone.git("push", "origin", f"{folded[0]}:refs/saigen/in/{folded[0]}")
    fold(forge)
    assert incoming(forge, repository) == []
    assert len(kept(forge, repository)) == 2


def test_few_snapshots_are_left_as_they_are(forge: Forge, repository: str, snapshots: list[str]) -> None:
    fold(forge, fewest=PARTS + 1)
    assert len(incoming(forge, repository)) == len(snapshots)


def test_many_folds_are_kept_by_few_refs(forge: Forge, repository: str, clone: Clone, folded: list[str]) -> None:
    made = []
    for number in range(21):
        made.append(clone.commit(f"Another run {number}"))
        clone.git("push", "--quiet", "origin", f"{made[-1]}:refs/saigen/in/{made[-1]}")
        fold(forge)
    assert len(kept(forge, repository)) < 10
    _, held = on_server(forge, repository, "git rev-list $(git for-each-ref --format='%(refname)' refs/saigen/keep)")
    assert set(folded) | set(made) <= set(held.split())


# -- what nobody may --------------------------------------------------------------------------------------------------


def test_a_kept_ref_is_neither_pushed_nor_deleted(
    forge: Forge, repository: str, clone: Clone, maintainer: Account, folded: list[str]
) -> None:
    before = kept(forge, repository)
    address = forge.address(repository, maintainer)
    for value in ("", folded[0]):
        assert clone.git("push", "--force", address, f"{value}:{before[0]}", check=False).returncode != 0
    assert kept(forge, repository) == before


def test_what_is_sent_with_a_push_makes_nobody_the_platform(
    forge: Forge, repository: str, clone: Clone, snapshots: list[str]
) -> None:
    ref = f"refs/saigen/in/{snapshots[0]}"
    sent = ["-c", "http.extraHeader=SAIGEN_PLATFORM: fold", "-c", "http.extraHeader=Git-Protocol: SAIGEN_PLATFORM=fold"]
    for option in ("SAIGEN_PLATFORM=fold", "saigen-override=because"):
        pushed = clone.git(*sent, "push", "-o", option, "origin", f":{ref}", check=False)
        assert "cannot be deleted" in pushed.stderr
    assert ref in forge.refs(repository)


@pytest.mark.parametrize(
    "change",
    [
        "delete refs/saigen/in/{0}",  # held by nothing
        "create refs/saigen/keep/{1} {1}\ndelete refs/saigen/in/{0}",  # held by something else
        "create refs/saigen/keep/mine {1}",
    ],
)
def test_even_the_fold_loses_nothing(forge: Forge, repository: str, snapshots: list[str], change: str) -> None:
    before = forge.refs(repository)
    lines = change.format(*snapshots).replace("\n", "\\n")
    script = f"printf 'start\\n{lines}\\nprepare\\ncommit\\n' | git update-ref --stdin"
    code, said = on_server(forge, repository, script, SAIGEN_PLATFORM="fold")
    assert code != 0
    assert "a job of the platform was stopped" in said
    assert forge.refs(repository) == before
