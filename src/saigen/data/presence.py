"""Whether a remote really holds an output: every object is asked for, since DVC trusts a directory's list alone."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from saigen.data.bucket import Bucket
from saigen.data.content import Contents
from saigen.data.pointer import Output
from saigen.data.remote import NotOurs, Remote, key, resolve

_AT_ONCE = 16  # requests
_ASKED_ONE_BY_ONE = 500  # objects; above, the bucket is listed


@dataclass(frozen=True)
class Presence:
    """What a remote holds of an output: number of objects that are needed, those that are missing (path, key).

    `unknown`: why it cannot be said, or None.
    """

    needed: int
    missing: tuple[tuple[str, str], ...] = ()
    unknown: str | None = None


def presence(contents: Contents, output: Output) -> Presence:
    """What the remote of an output holds of it.

    Raises:
        BlockedError: a directory's list is nowhere. UnreachableError, NotPermittedError: storage does not answer.
    """
    place = resolve(output, contents.remotes)
    if isinstance(place, NotOurs):
        return Presence(0, unknown=place.reason)
    wanted = {place.key: output.path}
    sizes = {place.key: output.size} if not output.is_directory else {}
    if output.is_directory:
        for entry in contents.entries(output):
            wanted[key(place.remote, entry.md5, legacy=output.legacy)] = f"{output.path}/{entry.path}"
    found = _sizes(contents.bucket(place.remote), place.remote, wanted, legacy=output.legacy)
    missing = [
        (path, name)
        for name, path in wanted.items()
        if found.get(name) is None or (sizes.get(name) is not None and sizes[name] != found[name])
    ]
    return Presence(len(wanted), tuple(missing))


def _sizes(bucket: Bucket, remote: Remote, keys: Iterable[str], *, legacy: bool) -> dict[str, int | None]:
    """Size of each object in bytes, None where it is missing."""
    wanted = list(keys)
    if len(wanted) <= _ASKED_ONE_BY_ONE:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return dict(zip(wanted, pool.map(bucket.size, wanted), strict=True))
    prefix = key(remote, "0" * 32, legacy=legacy)[:-33]  # without `00/` and the other 30 digits
    stored = {one.key: one.size for one in bucket.list(prefix)}
    return {name: stored.get(name) for name in wanted}
