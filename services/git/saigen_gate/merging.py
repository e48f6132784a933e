"""The merge driver of pull requests: at the level of pointers. No data is read here, only the lists of directories.

The forge merges in the repository itself, or in a temporary one that borrows its objects; it names neither who merges
nor what. So the project is known by where the objects are.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from saigen.data.pointer import Entry, Output, parse_directory
from saigen.data.remote import NotOurs, Remotes, resolve
from saigen.data.transfer.store import MissingObjectError, Store
from saigen.errors import BlockedError
from saigen.gate.pointers import CONFIGURATION, of_project
from saigen.git.repository import Repository
from saigen.merge.answer import answer
from saigen.merge.outcome import unmergeable
from saigen.merge.versions import Versions
from saigen_gate.storage import BUCKET, reach_storage

LARGEST_LIST = 64 << 20  # bytes of a directory's list


def merge(base: str, current: str, incoming: str, path: str) -> int:
    """What Git asks of its driver: 0 and the merge in the place of `current`, or 1 for a conflict."""
    versions = Versions(Path(base), Path(current), Path(incoming))
    return answer(path, versions, server=True, lists=_lists)


def project_of(git_folder: Path, read: Callable[[Path], str] = Path.read_text) -> str:
    """Name of the project whose objects a repository has, or borrows.

    Raises:
        BlockedError: they are nobody's.
    """
    if git_folder.name != ".git" and git_folder.suffix == ".git":
        return git_folder.stem
    try:
        borrowed = Path(read(git_folder / "objects" / "info" / "alternates").split("\n")[0]).parent
    except OSError:
        borrowed = git_folder
    if borrowed.suffix == ".git" and borrowed.name != ".git":
        return borrowed.stem
    raise BlockedError("it is not known which project is merged", f"found {git_folder}", "merge it in a clone")


class ForgeLists:
    """The lists of directories in the project's own remote, which the gate may read and add to."""

    def __init__(self, remotes: Remotes, store: Store) -> None:
        self._remotes = remotes
        self._store = store

    def entries(self, output: Output) -> list[Entry]:
        """The files of a directory. Raises SaigenError where its list is not there, or damaged."""
        place = resolve(output, self._remotes)
        if isinstance(place, NotOurs) or output.md5 is None:
            raise unmergeable(f"{output.path} was changed on both sides", f"its files are not known here: {place}")
        try:
            content = bytes(self._store.read(output.md5, 0, LARGEST_LIST))
        except MissingObjectError as error:
            raise unmergeable(f"{output.path} was changed on both sides", "the list of its files is lost") from error
        if hashlib.md5(content, usedforsecurity=False).hexdigest() != output.md5.removesuffix(".dir"):
            raise unmergeable(f"{output.path} was changed on both sides", "the list of its files is damaged")
        return parse_directory(content, f"the list of {output.path}")

    def keep(self, content: bytes | Path, end: str = "") -> str:
        """Add the list of a directory; its md5 as a pointer says it."""
        data = content if isinstance(content, bytes) else content.read_bytes()
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest() + end
        self._store.put(md5, data)
        return md5

    def size(self, md5: str) -> int | None:
        """Bytes of an object; None where there is none."""
        return self._store.size(md5)


def _lists() -> ForgeLists:
    reach_storage(os.environ)
    repository = Repository(Path.cwd())
    project = project_of(Path(repository.run("rev-parse", "--absolute-git-dir")))
    configuration = repository.file("HEAD", CONFIGURATION) or b""
    remotes = of_project(BUCKET, project)(configuration.decode(errors="replace"))
    own = remotes.by_name.get(remotes.default or "")
    if own is None or own.elsewhere:
        found = (own.elsewhere if own else None) or "none is configured"
        raise BlockedError("the project has no remote on this platform", found, "dvc remote list")
    return ForgeLists(remotes, Store(own, legacy=False))
