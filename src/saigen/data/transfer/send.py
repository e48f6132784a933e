"""From the cache into a remote: each file is hashed before it is sent, and a directory's list goes after its files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from saigen.data.cache import Cache, within
from saigen.data.remote import Remote, location
from saigen.data.transfer.access import access
from saigen.data.transfer.progress import Progress
from saigen.data.transfer.s5cmd import Failed, copy


@dataclass
class Sent:
    """What was sent. `damaged`: md5s of cache files whose content is another one, which were not."""

    files: int = 0
    size: int = 0
    damaged: set[str] = field(default_factory=set)


def send(remote: Remote, md5s: Iterable[str], cache: Cache, *, legacy: bool, progress: Progress) -> Sent:
    """Send content that the remote does not hold (look first: an object that is there would be written again).

    Raises:
        NotPermittedError, UnreachableError: the storage does not take them. BlockedError: no credentials, no s5cmd.
    """
    base = location(remote, legacy=legacy)
    result = Sent()
    for said in copy(access(remote), cache.folder(legacy=legacy), _checked(md5s, cache, legacy, base, result)):
        if isinstance(said, Failed):
            raise said.as_error(remote.url)
        result.files += 1
        progress.advance()
    return result


def _checked(md5s: Iterable[str], cache: Cache, legacy: bool, base: str, result: Sent) -> Iterator[tuple[str, str]]:
    for md5 in md5s:
        if cache.is_whole(md5, legacy=legacy):
            result.size += os.stat(cache.path(md5, legacy=legacy)).st_size  # noqa: PTH116 - called for every file
            yield within(md5), base + within(md5)
        else:
            result.damaged.add(md5)
