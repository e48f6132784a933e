"""From a remote into the cache: what arrives is hashed before it is taken in, and what was taken in stays."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from saigen.data.cache import Cache
from saigen.data.legacy import content_md5
from saigen.data.memory import Memory
from saigen.data.remote import Remote
from saigen.data.transfer.crew import each, threads_for
from saigen.data.transfer.progress import Progress
from saigen.data.transfer.store import PIECE, MissingObjectError, Store
from saigen.errors import BlockedError
from saigen.text import named

_FIRST = 1 << 20  # bytes that are asked for at first: most objects end within them
_AHEAD = 6  # pieces of a large object that are on their way at once
_LARGE_AT_ONCE = 2
_EMPTY = "d41d8cd98f00b204e9800998ecf8427e"  # of no bytes; a range of an empty object cannot be asked for


@dataclass
class Fetched:
    """What a fetch brought. `corrupt`, `absent`: path by md5 of objects that are damaged, or are not there."""

    files: int = 0
    size: int = 0
    corrupt: dict[str, str] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)

    def require_all(self, remote: Remote) -> None:
        """Raise BlockedError where something was not to be had."""
        also = f"\n  missing beside: {_files(self.absent)}" if self.absent else ""
        if self.corrupt:
            raise BlockedError(
                f"{remote.url} holds damaged objects, which were refused",
                f"expected content whose md5 is its name, found other content for {_files(self.corrupt)}{also}",
                "saigen data push    (where the data is, after a maintainer has removed them)",
            )
        if self.absent:
            raise BlockedError(
                f"{remote.url} lacks objects",
                f"missing: {_files(self.absent)}",
                "saigen data push    (where the data is)",
            )


def fetch(store: Store, wanted: Mapping[str, str], cache: Cache, memory: Memory, progress: Progress) -> Fetched:
    """Bring objects into the cache, in place of damaged ones that are there.

    Args:
        wanted: path by md5.

    Raises:
        NotPermittedError, UnreachableError: the storage does not give them.
    """
    threads = min(len(wanted), threads_for(store.latency()))
    with cache.staging() as folder:
        arrivals = _Arrivals(store, folder, wanted, cache, memory, progress)
        each(wanted, arrivals.take, threads)
    return arrivals.result


@dataclass
class _Arrivals:
    store: Store
    folder: str
    wanted: Mapping[str, str]
    cache: Cache
    memory: Memory
    progress: Progress
    result: Fetched = field(default_factory=Fetched)
    large: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(_LARGE_AT_ONCE))
    counting: threading.Lock = field(default_factory=threading.Lock)

    def take(self, md5: str) -> None:
        """Fetch one object, hash it, and take it into the cache or refuse it."""
        staged = f"{self.folder}/{md5}"
        try:
            found, size = self._write(md5, staged)
        except MissingObjectError:
            self._refuse(self.result.absent, md5)
            return
        if found != md5[:32]:
            os.unlink(staged)  # noqa: PTH108 - called for every file
            self._refuse(self.result.corrupt, md5)
            return
        with self.counting:
            self.cache.admit(staged, md5, self.memory, legacy=self.store.legacy)
            self.result.files += 1
            self.result.size += size
            self.progress.advance()

    def _refuse(self, among: dict[str, str], md5: str) -> None:
        with self.counting:
            among[md5] = self.wanted[md5]
            self.progress.advance()

    def _write(self, md5: str, staged: str) -> tuple[str, int]:
        """Write an object to a file; the md5 of what came, and its bytes."""
        digest = hashlib.md5(usedforsecurity=False)
        size = 0
        target = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            for piece in self._pieces(md5, target):
                digest.update(piece)
                size += len(piece)
        finally:
            os.close(target)
        if self.store.legacy and not md5.endswith(".dir"):
            return content_md5(staged, legacy=True), size
        return digest.hexdigest(), size

    def _pieces(self, md5: str, target: int) -> Iterator[memoryview]:
        """The content in order, each piece written to the file already: writing goes on beside hashing."""
        if md5[:32] == _EMPTY:
            return
        first = self._piece(md5, 0, _FIRST, target)
        yield first
        if len(first) == _FIRST:
            with self.large:
                yield from self._rest(md5, target)

    def _rest(self, md5: str, target: int) -> Iterator[memoryview]:
        """What comes behind the first bytes of a large object: several pieces are under way, the next is handed out."""
        size = self.store.size(md5) or 0
        starts = iter(range(_FIRST, size, PIECE))
        with ThreadPoolExecutor(_AHEAD) as pool:
            ahead: deque[Future[memoryview]] = deque()
            while True:
                while len(ahead) < _AHEAD and (start := next(starts, None)) is not None:
                    ahead.append(pool.submit(self._piece, md5, start, min(start + PIECE, size), target))
                if not ahead:
                    return
                yield ahead.popleft().result()

    def _piece(self, md5: str, start: int, end: int, target: int) -> memoryview:
        piece = self.store.read(md5, start, end)
        done = 0
        while done < len(piece):
            done += os.pwrite(target, piece[done:], start + done)
        return piece


def _files(objects: Mapping[str, str]) -> str:
    return named(f"{path} ({md5})" for md5, path in objects.items())
