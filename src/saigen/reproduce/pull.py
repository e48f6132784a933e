"""The content of data, verified file by file, from the project's remotes into a checkout.

Nothing is believed that was not hashed after the checkout: not the private cache, not the storage.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from saigen.data.cache import Cache
from saigen.data.legacy import content_md5
from saigen.data.memory import Memory
from saigen.data.need import files_in, place, read_lists
from saigen.data.pointer import Output
from saigen.data.pull import complete
from saigen.data.remote import Remotes
from saigen.data.transfer.crew import each
from saigen.data.transfer.progress import Progress
from saigen.errors import BlockedError, NotPermittedError
from saigen.reproduce.checkout import leaves
from saigen.text import printable

_AT_ONCE = 4  # files that are copied and hashed


@dataclass(frozen=True)
class _File:
    """One file to put in place: its path relative to the root, its md5, and whether that is DVC 2's."""

    path: str
    md5: str
    legacy: bool


def pull_outputs(root: Path, outputs: Sequence[Output], remotes: Remotes, cache: Path) -> None:
    """Put the content of outputs in place below `root`, each file with the md5 that its pointer names.

    Args:
        root: the checkout. cache: private folder of verified content by hash, in DVC's layout; it is checked again.

    Raises:
        BlockedError: content is missing or damaged, with the file's name. NotPermittedError: the storage refuses, or an
            output would lie outside of the checkout. UnreachableError: the storage does not answer.
    """
    placed, left_out = place(outputs, remotes)
    for output, reason in left_out:
        raise BlockedError(f"{printable(output.path)} cannot be fetched", reason, "dvc remote list")
    store, progress, forgetful = Cache(cache.absolute()), Progress(), Memory(None)
    lists = read_lists(placed, store, forgetful, progress)
    files = [_File(path, md5, one.output.legacy) for one in placed for path, md5 in files_in(one, lists)]
    for file in files:
        _require_inside(root, file.path)
    with Memory(store.root) as memory:
        complete(placed, lists, store, memory, progress)
    damaged = _put(root, files, store)
    if damaged:  # what the memory took for whole was not: everything is read now, and what is damaged fetched again
        complete(placed, lists, store, forgetful, progress)
        for file in _put(root, damaged, store):
            raise BlockedError(f"{printable(file.path)} changed while it was read", f"in {cache}", "try again")


def _put(root: Path, files: Sequence[_File], cache: Cache) -> list[_File]:
    """Copy files from the cache to their places; those whose copy is not what it should be are returned, and gone."""
    damaged: list[_File] = []

    def put(file: _File) -> None:
        target = root / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        shutil.copyfile(cache.path(file.md5, legacy=file.legacy), target)
        if content_md5(target, legacy=file.legacy) != file.md5:
            target.unlink()
            damaged.append(file)

    each(files, put, _AT_ONCE)
    return damaged


def _require_inside(root: Path, path: str) -> None:
    if leaves(root, root / path):
        raise NotPermittedError(
            f"data would be written outside of the checkout: {printable(path)}",
            "expected a path inside it, and not in its .git",
            "look at the commit's .dvc files",
        )
