"""What is known at the start of a run, gathered at once: the working tree, packages, data and command.

Git and the file system are waited for in parallel. Whatever cannot be found is said in the state, and never raised.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import NamedTuple, ParamSpec, TypeVar

from saigen import pins
from saigen.errors import SaigenError
from saigen.git.repository import Repository
from saigen.login.lists import PUSH, allowed
from saigen.login.profile import current
from saigen.project import FILE, Basics, RecordRules, read_basics
from saigen.record import command, destination, machine, notebook, packages, process
from saigen.record.asking import Asked
from saigen.record.destination import Destination
from saigen.record.place import Place, loaded_sources, main_file
from saigen.record.process import Process
from saigen.record.snapshot import Snapshot, choose, look, store, write
from saigen.record.started import Started
from saigen.record.worktree import Worktree
from saigen.recording import Command, Environment
from saigen.tags import is_commit

_NO_TREE = "the working tree is not recorded"
_CLOCK = 0.05  # seconds by which the start of a process may look earlier than it was
P = ParamSpec("P")
T = TypeVar("T")


class Gathered:
    """Everything that was found.

    Attributes:
        notes: what the state has to say. partial: something that ran is not in the commit.
        sources: files of loaded code in the repository. added: files for the commit that are not in the working tree.
        artifacts: texts for the run that no commit takes, by path.
        root: what paths in the command count from; None where nothing says which commit ran.
        data, versions: hash and id by path of the data that is in the checkout; `described` is False if not known.
    """

    def __init__(self, origin: Process, place: Place | None) -> None:
        self.origin = origin
        self.place = place
        self.root = place.root if place else None
        self.snapshot: Snapshot | None = None
        self.objects: Path | None = None
        self.destination: Destination | None = None
        self.command: Command | None = None
        self.environment: Environment | None = None
        self.data: dict[str, str] = {}
        self.versions: dict[str, str] = {}
        self.pointers: list[str] = []
        self.described = False
        self.sources: list[Path] = []
        self.notes: list[str] = []
        self.partial = False
        self.added: dict[str, bytes] = {}
        self.artifacts: dict[str, str] = {}


class _Lock(NamedTuple):
    """The lock file of the environment, and, where it has to go into the commit, its content."""

    path: str
    content: bytes
    added: bool
    notes: tuple[str, ...]


def gather(started: Started, asked: Asked | None) -> Gathered:
    """Everything about this process that its runs' tags say. `asked`: about its repository; None outside of any."""
    own = process.this(started.folder)
    found = Gathered(process.origin(own), started.place)
    project = _project(found)
    cells = notebook.cells()
    if cells is not None:
        found.added[notebook.SCRIPT] = cells.encode()
    if asked is None:
        _outside(found, started.folder)
        found.command = _command(found, started, project, cells)
    else:
        written_later = _inside(found, asked, project)
        found.command = _command(found, started, project, cells)  # while Git still writes
        found.snapshot = _noted(found, _NO_TREE, written_later.result) if written_later else None
        _note_snapshot(found, asked.tree.place)
    _check_sources(found, own, started)
    return found


def _project(found: Gathered) -> Basics | None:
    try:
        return read_basics(found.place.root) if found.place else None
    except (SaigenError, OSError, ValueError) as error:
        found.notes.append(f"saigen.toml is not used: {_first_line(error)}")
        return None


def _outside(found: Gathered, started_in: Path) -> None:
    """Outside of a repository: an image may have been told at its build what it holds."""
    root = _root_of_image(started_in)
    lock = packages.installed(root if (root / FILE).is_file() else None).lock
    found.environment = machine.environment(hashlib.sha256(lock).hexdigest(), None)
    commit = os.environ.get("SAIGEN_COMMIT", "")
    if is_commit(commit):
        found.root = root
        found.snapshot = Snapshot(commit, commit, None)
        found.artifacts[pins.ARTIFACT] = lock.decode()
        found.notes.append("the commit is what SAIGEN_COMMIT says, no file was compared with it")
    else:
        found.partial = True
        found.notes.append("the program is outside of a Git repository")


def _inside(found: Gathered, asked: Asked, project: Basics | None) -> Future[Snapshot] | None:
    """Everything of the repository but the commit, which Git still writes; None where there will be none."""
    tree, pool, place = asked.tree, asked.pool, asked.tree.place
    found.objects = tree.objects
    lock_later = pool.submit(_lock, place)
    added_later = pool.submit(_store_added, tree, found, lock_later)
    remotes_later = pool.submit(_all_remotes, tree)
    found.sources = loaded_sources(place)
    rules = project.record if project else RecordRules()
    seen = _noted(found, _NO_TREE, look, asked)
    chosen = _noted(found, _NO_TREE, choose, tree, seen, rules) if seen else None
    # One thread of Python runs at a time: this one describes the data while Git writes.
    written_later = pool.submit(write, tree, chosen, added_later.result) if chosen else None
    data = _noted(found, "the data is not known yet", _describe_data, place, seen.pointers if seen else None)
    remotes = _noted(found, "the remotes are not known", remotes_later.result)
    lock = lock_later.result() if lock_later.exception() is None else None
    if lock:
        found.notes.extend(lock.notes)
    digest = hashlib.sha256(lock.content).hexdigest() if lock else None
    found.environment = machine.environment(digest, lock.path if lock else None)
    if data is not None:
        found.data, found.versions, found.pointers, found.described = *data, True
    if remotes is not None:
        profile = current()
        forge = profile.git if profile else None
        upstream = destination.upstream_of(seen.status.branch if seen else None, remotes[1])
        found.destination = destination.choose(remotes[0], upstream, project, forge, allowed(PUSH))
    return written_later


def _store_added(tree: Worktree, found: Gathered, lock_later: Future[_Lock]) -> dict[str, str]:
    """Store what the commit has beside the working tree's files: a notebook's cells, the lock file. Id by path."""
    lock = _noted(found, "the installed packages are not known", lock_later.result)
    return store(tree, {**found.added, **({lock.path: lock.content} if lock and lock.added else {})})


def _note_snapshot(found: Gathered, place: Place) -> None:
    if found.snapshot is None:
        found.partial = True
        try:
            commit = Repository(place.root).commit("HEAD")
        except SaigenError:  # there is no Git, which the notes say already
            commit = None
        found.snapshot = Snapshot(commit, commit, None) if commit else None
        return
    if found.snapshot.left_out:
        found.partial = True
        found.notes.extend(f"left out: {name}" for name in found.snapshot.left_out)
    found.notes.extend(found.snapshot.notes)


def _lock(place: Place) -> _Lock:
    here = packages.installed(place.root)
    uv_lock = place.root / packages.UV_LOCK
    if uv_lock.is_file() and packages.is_locked_here(here, content := uv_lock.read_bytes()):
        return _Lock(packages.UV_LOCK, content, added=False, notes=())
    return _Lock(pins.PATH, here.lock, added=True, notes=here.lacking)


def _all_remotes(tree: Worktree) -> tuple[list[destination.Remote], dict[str, str]]:
    """The remotes, and what the configuration says of them where there is a choice."""
    remotes = destination.parse_remotes(tree.git("remote", "--verbose"))
    return remotes, tree.branch_settings() if len(remotes) > 1 else {}


def lock_files(place: Place) -> dict[str, bytes]:
    """The lock file of the environment, where it has to go into a commit of the working tree."""
    lock = _lock(place)
    return {lock.path: lock.content} if lock.added else {}


def _describe_data(place: Place, pointers: tuple[str, ...] | None) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """Hash by path and id by path of the data that is in the checkout, and its pointers."""
    from saigen.data.describe import describe_data

    states = [
        one
        for one in describe_data(Repository(place.root), pointers=pointers)
        if one.output and (place.root / one.path).exists()
    ]
    data = {one.path: one.md5 for one in states if one.md5}
    versions = {one.path: str(one.state) for one in states if one.state}
    return data, versions, sorted({one.output.pointer for one in states if one.output})


def _command(found: Gathered, started: Started, project: Basics | None, cells: str | None) -> Command:
    root = found.root
    own = found.origin.pid == os.getpid()
    folder = (started.folder if own else found.origin.directory) or started.folder
    arguments = _program(found.origin.arguments, own) if cells is None else notebook.arguments(root)
    read: set[str] = set()
    for file in found.sources:
        try:
            read |= command.names_read(file.read_bytes())
        except OSError:
            continue
    if cells is not None:
        read |= command.names_read(cells.encode())
    elif len(arguments) < 2:
        found.notes.append("it was typed into an interpreter, its command cannot be run again")
    return command.describe(
        arguments,
        folder,
        root,
        os.environ,
        read=read,
        allowed=project.record.environment if project else (),
        programs=(Path(sys.executable).parent, Path(sys.prefix) / "bin"),
    )


def _root_of_image(folder: Path) -> Path:
    """Where an image without `.git` holds what its commit has: the nearest folder with a saigen.toml, else this one."""
    main = main_file()
    starts = (folder, *([(folder / main).resolve().parent] if main else []))
    above = (place for start in starts for place in (start, *start.parents))
    return next((place for place in above if (place / FILE).is_file()), folder)


def _program(arguments: tuple[str, ...], own: bool) -> tuple[str, ...]:
    """The words without what an editor's debugger put before them."""
    main = main_file()
    if own and main is not None and any("debugpy" in word or "pydevd" in word for word in arguments[1:4]):
        return (arguments[0], str(main), *sys.argv[1:])
    return arguments


def _check_sources(found: Gathered, own: Process, started: Started) -> None:
    """Say which files changed after they were loaded: the commit holds what they are now, not what ran."""
    began = _began(own)
    if began is None or started.place is None or started.watch is None:
        return
    for file in found.sources:
        name = started.place.relative(file)
        try:
            changed = file.stat().st_mtime
        except OSError:
            changed = time.time()
        if name and changed > (started.watch.loaded(name) or began + _CLOCK):
            found.partial = True
            found.notes.append(f"{name} changed after it was loaded")


def _began(own: Process) -> float | None:
    """When the process was started, in seconds since 1970."""
    try:
        uptime = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return None
    return time.time() - uptime + own.started / os.sysconf("SC_CLK_TCK")


def _noted(found: Gathered, failure: str, call: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T | None:
    """What a call returns; None, and a note, where it fails."""
    try:
        return call(*arguments, **named)
    except Exception as error:
        found.notes.append(f"{failure}: {_first_line(error)}")
        return None


def _first_line(error: BaseException) -> str:
    text = f"{error.what}: {error.why}" if isinstance(error, SaigenError) else str(error) or type(error).__name__
    return text.splitlines()[0][:300]
