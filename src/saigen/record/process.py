"""The process that made a run, and the command that it stands for. Read from `/proc`; elsewhere a process knows itself.

A worker has no command of its own that anyone could type: neither one that multiprocessing or joblib started, nor one
rank of many that torchrun, accelerate or mpirun started. What is recorded then is the command of the process above it.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path, PurePath
from typing import NamedTuple

# Of Open MPI (the second from version 5 on) and MPICH: they come with the machine, not with a Python environment.
MPI = frozenset({"mpirun", "prterun", "mpiexec", "mpiexec.hydra"})
LAUNCHERS = MPI | {"torchrun", "accelerate", "deepspeed", "horovodrun", "torchx", "hydra_pmi_proxy"}
LAUNCHER_MODULES = frozenset({"torch.distributed.run", "torch.distributed.launch", "accelerate.commands.launch"})
_WORKER = re.compile(
    r"--multiprocessing-fork|multiprocessing\.(?:spawn|forkserver|resource_tracker)|\bloky\b|popen_loky"
)
_PROC = Path("/proc")


class Process(NamedTuple):
    """One process.

    Attributes:
        started: when it was started, in the kernel's own count, so that a later process with the same id differs.
        arguments: its words, the program first. directory: where it works; None where that is not known.
    """

    pid: int
    started: int
    arguments: tuple[str, ...]
    directory: Path | None
    parent: int | None = None

    @property
    def session(self) -> str:
        """An id for everything that this process starts: the same for all its workers."""
        text = f"{platform.node()} {_boot()} {self.pid} {self.started}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def this(directory: Path) -> Process:
    """The process that asks. `directory`: where it was started."""
    pid = os.getpid()
    arguments = tuple(sys.orig_argv)
    found = look(pid)
    if found is None:
        return Process(pid, int(time.time()), arguments, directory)
    return Process(pid, found.started, arguments, directory, found.parent)


def here() -> str:
    """An id of where a process id names one process: until this machine starts anew, in this PID namespace."""
    try:
        namespace = str((_PROC / "self/ns/pid").readlink())
    except OSError:
        namespace = ""
    return hashlib.sha256(f"{_boot() or platform.node()} {namespace}".encode()).hexdigest()[:16]


def look(pid: int) -> Process | None:
    """A process of this machine; None where it has ended or is not to be seen."""
    folder = _PROC / str(pid)
    try:
        # The name, in parentheses, may hold spaces: what follows it is counted from behind it. See proc(5).
        fields = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        words = (folder / "cmdline").read_bytes().decode("utf-8", "surrogateescape").split("\0")[:-1]
        state, parent, started = fields[0], int(fields[1]), int(fields[19])
    except (OSError, ValueError, IndexError):
        return None
    if state == "Z":  # it has ended, and whoever started it has not asked how
        return None
    try:
        directory: Path | None = (folder / "cwd").readlink()
    except OSError:
        directory = None
    return Process(pid, started, tuple(words), directory, parent)


def is_running(pid: int, started: int) -> bool:
    """Whether a process still runs, and is no other that got its id."""
    if _PROC.is_dir():
        found = look(pid)
        return found is not None and found.started == started
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def origin(process: Process, find: Callable[[int], Process | None] = look) -> Process:
    """The process whose command made this one: itself, or the one above all workers and launchers."""
    current = process
    for _ in range(32):
        parent = find(current.parent) if current.parent else None
        if parent is None or not parent.arguments:
            return current
        if not (is_worker(current.arguments) or is_launcher(parent.arguments) or _is_fork(current, parent)):
            return current
        current = parent
    return current


def is_worker(arguments: tuple[str, ...]) -> bool:
    """Whether these are the words of a worker of multiprocessing or joblib."""
    return any(_WORKER.search(word) for word in arguments)


def is_launcher(arguments: tuple[str, ...]) -> bool:
    """Whether these are the words of a program that starts the ranks of a distributed training."""
    names = {PurePath(word).name for word in arguments[:2]}
    modules = {after for word, after in pairwise(arguments) if word == "-m"}
    return bool(names & LAUNCHERS or modules & LAUNCHER_MODULES)


def is_python(arguments: tuple[str, ...]) -> bool:
    """Whether a command's first word is a Python interpreter."""
    return bool(arguments) and re.fullmatch(r"(?:python|pypy)[\d.]*t?", PurePath(arguments[0]).name) is not None


def _is_fork(child: Process, parent: Process) -> bool:
    return is_python(child.arguments) and len(child.arguments) > 1 and child.arguments == parent.arguments


def _boot() -> str:
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
