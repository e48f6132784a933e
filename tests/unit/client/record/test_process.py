"""Whose command a process stands for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from saigen.record.process import Process, is_running, look, origin, this

SHELL = Process(1, 0, ("bash",), Path("/"))


def chain(*commands: tuple[str, ...]) -> Process:
    """Processes, each the parent of the next, below a shell; the origin of the last one."""
    known = {SHELL.pid: SHELL}
    for number, words in enumerate(commands, start=2):
        known[number] = Process(number, 0, words, Path("/"), number - 1)
    return origin(known[len(commands) + 1], known.get)


def test_a_command_of_a_shell_is_its_own() -> None:
    assert chain(("python", "train.py")).arguments == ("python", "train.py")


@pytest.mark.parametrize(
    "launcher",
    [
        ("/venv/bin/python", "/venv/bin/torchrun", "--nproc-per-node=2", "train.py"),
        ("python", "-m", "torch.distributed.run", "train.py"),
        ("python", "/venv/bin/accelerate", "launch", "train.py"),
        ("mpirun", "-n", "2", "python", "train.py"),
    ],
)
def test_a_rank_is_its_launchers(launcher: tuple[str, ...]) -> None:
    assert chain(launcher, ("python", "-u", "train.py")).arguments == launcher


def test_a_worker_is_the_programs_that_started_it() -> None:
    worker = ("python", "-c", "from multiprocessing.spawn import spawn_main; spawn_main()", "--multiprocessing-fork")
    assert chain(("python", "sweep.py"), worker).arguments == ("python", "sweep.py")


def test_a_worker_of_a_rank_is_the_launchers() -> None:
    launcher = ("python", "/bin/torchrun", "train.py")
    loky = ("python", "-m", "joblib.externals.loky.backend.popen_loky_posix", "--process-name", "LokyProcess-1")
    assert chain(launcher, ("python", "train.py"), loky).arguments == launcher


def test_a_fork_is_the_program_itself() -> None:
    assert chain(("python", "sweep.py"), ("python", "sweep.py")).pid == 2


def test_what_a_program_or_a_pipeline_starts_has_a_command_of_its_own() -> None:
    assert chain(("python", "sweep.py"), ("python", "train.py")).arguments == ("python", "train.py")
    assert chain(("python", "/bin/dvc", "repro"), ("python", "train.py")).arguments == ("python", "train.py")


def test_this_process_knows_itself() -> None:
    found = this(Path.cwd())
    assert found.pid == os.getpid()
    assert found.parent == os.getppid()
    assert is_running(found.pid, found.started)


def test_all_workers_share_a_session_and_a_later_process_has_another() -> None:
    assert Process(5, 100, ("a",), None).session == Process(5, 100, ("b",), None).session
    assert Process(5, 100, ("a",), None).session != Process(5, 101, ("a",), None).session


def test_a_process_that_ended_does_not_run() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    found = look(child.pid)
    assert found is not None
    assert is_running(found.pid, found.started)
    child.communicate(b"\n")
    assert not is_running(found.pid, found.started)


def test_a_process_that_ended_and_was_not_asked_how_does_not_run() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    found = look(child.pid)
    assert found is not None
    child.stdin.close()  # type: ignore[union-attr]
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not is_running(found.pid, found.started)
    child.wait()
