"""The workspace as the pointers say it: what is there is compared with what is wanted, then changed.

Nothing outside of an output is touched, and nothing is lost: what would be replaced or removed must be in the cache.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from saigen.data.cache import Cache
from saigen.data.links import DRAFT, Linker
from saigen.data.memory import Memory
from saigen.data.pointer import OURS, Output, is_ours
from saigen.data.transfer.progress import Progress
from saigen.errors import BlockedError, NotPermittedError
from saigen.git.repository import GitError, Repository
from saigen.text import named


@dataclass(frozen=True)
class Wanted:
    """An output, and md5 by path (relative to the root) of its files."""

    output: Output
    files: Mapping[str, str]


@dataclass
class Changes:
    """What has to be done in the workspace. Paths are relative to the root.

    Attributes:
        write: md5 by path of files to write. remove: files to remove. unsaved: files that are to be replaced or removed
            although their content is not in the cache. kept: number of files that are as they should be.
    """

    write: dict[str, str] = field(default_factory=dict)
    remove: list[str] = field(default_factory=list)
    unsaved: list[str] = field(default_factory=list)
    kept: int = 0


def require_saved(unsaved: Iterable[str]) -> None:
    """Raise BlockedError where the change would lose something."""
    if lost := list(unsaved):
        raise BlockedError(
            "files in the workspace would be lost",
            f"expected content that is in the cache, found other content in {named(lost)}",
            "dvc add    (to keep them), or saigen data pull --force",
        )


@dataclass(frozen=True)
class Workspace:
    """The working tree at `root`, the cache that its files come from, and what is remembered of both."""

    root: Path
    cache: Cache
    memory: Memory

    def compare(self, wanted: Wanted) -> Changes:
        """What differs from what one output should be.

        Raises:
            NotPermittedError: the output, or a file of it, would be written where it does not belong.
        """
        _refuse_outside(self.root, wanted)
        changes = Changes()
        there = _Content(self, wanted.output.legacy)
        found = dict(_scan(str(self.root), wanted.output.path))
        for path, md5 in wanted.files.items():
            old = found.pop(path, None)
            if old is None:
                changes.write[path] = md5
            elif there.md5(path, old) == md5:
                changes.kept += 1
            else:
                changes.write[path] = md5
                if not there.is_saved(path, old, md5):
                    changes.unsaved.append(path)
        ignored = _ignored(self.root, wanted.output.path) if found else frozenset()
        for path, old in found.items():
            if path in ignored:
                continue
            changes.remove.append(path)
            if not path.endswith(DRAFT) and not there.is_saved(path, old):
                changes.unsaved.append(path)
        return changes

    def apply(self, wanted: Wanted, changes: Changes, progress: Progress) -> None:
        """Make the output what it should be. Raises BlockedError where a folder is in the way that is not empty."""
        output = wanted.output
        top = str(self.root)
        for path in changes.remove:
            os.unlink(f"{top}/{path}")  # noqa: PTH108 - called for every file
        _remove_empty(top, output.path, {os.path.dirname(path) for path in changes.remove})  # noqa: PTH120
        if output.is_directory:
            os.makedirs(f"{top}/{output.path}", exist_ok=True)  # noqa: PTH103
        linker = Linker(self.cache.links)
        made: set[str] = set()
        for path, md5 in changes.write.items():
            target = f"{top}/{path}"
            _make_way(target, path, made)
            linker.place(self.cache.path(md5, legacy=output.legacy), target, executable=output.executable)
            if not output.legacy:
                self.memory.learn(target, os.stat(target), md5)  # noqa: PTH116
            progress.advance()


@dataclass(frozen=True)
class _Content:
    """What the files are that an output has in the workspace now."""

    workspace: Workspace
    legacy: bool

    def md5(self, path: str, found: os.stat_result) -> str | None:
        """The md5 of a file; None for what is neither a file nor a link to one."""
        full = f"{self.workspace.root}/{path}"
        try:
            if stat.S_ISLNK(found.st_mode):
                full = os.path.realpath(full)
                found = os.stat(full)  # noqa: PTH116
            return self.workspace.memory.md5(full, found, legacy=self.legacy) if stat.S_ISREG(found.st_mode) else None
        except OSError:
            return None

    def is_saved(self, path: str, found: os.stat_result, wanted: str | None = None) -> bool:
        """Whether what is there can be had again: the cache holds it, or it came from a file of the cache.

        Args:
            wanted: the md5 that should be there. A damaged file of the cache may have been checked out as it.
        """
        if stat.S_ISLNK(found.st_mode):
            return os.path.realpath(f"{self.workspace.root}/{path}").startswith(
                os.path.realpath(self.workspace.cache.root) + os.sep
            )
        md5 = self.md5(path, found)
        if md5 is None or self.workspace.cache.holds(md5, self.workspace.memory, legacy=self.legacy):
            return md5 is not None
        try:
            source = self.workspace.cache.path(wanted, legacy=self.legacy) if wanted else ""
            return self.workspace.memory.md5(source, os.stat(source), legacy=self.legacy) == md5  # noqa: PTH116
        except OSError:
            return False


def _make_way(target: str, path: str, made: set[str]) -> None:
    """Make the folder of a file, and see that the file can be put there."""
    folder = os.path.dirname(target)  # noqa: PTH120
    if folder not in made:
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103
        made.add(folder)
    if os.path.isdir(target) and not os.path.islink(target):  # noqa: PTH112, PTH114
        raise BlockedError(f"{path} cannot be written", "expected a file or nothing, found a folder", f"rmdir {path}")


def _refuse_outside(root: Path, wanted: Wanted) -> None:
    """Pointers come from other people: none may write into Git's or DVC's own folders, or through a link elsewhere."""
    path = wanted.output.path
    for one in (path, *wanted.files):
        if one == "." or is_ours(one):
            raise NotPermittedError(
                f"{wanted.output.pointer} wants to write {one}",
                f"expected a path below the root and outside of {' and '.join(sorted(OURS))}",
                f"look at {wanted.output.pointer}: who wrote it?",
            )
    inside = os.path.realpath(root)
    above = os.path.realpath(root / os.path.dirname(path))  # noqa: PTH120
    if above != inside and not above.startswith(inside + os.sep):
        raise NotPermittedError(
            f"{path} does not lie in the project",
            f"expected a folder below {inside}, found a link to {above}",
            f"look at {wanted.output.pointer}: who wrote it?",
        )


def _scan(top: str, path: str) -> Iterator[tuple[str, os.stat_result]]:
    """All files of an output that are there, links as themselves; what is a folder is gone through, links are not."""
    full = f"{top}/{path}"
    try:
        found = os.lstat(full)
    except (FileNotFoundError, NotADirectoryError):
        return
    if not stat.S_ISDIR(found.st_mode):
        yield path, found
        return
    folders = [path]
    while folders:
        folder = folders.pop()
        with os.scandir(f"{top}/{folder}") as entries:
            for entry in entries:
                name = f"{folder}/{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    folders += [] if is_ours(entry.name) else [name]
                else:
                    yield name, entry.stat(follow_symlinks=False)


def _ignored(root: Path, path: str) -> frozenset[str]:
    """Files of an output that `.dvcignore` keeps out of it: Git reads such files by the same rules."""
    command = ("ls-files", "-z", "--others", "--ignored", "--exclude-per-directory=.dvcignore", "--", path)
    try:
        listed = Repository(root).run_bytes(*command)
    except GitError:
        return frozenset()
    return frozenset(os.fsdecode(name) for name in listed.split(b"\0") if name)


def _remove_empty(top: str, output: str, folders: set[str]) -> None:
    """Remove the folders of an output, below its own, from which the last file went."""
    for folder in sorted(folders, key=len, reverse=True):
        while folder.startswith(f"{output}/"):
            try:
                os.rmdir(f"{top}/{folder}")  # noqa: PTH106
            except OSError:
                break
            folder = os.path.dirname(folder)  # noqa: PTH120, PLW2901
