"""Which of the objects that are wanted a remote holds: by asking for each, or by listing, whichever is cheaper.

A directory's list (`.dir`) says nothing about its files: each object is looked for, so that one that was deleted in the
remote is found.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterable, Iterator
from itertools import product

from saigen.data.cache import within
from saigen.data.remote import Remote, location
from saigen.data.transfer.access import Access
from saigen.data.transfer.s5cmd import Failed, sizes

_HEADS = 100  # so few objects are asked for one by one at once
_PROBE = 2000  # objects that a listing may return before it is judged: two pages
_LISTED_PER_HEAD = 20  # objects that a storage lists in the time in which it answers for one
_KEY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{30}(\.dir)?")
_SHARDS = ["".join(pair) for pair in product("0123456789abcdef", repeat=2)]


def present(access: Access, remote: Remote, wanted: Collection[str], *, legacy: bool) -> dict[str, int]:
    """Bytes by md5 of those `wanted` objects that the remote holds.

    Args:
        wanted: md5s, `.dir` behind those of directories' lists. A set or a mapping's keys: membership is asked often.

    Raises:
        NotPermittedError, UnreachableError, BlockedError: the storage does not tell.
    """
    place = _Place(access, remote, legacy)
    if len(wanted) <= _HEADS:
        return place.ask(wanted)
    if legacy:  # the prefix of DVC 2's layout holds DVC 3's as well
        return place.list_shards(wanted, _SHARDS)
    found, last = place.list_first(wanted, _PROBE)
    if last is None:
        return found
    left = [shard for shard in _SHARDS if shard >= last[:2]]
    if is_listing_cheaper(len(wanted), _PROBE, last):
        return {**found, **place.list_shards(wanted, left)}
    return {**found, **place.ask([md5 for md5 in wanted if md5 > last])}


def is_listing_cheaper(wanted: int, seen: int, last: str) -> bool:
    """Whether listing a remote is cheaper than asking for each object.

    Args:
        wanted: number of objects that are looked for. seen: number of objects that were listed up to `last`, in order.
        last: the md5 at which the listing stopped. Hashes are spread evenly, so it tells how many there are.
    """
    share = (int(last[:8], 16) + 1) / 16**8
    estimated = seen / share
    return estimated / _LISTED_PER_HEAD + len(_SHARDS) <= wanted


class _Place:
    """One layout in one remote."""

    def __init__(self, access: Access, remote: Remote, legacy: bool) -> None:
        self.access = access
        self.remote = remote
        self.legacy = legacy
        self.base = location(remote, legacy=legacy)

    def ask(self, wanted: Iterable[str]) -> dict[str, int]:
        return dict(self._sizes(f"head {shlex.quote(self.base + within(md5))}" for md5 in wanted))

    def list_shards(self, wanted: Collection[str], shards: Iterable[str]) -> dict[str, int]:
        commands = (f"ls {shlex.quote(f'{self.base}{shard}/*')}" for shard in shards)
        return {md5: size for md5, size in self._sizes(commands) if md5 in wanted}

    def list_first(self, wanted: Collection[str], limit: int) -> tuple[dict[str, int], str | None]:
        """What a plain listing finds; and where it was stopped after `limit` objects, None where it came to its end."""
        found: dict[str, int] = {}
        for number, (md5, size) in enumerate(self._sizes([f"ls {shlex.quote(self.base + '*')}"]), start=1):
            if md5 in wanted:
                found[md5] = size
            if number == limit:
                return found, md5
        return found, None

    def _sizes(self, commands: Iterable[str]) -> Iterator[tuple[str, int]]:
        start = len(self.base)
        for said in sizes(self.access, commands):
            if isinstance(said, Failed):
                raise said.as_error(self.remote.url)
            url, size = said
            if _KEY.fullmatch(url, start):
                yield url[start : start + 2] + url[start + 3 :], size
