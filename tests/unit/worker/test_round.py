"""A round of the worker, on real repositories, with small programs in the place of releases and checks."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from saigen_worker.account import Account
from saigen_worker.beat import Beat
from saigen_worker.rounds import Desk, Round, forget_refused, play
from saigen_worker.steps import Steps

FINE = ("true",)
FAILS = ("sh", "-c", "echo trained; exit 1")
AWAY = ("sh", "-c", "echo tried; exit 4")


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b.invalid", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def commit(forge: Path, project: str, branch: str = "main") -> None:
    """One more commit on a branch of the forge's repository."""
    repository = forge / f"{project}.git"
    tree = git(repository, "mktree") if not git(repository, "branch") else "main^{tree}"
    parent = ["-p", branch] if git(repository, "branch", "--list", branch) else []
    new = git(repository, "commit-tree", git(repository, "rev-parse", tree), *parent, "-m", "More")
    git(repository, "update-ref", f"refs/heads/{branch}", new)


@pytest.fixture
def forge(tmp_path: Path) -> Path:
    """A folder of bare repositories: birds and flights, with one commit each."""
    for project in ("birds", "flights"):
        git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", f"forge/{project}.git")
        empty = subprocess.run(
            ["git", "mktree"],
            cwd=tmp_path / f"forge/{project}.git",
            input="",
            capture_output=True,
            text=True,
            check=True,
        )
        first = git(tmp_path / f"forge/{project}.git", "commit-tree", empty.stdout.strip(), "-m", "Begin")
        git(tmp_path / f"forge/{project}.git", "update-ref", "refs/heads/main", first)
    return tmp_path / "forge"


def one_round(
    forge: Path, projects: Sequence[str], release: tuple[str, ...] = FINE, monitor: tuple[str, ...] = FINE
) -> tuple[Round, list[str], list[Beat]]:
    said: list[str] = []
    told: list[Beat] = []
    account = Account("worker", "unseen", "worker@team.invalid", "", "team", tuple(projects))
    desk = Desk(str(forge), forge.parent / "data", dict(os.environ), {"CHAT_URL": "told"}, release, monitor)
    return play(account, desk, Steps(), said.append, told.append), said, told


def test_every_project_is_released_and_checked(forge: Path) -> None:
    done, said, _ = one_round(forge, ["birds", "flights"], ("echo", "released"), ("echo", "checked"))
    assert done == Round(("birds", "flights"), {})
    assert said == ["birds: released", "birds: checked", "flights: released", "flights: checked"]


def test_what_fails_in_one_project_does_not_keep_the_others(forge: Path) -> None:
    done, said, told = one_round(forge, ["missing", "flights"], ("echo", "released"))
    assert done.reached == ("flights",)
    assert list(done.troubles) == ["missing"]
    assert "flights: released" in said
    assert told[-1].failed == ("missing",)


def test_a_check_is_made_though_the_release_failed(forge: Path) -> None:
    done, said, _ = one_round(forge, ["birds"], FAILS, ("echo", "checked"))
    assert "birds: checked" in said
    assert done.troubles == {"birds": ("sh -c echo trained; exit 1 ended with 1",)}


def test_an_alert_is_no_trouble_of_the_worker_and_what_keeps_a_check_from_being_made_is(forge: Path) -> None:
    assert one_round(forge, ["birds"], FINE, ("false",))[0].troubles == {}
    assert list(one_round(forge, ["birds"], FINE, AWAY)[0].troubles) == ["birds"]


def test_what_failed_is_not_trained_again_until_there_is_something_new(forge: Path) -> None:
    one_round(forge, ["birds"], FAILS)
    again, said, _ = one_round(forge, ["birds"], FAILS)
    assert "birds: trained" not in said
    assert again.troubles == {"birds": ("the last release failed, and there is nothing new since",)}
    commit(forge, "birds", "monitor/production")
    assert "birds: trained" not in one_round(forge, ["birds"], FAILS)[1]
    commit(forge, "birds")
    assert "birds: trained" in one_round(forge, ["birds"], FAILS)[1]


def test_what_failed_is_tried_again_after_a_restart(forge: Path) -> None:
    one_round(forge, ["birds"], FAILS)
    forget_refused(forge.parent / "data")
    assert "birds: trained" in one_round(forge, ["birds"], FAILS)[1]


def test_what_was_away_is_tried_again(forge: Path) -> None:
    one_round(forge, ["birds"], AWAY)
    assert "birds: tried" in one_round(forge, ["birds"], AWAY)[1]


def test_the_variables_of_alerts_are_for_checks_alone(forge: Path) -> None:
    asks = ("sh", "-c", "echo url=$CHAT_URL")
    assert one_round(forge, ["birds"], asks, asks)[1] == ["birds: url=", "birds: url=told"]


def test_a_checkout_follows_the_default_branch_whatever_was_left_in_it(forge: Path) -> None:
    one_round(forge, ["birds"])
    clone = forge.parent / "data" / "birds"
    (clone / "left.txt").write_text("left by a release that was killed")
    commit(forge, "birds")
    one_round(forge, ["birds"])
    assert git(clone, "rev-parse", "HEAD") == git(forge / "birds.git", "rev-parse", "main")
    assert not (clone / "left.txt").exists()


def lock(file: str) -> Callable[[Path], None]:
    return lambda clone: (clone / ".git" / file).touch()


def lose_the_commit(clone: Path) -> None:
    """What a machine that lost power leaves of an object: a file without content."""
    head = git(clone, "rev-parse", "HEAD")
    file = clone / ".git" / "objects" / head[:2] / head[2:]
    file.unlink(missing_ok=True)
    file.parent.mkdir(exist_ok=True)
    file.touch()


DAMAGES = {"index": lock("index.lock"), "refs": lock("packed-refs.lock"), "object": lose_the_commit}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_clone_that_is_damaged_is_made_again_once(forge: Path, damage: str) -> None:
    commit(forge, "birds", "old")
    one_round(forge, ["birds"])
    DAMAGES[damage](forge.parent / "data" / "birds")
    git(forge / "birds.git", "branch", "-D", "old")
    commit(forge, "birds")

    done, said, _ = one_round(forge, ["birds"], ("git", "rev-parse", "HEAD"))

    assert done == Round(("birds",), {})
    assert said[0].startswith("birds: its clone was damaged and has been made again: ")
    assert said[1:] == [f"birds: {git(forge / 'birds.git', 'rev-parse', 'main')}"]
    assert one_round(forge, ["birds"])[1] == []


def test_a_forge_that_has_no_such_project_leaves_the_clone(forge: Path) -> None:
    one_round(forge, ["birds"])
    (forge / "birds.git").rename(forge / "gone.git")

    done, said, _ = one_round(forge, ["birds"])

    assert list(done.troubles) == ["birds"]
    assert len(said) == 1
    assert (forge.parent / "data" / "birds" / ".git").is_dir()


def test_a_program_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    said: list[str] = []
    code = Steps().run(("sh", "-c", "echo began; exec sleep 60"), tmp_path, os.environ, said.append, seconds=0.3)
    assert (code, said) == (124, ["began"])


def test_nothing_is_begun_once_the_worker_is_to_end(forge: Path) -> None:
    steps = Steps()
    steps.stopping.set()
    account = Account("worker", "unseen", "worker@team.invalid", "", "team", ("birds",))
    desk = Desk(str(forge), forge.parent / "data", dict(os.environ), {})
    assert play(account, desk, steps, print, print) == Round((), {})
