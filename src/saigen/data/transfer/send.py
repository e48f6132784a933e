"""From the cache into a remote: each file is hashed before it is sent, and nothing that is there is written again."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from saigen.data.cache import Cache
from saigen.data.transfer.crew import each, threads_for
from saigen.data.transfer.progress import Progress
from saigen.data.transfer.store import PIECE, Store

_LARGE_AT_ONCE = 2  # files that are sent in pieces: their pieces are in memory


@dataclass
class Sent:
    """What was sent. `damaged`: md5s of cache files whose content is another one, which were not."""

    files: int = 0
    damaged: set[str] = field(default_factory=set)


def send(store: Store, md5s: Iterable[str], cache: Cache, latency: float, progress: Progress) -> Sent:
    """Send content that the remote does not hold (look first: a large object that is there would be written again).

    Args:
        latency: seconds that the storage takes to answer.

    Raises:
        NotPermittedError, UnreachableError: the storage does not take it.
    """
    result = Sent()
    large = threading.Semaphore(_LARGE_AT_ONCE)
    counting = threading.Lock()

    def work(md5: str) -> None:
        whole = _send(store, md5, cache, large)
        with counting:
            if whole:
                result.files += 1
            else:
                result.damaged.add(md5)
            progress.advance()

    each(md5s, work, threads_for(latency))
    return result


def _send(store: Store, md5: str, cache: Cache, large: threading.Semaphore) -> bool:
    """Send one file; False where its content is not what its name says."""
    path = cache.path(md5, legacy=store.legacy)
    try:
        size = os.stat(path).st_size  # noqa: PTH116 - called for every file
        if size > PIECE or store.legacy:
            with large:
                whole = cache.is_whole(md5, legacy=store.legacy)
                if whole:
                    store.put_file(md5, path, size)
            return whole
        content = Path(path).read_bytes()
    except FileNotFoundError:
        return False
    whole = hashlib.md5(content, usedforsecurity=False).hexdigest() == md5[:32]
    if whole:
        store.put(md5, content)
    return whole
