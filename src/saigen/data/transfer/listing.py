"""Which of the objects that are wanted a remote holds: by asking for each, or by listing, whichever is cheaper.

A directory's list (`.dir`) says nothing about its files: each object is looked for, so that one that was deleted in the
remote is found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import product

from saigen.data.transfer.crew import each, threads_for
from saigen.data.transfer.store import Store

_HEADS = 100  # so few objects are asked for one by one at once
_PROBE = 2000  # objects that a listing may return before it is judged: two pages
_LISTED_PER_HEAD = 20  # objects that a storage lists in the time in which it answers for one
_SHARDS = ["".join(pair) for pair in product("0123456789abcdef", repeat=2)]


def present(store: Store, wanted: Collection[str], latency: float) -> dict[str, int]:
    """Bytes by md5 of those `wanted` objects that the remote holds.

    Args:
        wanted: md5s, `.dir` behind those of directories' lists. A set or a mapping: membership is asked often.
        latency: seconds that the storage takes to answer.

    Raises:
        NotPermittedError, UnreachableError, BlockedError: the storage does not tell.
    """
    threads = threads_for(latency)
    if len(wanted) <= _HEADS:
        return _ask(store, wanted, threads)
    if store.legacy:  # the folder of DVC 2's layout holds DVC 3's as well
        return _list(store, wanted, _SHARDS, threads)
    found: dict[str, int] = {}
    for number, (md5, size) in enumerate(store.list(), start=1):
        if md5 in wanted:
            found[md5] = size
        if number == _PROBE:
            return {**found, **_behind(store, wanted, md5, threads)}
    return found


def _behind(store: Store, wanted: Collection[str], last: str, threads: int) -> dict[str, int]:
    """What there is behind the object at which a plain listing was stopped."""
    if not is_listing_cheaper(len(wanted), _PROBE, last):
        return _ask(store, [md5 for md5 in wanted if md5 > last], threads)
    return _list(store, wanted, [shard for shard in _SHARDS if shard >= last[:2]], threads)


def is_listing_cheaper(wanted: int, seen: int, last: str) -> bool:
    """Whether listing a remote is cheaper than asking for each object.

    Args:
        wanted: number of objects that are looked for. seen: number of objects that were listed up to `last`, in order.
        last: the md5 at which the listing stopped. Hashes are spread evenly, so it tells how many there are.
    """
    share = (int(last[:8], 16) + 1) / 16**8
    estimated = seen / share
    return estimated / _LISTED_PER_HEAD + len(_SHARDS) <= wanted


def _ask(store: Store, wanted: Iterable[str], threads: int) -> dict[str, int]:
    found: dict[str, int] = {}

    def ask(md5: str) -> None:
        size = store.size(md5)
        if size is not None:
            found[md5] = size

    each(wanted, ask, threads)
    return found


def _list(store: Store, wanted: Collection[str], shards: Iterable[str], threads: int) -> dict[str, int]:
    found: dict[str, int] = {}

    def list_one(shard: str) -> None:
        found.update((md5, size) for md5, size in store.list(shard) if md5 in wanted)

    each(shards, list_one, threads)
    return found
