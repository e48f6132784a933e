"""Which of the objects that are wanted a remote holds: by asking for each, or by listing, whichever is cheaper.

A directory's list (`.dir`) says nothing about its files: each object is looked for, so that one that was deleted in the
remote is found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import Enum
from itertools import product

from saigen.data.transfer.crew import each, threads_for
from saigen.data.transfer.store import Store

_HEADS = 100  # so few objects are asked for one by one at once
_PAGES = 8  # objects in one folder up to which all folders together are a few pages, which are listed in one go
_LISTED_PER_HEAD = 20  # objects that a storage lists in the time in which it answers for one
_SHARDS = ["".join(pair) for pair in product("0123456789abcdef", repeat=2)]


class Way(Enum):
    """How to find out which objects a remote holds."""

    ASK = "ask for each"
    LIST = "list everything"
    LIST_FOLDERS = "list the two-character folders side by side"


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
    # A listing that is broken off after its first pages goes on in the storage for a while: one folder is listed whole.
    way = way_for(len(wanted), sum(1 for _ in store.list(_SHARDS[0])))
    if way is Way.ASK:
        return _ask(store, wanted, threads)
    if way is Way.LIST and not store.legacy:  # beside the folders of DVC 2's layout is all of DVC 3's
        return {md5: size for md5, size in store.list() if md5 in wanted}
    return _list(store, wanted, threads)


def way_for(wanted: int, in_one_folder: int) -> Way:
    """The cheapest way to look for objects.

    Args:
        wanted: number of objects that are looked for.
        in_one_folder: number of objects in one of the 256 folders. Hashes are spread evenly, so it tells how many
            there are.
    """
    if in_one_folder <= _PAGES:
        return Way.LIST
    estimated = in_one_folder * len(_SHARDS)
    return Way.LIST_FOLDERS if estimated / _LISTED_PER_HEAD + len(_SHARDS) <= wanted else Way.ASK


def _ask(store: Store, wanted: Iterable[str], threads: int) -> dict[str, int]:
    found: dict[str, int] = {}

    def ask(md5: str) -> None:
        size = store.size(md5)
        if size is not None:
            found[md5] = size

    each(wanted, ask, threads)
    return found


def _list(store: Store, wanted: Collection[str], threads: int) -> dict[str, int]:
    found: dict[str, int] = {}

    def list_one(shard: str) -> None:
        found.update((md5, size) for md5, size in store.list(shard) if md5 in wanted)

    each(_SHARDS, list_one, threads)
    return found
