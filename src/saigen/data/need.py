"""What outputs need: which objects, in which remote and layout. Deciding is pure; reading a directory's list is not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from saigen.data.cache import Cache
from saigen.data.memory import Memory
from saigen.data.pointer import Entry, Output, parse_directory
from saigen.data.remote import NotOurs, Remote, Remotes, resolve
from saigen.data.transfer.fetch import fetch
from saigen.data.transfer.progress import Progress
from saigen.data.transfer.store import Store


@dataclass(frozen=True)
class LeftOut:
    """An output that is not in a remote of this project's, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Placed:
    """An output whose content belongs into a remote of this project's."""

    output: Output
    remote: Remote

    @property
    def md5(self) -> str:
        """Its hash: there is one, or it would have no place."""
        return str(self.output.md5)


@dataclass
class Need:
    """All objects of one layout that outputs need from one remote.

    Attributes:
        files: md5 -> the path of a file with this content. lists: the same for directories' lists (`.dir`).
        members: md5 of a directory's list -> the md5s of its files.
    """

    remote: Remote
    legacy: bool
    files: dict[str, str] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)

    @property
    def objects(self) -> dict[str, str]:
        """Path by md5 of all of them."""
        return {**self.files, **self.lists}


Lists = Mapping[tuple[str, bool], list[Entry]]  # by the md5 of a directory's list, and whether it is DVC 2's


def place(outputs: Iterable[Output], remotes: Remotes) -> tuple[list[Placed], list[tuple[Output, str]]]:
    """Which outputs have a place in the project's remotes, and which have not, with the reason."""
    placed: list[Placed] = []
    left_out: list[tuple[Output, str]] = []
    for output in outputs:
        where = resolve(output, remotes)
        if isinstance(where, NotOurs):
            left_out.append((output, where.reason))
        else:
            placed.append(Placed(output, where.remote))
    return placed, left_out


def needs(placed: Iterable[Placed], lists: Lists) -> list[Need]:
    """The objects of these outputs, by remote and layout. `lists` has the entries of every directory among them."""
    found: dict[tuple[str, bool], Need] = {}
    for one in placed:
        output = one.output
        need = found.setdefault((one.remote.name, output.legacy), Need(one.remote, output.legacy))
        if not output.is_directory:
            need.files.setdefault(one.md5, output.path)
        elif one.md5 not in need.lists:
            need.lists[one.md5] = output.path
            entries = lists[one.md5, output.legacy]
            need.members[one.md5] = [entry.md5 for entry in entries]
            for entry in entries:
                need.files.setdefault(entry.md5, f"{output.path}/{entry.path}")
    return list(found.values())


def read_lists(placed: Iterable[Placed], cache: Cache, memory: Memory, progress: Progress) -> Lists:
    """The entries of every directory among these outputs, from the cache, else from the remote into the cache.

    Raises:
        BlockedError: a list is neither here nor there, or is damaged.
    """
    directories = {(one.md5, one.output.legacy): one for one in placed if one.output.is_directory}
    away = [one for one in directories.values() if not cache.holds(one.md5, memory, legacy=one.output.legacy)]
    for need in needs(away, {(one.md5, one.output.legacy): [] for one in away}):
        progress.step("lists of directories", len(need.lists))
        fetch(Store(need.remote, legacy=need.legacy), need.lists, cache, memory, progress).require_all(need.remote)
    return {
        (md5, legacy): parse_directory(cache.read(md5, legacy=legacy) or b"", one.output.path)
        for (md5, legacy), one in directories.items()
    }


def files_in(placed: Placed, lists: Lists) -> Iterator[tuple[str, str]]:
    """Path (relative to the root) and md5 of each file of an output."""
    output = placed.output
    if not output.is_directory:
        yield output.path, placed.md5
        return
    for entry in lists[placed.md5, output.legacy]:
        yield f"{output.path}/{entry.path}", entry.md5
