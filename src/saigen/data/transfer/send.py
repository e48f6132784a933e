"""From the cache into a remote: each file is hashed before it is sent, and nothing that is there is written again."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from saigen.data.cache import Cache
from saigen.data.transfer import archives
from saigen.data.transfer.crew import each, threads_for
from saigen.data.transfer.progress import Progress
from saigen.data.transfer.store import PIECE, Store

_LARGE_AT_ONCE = 2  # files that are sent in pieces: their pieces are in memory


@dataclass
class Sent:
    """What was sent. `damaged`: md5s of cache files whose content is another one, which were not."""

    files: int = 0
    damaged: set[str] = field(default_factory=set)


def send(store: Store, md5s: Sequence[str], cache: Cache, latency: float, progress: Progress) -> Sent:
    """Send content that the remote does not hold (look first: a large object that is there would be written again).

    Args:
        latency: seconds that the storage takes to answer.

    Raises:
        NotPermittedError, UnreachableError: the storage does not take it.
    """
    result = Sent()
    large = threading.Semaphore(_LARGE_AT_ONCE)
    counting = threading.Lock()

    def work(parcel: Sequence[str]) -> None:
        damaged = _send(store, parcel[0], cache, large) if len(parcel) == 1 else _send_together(store, parcel, cache)
        with counting:
            result.files += len(parcel) - len(damaged)
            result.damaged |= damaged
            progress.advance(len(parcel))

    together = len(md5s) >= archives.FEWEST and store.takes_archives()
    parcels = archives.parcels((md5, _size(store, md5, cache)) for md5 in md5s) if together else ([md5] for md5 in md5s)
    each(parcels, work, threads_for(latency))
    return result


def _send(store: Store, md5: str, cache: Cache, large: threading.Semaphore) -> set[str]:
    """Send one file; its md5 where its content is not what the name says."""
    size = _size(store, md5, cache)
    if size > PIECE or store.legacy:
        with large:
            whole = cache.is_whole(md5, legacy=store.legacy)
            if whole:
                store.put_file(md5, cache.path(md5, legacy=store.legacy), size)
        return set() if whole else {md5}
    content = _content(store, md5, cache)
    if content is None:
        return {md5}
    store.put(md5, content)
    return set()


def _send_together(store: Store, md5s: Iterable[str], cache: Cache) -> set[str]:
    """Send small files by one request; the md5s of those whose content is not what their name says."""
    contents = {md5: _content(store, md5, cache) for md5 in md5s}
    if whole := [(md5, content) for md5, content in contents.items() if content is not None]:
        store.put_together(whole)
    return {md5 for md5, content in contents.items() if content is None}


def _size(store: Store, md5: str, cache: Cache) -> int:
    """Bytes of a file of the cache; 0 where there is none."""
    try:
        return os.stat(cache.path(md5, legacy=store.legacy)).st_size  # noqa: PTH116 - called for every file
    except FileNotFoundError:
        return 0


def _content(store: Store, md5: str, cache: Cache) -> bytes | None:
    """A file of the cache; None where there is none, or where its content is not what its name says."""
    content = cache.read(md5, legacy=store.legacy)
    if content is None or hashlib.md5(content, usedforsecurity=False).hexdigest() != md5[:32]:
        return None
    return content
