"""Which lock says what a run's environment is, and whether it can be installed on this machine. Pure."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from saigen import pins
from saigen.errors import BlockedError, NotPermittedError
from saigen.recording import Environment
from saigen.text import printable

_UV, _REQUIREMENTS = "uv.lock", "requirements.txt"
_CONDA = ("environment.yml", "environment.yaml", "conda.yaml", "conda-lock.yml", "pixi.lock")
_PYTHON = re.compile(r"\d+\.\d+(\.\d+)?")
_LOCAL = re.compile(r"^source = \{ (editable|directory) = ", re.MULTILINE)
_PINNED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[^\]]*\])?\s*(==|@)\s*\S+.*")


@dataclass(frozen=True)
class Lock:
    """What to install.

    Attributes:
        kind: "uv" for a uv.lock; "pins" for a complete list of pins; "requirements" for pins without what they need in
            turn; "none" where nothing can be installed and the person allowed that.
        path: of the lock in the commit; "" where it is an artifact of the run. sha256: of its content.
        python: recorded version, `3.11.9`; None where not recorded.
        own_packages: it installs packages of the commit itself, so that the environment is of use for this commit only.
        content: of a lock that is an artifact. reason: for "none", why.
    """

    kind: str
    path: str = ""
    sha256: str = ""
    python: str | None = None
    own_packages: bool = False
    content: bytes = b""
    reason: str = ""


def choose(
    environment: Environment | None,
    directory: str,
    files: Collection[str],
    read: Callable[[str], bytes | None],
    here: tuple[str, str],
    *,
    stored: Callable[[], bytes | None] = lambda: None,
    allow_platform: bool = False,
) -> tuple[Lock, list[str]]:
    """The lock of a run, and notes about it.

    Args:
        environment: what the run recorded, or None.
        directory: where its command starts, relative to the root.
        files: all files of the commit. read: content of one of them.
        here: system and machine of this computer, as `platform` names them.
        stored: the lock that the run has as an artifact, None where it has none. Asked for only where none is in the
            commit.
        allow_platform: a difference becomes a note instead of an error.

    Raises:
        BlockedError: it ran on another platform, no lock says what it ran in, or not all of that can be installed.
        NotPermittedError: a lock that no commit vouches for would fetch by addresses of its own.
    """
    notes = []
    if environment and (environment.system, environment.machine) != here:
        ran, runs = f"{environment.system} {environment.machine}", " ".join(here)
        if not allow_platform:
            raise _blocked("the run was made on another platform", f"expected {printable(ran)}, found {runs}")
        notes.append(f"it ran on {printable(ran)}, this is {runs}")
    try:
        lock, lacking = _recorded(environment, read, stored) if environment else _lying(directory, files, read)
    except (BlockedError, NotPermittedError) as error:
        if not allow_platform:
            raise
        return Lock("none", reason=error.what), notes
    if lacking and not allow_platform:
        raise _blocked("not all of the run's environment can be installed", printable("; ".join(lacking)))
    return lock, [*notes, *lacking]


def _recorded(
    environment: Environment, read: Callable[[str], bytes | None], stored: Callable[[], bytes | None]
) -> tuple[Lock, tuple[str, ...]]:
    if environment.lock is None:
        raise _blocked("the environment of the run was not locked", "expected the hash of a lock, found none")
    path = environment.lock_path
    content = read(path) if path is not None else stored()
    found = hashlib.sha256(content).hexdigest() if content is not None else "no such file"
    if content is None or found != environment.lock:
        place = (path, "in its commit") if path is not None else (pins.ARTIFACT, "among its artifacts")
        raise _blocked(
            f"the lock of the run's environment is not {place[1]}",
            f"expected {printable(place[0])} with sha256 {printable(environment.lock)}, found {found}",
        )
    if path is None and (lines := pins.unusual(content.decode("utf-8", "replace"))):
        raise NotPermittedError(
            "the lock of the run's environment is not installed",
            f"expected pinned packages of an index, since no commit vouches for more, found {printable(lines[0])}",
            "look at the run's artifact saigen/environment.lock",
        )
    version = _PYTHON.search(environment.python)
    lock, lacking = _lock(path or pins.PATH, content, version[0] if version else None)
    return (lock if path is not None else replace(lock, path="", content=content)), lacking


def _lying(directory: str, files: Collection[str], read: Callable[[str], bytes | None]) -> tuple[Lock, tuple[str, ...]]:
    """The lock that lies in the commit: ours, else the nearest uv.lock at or above the command, else pins."""
    places = [directory, *_above(directory)]
    names = [pins.PATH, *(posixpath.join(place, name) for name in (_UV, _REQUIREMENTS) for place in places)]
    for name in names:
        content = read(name) if name in files else None
        if content is not None and (not name.endswith(_REQUIREMENTS) or _is_pinned(content)):
            return _lock(name, content, None)
    conda = next((path for path in files if posixpath.basename(path) in _CONDA), None)
    found = f"{printable(conda)}, which is conda's" if conda else "none"
    raise _blocked(
        "the commit has no lock of its environment", f"expected uv.lock or a requirements.txt of pins, found {found}"
    )


def _lock(path: str, content: bytes, python: str | None) -> tuple[Lock, tuple[str, ...]]:
    """A lock, and what of it nobody can install."""
    name = posixpath.basename(path)
    digest = hashlib.sha256(content).hexdigest()
    text = content.decode("utf-8", "replace")
    if name == _UV:
        return Lock("uv", path, digest, python, own_packages=_LOCAL.search(text) is not None), ()
    own = any(line.strip().startswith(("-e ", "./", "../", "file:", "${PROJECT_ROOT}")) for line in text.splitlines())
    if name == _REQUIREMENTS:
        return Lock("requirements", path, digest, python, own_packages=own), ()
    return Lock("pins", path, digest, python, own_packages=own), pins.lacking(text)


def _is_pinned(content: bytes) -> bool:
    lines = (line.partition(" #")[0].strip().rstrip("\\") for line in content.decode("utf-8", "replace").splitlines())
    said = [line for line in lines if line and not line.startswith(("#", "-"))]
    return bool(said) and all(_PINNED.fullmatch(line) for line in said)


def _above(directory: str) -> list[str]:
    parts = directory.split("/") if directory else []
    return ["/".join(parts[:count]) for count in reversed(range(len(parts)))]


def _blocked(what: str, why: str) -> BlockedError:
    return BlockedError(what, why, "saigen reproduce RUN --allow-platform    (with what is here instead)")
