"""From a remote into the cache: what arrives is hashed before it is taken in, and what was taken in stays."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from saigen.data.cache import Cache, within
from saigen.data.legacy import content_md5
from saigen.data.memory import Memory
from saigen.data.remote import Remote, location
from saigen.data.transfer.access import access
from saigen.data.transfer.progress import Progress
from saigen.data.transfer.s5cmd import Failed, copy
from saigen.errors import BlockedError

_LARGE = 1 << 20  # bytes: from here on hashing is worth a thread of its own
_THREADS = 4
_NAMED = 10


@dataclass
class Fetched:
    """What a fetch brought. `corrupt`, `absent`: path by md5 of objects that are damaged, or are not there."""

    files: int = 0
    size: int = 0
    corrupt: dict[str, str] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)

    def require_all(self, remote: Remote) -> None:
        """Raise BlockedError where something was not to be had."""
        if self.corrupt:
            raise BlockedError(
                f"{remote.url} holds damaged objects, which were refused",
                f"expected content whose md5 is its name, found another for {_named(self.corrupt)}",
                "saigen data push    (where the data is, after a maintainer has removed them)",
            )
        if self.absent:
            raise BlockedError(
                f"{remote.url} lacks objects",
                f"missing: {_named(self.absent)}",
                "saigen data push    (where the data is)",
            )


def fetch(
    remote: Remote, wanted: Mapping[str, str], cache: Cache, memory: Memory, *, legacy: bool, progress: Progress
) -> Fetched:
    """Bring objects into the cache, in place of damaged ones that are there.

    Args:
        wanted: path by md5.

    Raises:
        NotPermittedError, UnreachableError: the storage does not give them. BlockedError: no credentials, no s5cmd.
    """
    base = location(remote, legacy=legacy)
    result = Fetched()
    with cache.staging() as folder, ThreadPoolExecutor(_THREADS) as pool:
        arrivals = _Arrivals(folder, wanted, cache, memory, legacy, result, progress)
        checks: list[Future[None]] = []
        for said in copy(access(remote), folder, ((base + within(md5), md5) for md5 in wanted)):
            if not isinstance(said, Failed):
                if os.stat(f"{folder}/{said.target}").st_size > _LARGE:  # noqa: PTH116 - called for every file
                    checks.append(pool.submit(arrivals.check, said.target))
                else:
                    arrivals.check(said.target)
            elif said.is_missing and said.words[-1] in wanted:
                result.absent[said.words[-1]] = wanted[said.words[-1]]
            else:
                raise said.as_error(remote.url)
        for check in checks:
            check.result()
    return result


@dataclass
class _Arrivals:
    folder: str
    wanted: Mapping[str, str]
    cache: Cache
    memory: Memory
    legacy: bool
    result: Fetched
    progress: Progress

    def check(self, md5: str) -> None:
        """Hash one file and take it in, or refuse it."""
        staged = f"{self.folder}/{md5}"
        if content_md5(staged, legacy=self.legacy and not md5.endswith(".dir")) != md5[:32]:
            self.result.corrupt[md5] = self.wanted[md5]
            os.unlink(staged)  # noqa: PTH108
            return
        size = os.stat(staged).st_size  # noqa: PTH116
        self.cache.admit(staged, md5, self.memory, legacy=self.legacy)
        self.result.files += 1
        self.result.size += size
        self.progress.advance()


def _named(objects: Mapping[str, str]) -> str:
    every = [f"{path} ({md5})" for md5, path in sorted(objects.items(), key=lambda item: item[1])]
    more = f", and {len(every) - _NAMED} more" if len(every) > _NAMED else ""
    return ", ".join(every[:_NAMED]) + more
