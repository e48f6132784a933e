"""The environment of a run, installed by uv from the lock that was recorded; kept by lock, so that it is made once."""

from __future__ import annotations

import hashlib
import os
import platform
import posixpath
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from saigen.errors import BlockedError, NotPermittedError
from saigen.installing import to_install_uv
from saigen.login.profile import cache_folder
from saigen.record.process import MPI
from saigen.recording import Environment
from saigen.reproduce.lock import Lock
from saigen.reproduce.plan import PYTHON
from saigen.reproduce.variables import for_installing
from saigen.scratch import locked, remove
from saigen.text import counted, printable

_READY = ".saigen-ready"
_BIN = "Scripts" if os.name == "nt" else "bin"
_VERSION = re.compile(r"\d+\.\d+\.\d+")


@dataclass(frozen=True)
class Installed:
    """An environment that is there.

    python: its interpreter. version: `3.11.9`. cache: folder for what its programs keep between runs.
    programs: whether others than the interpreter may be run: not those of the person's own machine.
    """

    python: Path
    version: str
    cache: Path
    programs: bool = True
    notes: tuple[str, ...] = field(default=())

    def word(self, first: str) -> str:
        """The program that a command's first word names: of the environment, or the machine's own MPI.

        Raises:
            NotPermittedError: it is none of these. BlockedError: this machine has no MPI.
        """
        if PYTHON.fullmatch(first):
            return str(self.python)
        program = self.python.parent / first
        if self.programs and program.is_file() and os.access(program, os.X_OK):
            return str(program)
        if first in MPI:
            return _mpi(first)
        raise NotPermittedError(
            f"the program {printable(first)!r} is not run",
            "expected `python`, or a program of the run's own environment",
            "look at the run: who wrote its tag saigen.command?",
        )


def _mpi(launcher: str) -> str:
    found = shutil.which(launcher)
    if found is None:
        raise BlockedError(
            f"{launcher} is not installed here",
            "expected an MPI on PATH, which starts the run's processes; found none",
            "install one (Debian: apt-get install openmpi-bin), then the same again",
        )
    return found


def find_uv() -> str:
    """The uv program: beside this Python, or on PATH. Raises BlockedError where there is none."""
    beside = Path(sys.executable).parent / "uv"
    found = str(beside) if beside.is_file() else shutil.which("uv")
    if found is None:
        raise BlockedError("uv is not installed", "expected it beside this Python or on PATH", to_install_uv())
    return found


def install(lock: Lock, checkout: Path, own: Path, *, allow_platform: bool) -> Installed:
    """Bring an environment about, or find it in the cache.

    Args:
        checkout: the commit, checked out.
        own: folder for an environment that holds the commit's own packages, which is of use only here.
        allow_platform: where the lock cannot be installed, take the Python that is first on PATH.

    Raises:
        BlockedError: it cannot be installed here; `why` has what uv said.
    """
    if lock.kind == "none":
        return _here(f"{lock.reason}: the Python on PATH runs it")
    try:
        return _locked(lock, checkout, own)
    except BlockedError as error:
        if not allow_platform:
            raise
        return _here(f"the recorded environment cannot be installed, the Python on PATH runs it ({error.why})")


def is_cached(lock: Lock) -> bool:
    """Whether the environment of a lock is there already."""
    return not lock.own_packages and _whole(_folder(lock))


def _locked(lock: Lock, checkout: Path, own: Path) -> Installed:
    folder = own if lock.own_packages else _folder(lock)
    with locked(folder.with_name(f"{folder.name}.lock")):
        if not _whole(folder):
            remove(folder)
            uv = find_uv()
            interpreter = _interpreter(uv, lock.python)
            _make(uv, lock, checkout, folder, interpreter)
            version = _ask([str(_python(folder)), "-c", "import platform; print(platform.python_version())"])
            (folder / _READY).write_text(f"{version}\n", encoding="utf-8")
    version = (folder / _READY).read_text(encoding="utf-8").strip()
    return Installed(_python(folder), version, folder / "cache", notes=_about(lock, version))


def _make(uv: str, lock: Lock, checkout: Path, folder: Path, interpreter: str | None) -> None:
    python = ["--python", interpreter] if interpreter else []
    # uv reads ${PROJECT_ROOT} in a recorded list of pins as the folder that it is started in.
    folder_of_lock = "" if lock.kind == "pins" else posixpath.dirname(lock.path)
    place = checkout / folder_of_lock
    environment = {**for_installing(os.environ), "UV_PROJECT_ENVIRONMENT": str(folder)}
    if lock.kind == "uv":
        _run([uv, "sync", "--frozen", "--quiet", *python], place, environment)
        return
    _run([uv, "venv", "--quiet", "--no-project", *python, str(folder)], place, environment)
    whole = ["--no-deps"] if lock.kind == "pins" else []
    into = ["--python", str(_python(folder))]
    file = checkout / lock.path
    if lock.content:
        file = folder.with_name(f"{folder.name}.requirements.txt")
        file.write_bytes(lock.content)
    _run([uv, "pip", "install", "--quiet", *into, *whole, "-r", str(file)], place, environment)


def _interpreter(uv: str, wanted: str | None) -> str | None:
    """The Python to use: this version, else another patch of it, else what uv fetches; None leaves it to uv."""
    return None if wanted is None else find_python(uv, wanted) or wanted


def python_in(environment: Path) -> str | None:
    """The version of the Python that an environment was made with, `3.11.7`; None where there is no environment."""
    try:
        said = (environment / "pyvenv.cfg").read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.search(r"^version(?:_info)? = (\d+\.\d+\.\d+)", said, re.MULTILINE)
    return found[1] if found else None


def find_python(uv: str, wanted: str) -> str | None:
    """The Python of this machine that has this version, else another patch of it; None: there is none."""
    minor = ".".join(wanted.split(".")[:2])
    base = getattr(sys, "_base_executable", sys.executable)
    if platform.python_version() == wanted:
        return str(base)
    for version in dict.fromkeys((wanted, minor)):
        words = [uv, "python", "find", "--system", "--no-project", "--no-python-downloads", version]
        if found := _ask(words):
            return found
    return str(base) if platform.python_version().startswith(f"{minor}.") else None


def _about(lock: Lock, version: str) -> tuple[str, ...]:
    if lock.python is None:
        return (f"which Python it ran on was not recorded: {version} runs it",)
    if lock.python != version and _VERSION.fullmatch(lock.python):
        return (f"it ran on Python {lock.python}, {version} runs it",)
    return ()


def differences(ran: Environment, here: Environment) -> list[str]:
    """What else than packages is not as it was, and may change the last digits of a result. Pure."""
    notes = []
    if ran.threads and here.threads and ran.threads != here.threads:
        notes.append(f"it ran with {counted(ran.threads, 'thread')}, here are {here.threads}")
    if ran.gpu != here.gpu:
        notes.append(f"it ran on {printable(ran.gpu or 'no graphics card')}, here is {here.gpu or 'none'}")
    return notes


def _here(note: str) -> Installed:
    found = shutil.which("python3") or shutil.which("python")
    if found is None:
        raise BlockedError("there is no Python on PATH", "expected python3 or python", "install Python")
    version = _ask([found, "-c", "import platform; print(platform.python_version())"]) or "unknown"
    return Installed(Path(found), version, cache_folder() / "environments" / "here", programs=False, notes=(note,))


def _folder(lock: Lock) -> Path:
    said = "\n".join((lock.kind, lock.sha256, lock.python or "any", platform.system(), platform.machine()))
    return cache_folder() / "environments" / hashlib.sha256(said.encode()).hexdigest()[:24]


def _whole(folder: Path) -> bool:
    return (folder / _READY).is_file() and _python(folder).exists()


def _python(folder: Path) -> Path:
    return folder / _BIN / ("python.exe" if os.name == "nt" else "python")


def _ask(words: list[str]) -> str:
    done = subprocess.run(words, capture_output=True, text=True, cwd=Path(sys.prefix), check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def _run(words: list[str], place: Path, environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        words, cwd=place, env=dict(environment), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise BlockedError(
            "the environment of the run cannot be installed here",
            printable("; ".join(said[-4:])) or f"{words[1]} ended with {done.returncode}",
            "saigen reproduce RUN --allow-platform    (with the Python on PATH instead)",
        )
