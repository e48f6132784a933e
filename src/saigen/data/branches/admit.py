"""Files into DVC's cache: each is read once, hashed while it is copied, and named by its hash."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from saigen.data.cache import Cache
from saigen.data.legacy import content_md5
from saigen.data.links import Linker
from saigen.data.memory import Memory
from saigen.data.transfer.crew import each
from saigen.data.transfer.progress import Progress

_WHOLE = 8 << 20  # bytes up to which a file is read in one go
_AT_ONCE = 4  # files: hashing is bound by the processor


@dataclass(frozen=True)
class Admitted:
    """The content of a file, which the cache holds."""

    md5: str
    size: int


def admit(files: Mapping[str, Path], cache: Cache, progress: Progress) -> dict[str, Admitted]:
    """Take files into the cache; by the same names what they hold. The files themselves stay as they are.

    What is hashed is the copy: a file that changes meanwhile cannot get a wrong name.

    Raises:
        OSError: a file cannot be read, or the cache cannot be written to.
    """
    progress.step("hash into the cache", len(files))
    found: dict[str, Admitted] = {}
    with Memory(cache.root) as memory, cache.staging() as folder:
        linker = Linker(("reflink", "copy"))
        doubtful: dict[str, tuple[str, str]] = {}

        def take(numbered: tuple[int, tuple[str, Path]]) -> None:
            number, (name, file) = numbered
            staged = f"{folder}/{number}"
            one = _copy(file, staged, linker)
            found[name] = one
            if os.path.exists(cache.path(one.md5)):  # noqa: PTH110 - called for every file
                doubtful[name] = (staged, one.md5)
            else:
                cache.admit(staged, one.md5, memory)
            progress.advance()

        each(enumerate(files.items()), take, _AT_ONCE)
        for staged, md5 in doubtful.values():  # what is there already may be damaged, and this is not
            if not cache.holds(md5, memory):
                cache.admit(staged, md5, memory)
    return {name: found[name] for name in files}


def admit_bytes(content: bytes, cache: Cache, *, directory: bool = False, legacy: bool = False) -> Admitted:
    """Take content into the cache; `directory`: it is a directory's list, `legacy`: where DVC 2 looks for it."""
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest() + (".dir" if directory else "")
    with Memory(cache.root) as memory:
        if not cache.holds(md5, memory, legacy=legacy):
            with cache.staging() as folder:
                Path(folder, "one").write_bytes(content)
                cache.admit(f"{folder}/one", md5, memory, legacy=legacy)
    return Admitted(md5, len(content))


def _copy(file: Path, staged: str, linker: Linker) -> Admitted:
    size = os.stat(file).st_size  # noqa: PTH116 - called for every file
    if size > _WHOLE:
        linker.place(str(file), staged)
        return Admitted(content_md5(staged), os.stat(staged).st_size)  # noqa: PTH116
    content = file.read_bytes()
    Path(staged).write_bytes(content)
    return Admitted(hashlib.md5(content, usedforsecurity=False).hexdigest(), len(content))
