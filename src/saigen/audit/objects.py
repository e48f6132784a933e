"""Which objects are in the storage: the lists of directories first, then everything that is needed, asked anew."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from saigen.audit.facts import Need, Objects
from saigen.audit.judge import place_of
from saigen.data.bucket import Bucket
from saigen.data.pointer import Entry, parse_directory
from saigen.data.remote import Place, Remote
from saigen.errors import BlockedError, NotPermittedError, SaigenError, UnreachableError
from saigen.login.profile import cache_folder

FEW = 200  # objects; up to so many are asked for one by one
AT_ONCE = 16  # requests to the storage
_HEAD, _LIST, _KEY = 2.0, 3.0, 0.045  # milliseconds of the client's processor: one HEAD; a listing; each key in it
Given = TypeVar("Given")
Answer = TypeVar("Answer")


def read_objects(needs: Iterable[Need], deep: bool = False) -> Objects:
    """Ask the storage for everything that these outputs need.

    Args:
        deep: download each object and verify its content.

    Raises:
        UnreachableError: no storage answers.
    """
    return _Reader().read(list(needs), deep)


def read_lists(needs: Iterable[Need]) -> dict[str, tuple[Entry, ...]]:
    """The files of each directory among these outputs, by its hash; those whose list cannot be had are left out.

    Raises:
        UnreachableError: the storage does not answer.
        NotPermittedError: it lets nobody read there with these credentials.
    """
    return _Reader().lists([need for need in needs if need.output.is_directory])


def listing_is_cheaper(needed: int, shards: int, stored: float) -> bool:
    """Whether to list folders rather than to ask for single objects.

    Args:
        needed: number of objects. shards: folders that they are in. stored: objects that one folder holds.
    """
    return needed > FEW and needed * _HEAD > shards * (_LIST + stored * _KEY)


class _Reader:
    """One round of questions; each bucket has one client, each remote that refuses is asked once."""

    def __init__(self) -> None:
        self._buckets: dict[Remote, Bucket] = {}
        self._errors: dict[Remote, SaigenError] = {}
        self._sizes: dict[Place, int | None] = {}
        self._listed: dict[tuple[Remote, str], dict[str, int]] = {}

    def read(self, needs: Sequence[Need], deep: bool) -> Objects:
        for remote, places in _by_remote(need.place for need in needs).items():
            self._ask(remote, places)
        if not self._sizes:
            self._raise_unreachable()
        folders = [need for need in needs if need.output.is_directory and self._sizes.get(need.place) is not None]
        lists, damaged = self._lists(folders)
        inside = {place_of(need, entry) for need in folders for entry in lists.get(need.md5, ())}
        for remote, places in _by_remote(inside - set(self._sizes)).items():
            self._ask(remote, places)
        if deep:
            damaged |= self._verify([place for place, size in self._sizes.items() if size is not None])
        unreadable = {remote: f"{error.what}: {error.why}" for remote, error in self._errors.items()}
        return Objects(self._sizes, lists, frozenset(damaged), unreadable)

    def lists(self, needs: Sequence[Need]) -> dict[str, tuple[Entry, ...]]:
        """The lists of directories, most of them kept on this machine."""
        unknown = [need for need in needs if not kept_list(need.md5).exists()]
        for remote, places in _by_remote(need.place for need in unknown).items():
            self._ask(remote, places)
        self._raise_unreachable()
        absent = {need for need in unknown if self._sizes.get(need.place) is None}
        refused = set(self._errors)
        lists = self._lists([need for need in needs if need not in absent])[0]
        for remote, error in self._errors.items():
            if remote not in refused:
                raise error
        return lists

    def bucket(self, remote: Remote) -> Bucket:
        """The client of a remote's bucket."""
        key = replace(remote, name="", url="", prefix="", elsewhere=None)
        if key not in self._buckets:
            self._buckets[key] = Bucket(remote)
            _ = self._buckets[key].client  # made here: making one is not safe in threads
        return self._buckets[key]

    def _ask(self, remote: Remote, places: Sequence[Place]) -> None:
        if remote in self._errors:
            return
        try:
            self._sizes.update(self._by_list(remote, places) or self._one_by_one(remote, places))
        except SaigenError as error:  # of one remote, which whoever wrote a commit chose
            self._errors[remote] = error

    def _raise_unreachable(self) -> None:
        for error in self._errors.values():
            if isinstance(error, UnreachableError):
                raise error

    def _one_by_one(self, remote: Remote, places: Sequence[Place]) -> dict[Place, int | None]:
        bucket = self.bucket(remote)
        return dict(zip(places, _at_once(lambda place: bucket.size(place.key), places), strict=True))

    def _by_list(self, remote: Remote, places: Sequence[Place]) -> dict[Place, int | None]:
        """Sizes by listing folders; empty where asking one by one is cheaper, which the first folder tells."""
        every = sorted({_folder(place.key) for place in places})
        folders = [folder for folder in every if (remote, folder) not in self._listed]
        if folders:
            if len(places) <= FEW:
                return {}
            first = self._list(remote, folders[0])
            if not listing_is_cheaper(len(places), len(folders), len(first)):
                return {}
            _at_once(lambda folder: self._list(remote, folder), folders[1:])
        found = {key: size for folder in every for key, size in self._listed[remote, folder].items()}
        return {place: found.get(place.key) for place in places}

    def _list(self, remote: Remote, folder: str) -> dict[str, int]:
        found = {stored.key: stored.size for stored in self.bucket(remote).list(folder)}
        self._listed[remote, folder] = found
        return found

    def _lists(self, needs: Sequence[Need]) -> tuple[dict[str, tuple[Entry, ...]], set[Place]]:
        distinct = list({need.md5: need for need in needs}.values())
        lists: dict[str, tuple[Entry, ...]] = {}
        damaged: set[Place] = set()
        for need, entries in zip(distinct, _at_once(self._entries, distinct), strict=True):
            if entries is not None:
                lists[need.md5] = entries
            elif need.place.remote not in self._errors:
                damaged.add(need.place)
        return lists, damaged

    def _entries(self, need: Need) -> tuple[Entry, ...] | None:
        """The files of a directory, or None where its list is not what its name says. Verified lists are kept here."""
        kept = kept_list(need.md5)
        try:
            content = _same(kept.read_bytes(), need.md5)
        except OSError:
            content = None
        if content is None:
            try:
                content = _same(self.bucket(need.place.remote).read(need.place.key), need.md5)
            except (NotPermittedError, UnreachableError) as error:
                self._errors[need.place.remote] = error
            if content is None:
                return None
            _keep(kept, content)
        try:
            return tuple(parse_directory(content, need.output.path))
        except BlockedError:
            return None

    def _verify(self, places: Sequence[Place]) -> set[Place]:
        return {place for place, same in zip(places, _at_once(self._is_intact, places), strict=True) if not same}

    def _is_intact(self, place: Place) -> bool:
        try:
            return self.bucket(place.remote).md5(place.key) == content_md5(place.key)
        except (NotPermittedError, UnreachableError) as error:
            self._errors[place.remote] = error
            return True  # as far as anybody can tell
        except BlockedError:
            return False  # it went between the two questions


def _same(content: bytes, md5: str) -> bytes | None:
    return content if hashlib.md5(content, usedforsecurity=False).hexdigest() == md5.removesuffix(".dir") else None


def _keep(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(path)


def kept_list(md5: str) -> Path:
    """Where the list of a directory is kept on this machine."""
    return cache_folder() / "audit" / "lists" / md5[:2] / md5[2:]


def content_md5(key: str) -> str:
    """The md5 that an object's key promises: `demo/files/md5/ab/12...` -> `ab12...`."""
    return "".join(key.removesuffix(".dir").rsplit("/", 2)[-2:])


def _at_once(ask: Callable[[Given], Answer], about: Sequence[Given]) -> list[Answer]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(ask, about))


def _by_remote(places: Iterable[Place]) -> dict[Remote, list[Place]]:
    found: defaultdict[Remote, list[Place]] = defaultdict(list)
    for place in dict.fromkeys(places):
        found[place.remote].append(place)
    return found


def _folder(key: str) -> str:
    return key.rpartition("/")[0] + "/"
