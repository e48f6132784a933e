"""The content of data, verified file by file, from the project's remotes.

Nothing is believed that was not hashed after the checkout: not the local cache, not the storage.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock, get_ident
from typing import Any

from saigen.data.bucket import Bucket
from saigen.data.pointer import Output, parse_directory
from saigen.data.remote import NotOurs, Remote, Remotes, key, resolve
from saigen.errors import BlockedError, NotPermittedError
from saigen.reproduce.checkout import leaves
from saigen.reproduce.plan import printable

_CHUNK = 1 << 20  # bytes; also the unit in which DVC 2 reads a text
_AT_ONCE = 16


@dataclass(frozen=True)
class _File:
    """One file to put in place: its path relative to the root, its md5, and where its content is."""

    path: str
    md5: str
    remote: Remote
    legacy: bool

    @property
    def sum(self) -> str:
        """The md5 of the content itself."""
        return self.md5.removesuffix(".dir")


def pull_outputs(root: Path, outputs: Sequence[Output], remotes: Remotes, cache: Path) -> None:
    """Put the content of outputs in place below `root`, each file with the md5 that its pointer names.

    Args:
        root: the checkout. cache: private folder of verified content by hash, in DVC's layout; it is checked again.

    Raises:
        BlockedError: content is missing or damaged, with the file's name. NotPermittedError: the storage refuses, or an
            output would lie outside of the checkout. UnreachableError: the storage does not answer.
    """
    store = _Store(cache)
    files = [file for output in outputs for file in _files_of(output, remotes, store)]
    for file in files:
        _require_inside(root, file.path)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for done in [pool.submit(store.place, root / file.path, file) for file in files]:
            done.result()


class _Store:
    """Content by hash: what is here is used after it was hashed, everything else comes from the bucket."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._buckets: dict[Remote, Bucket] = {}
        self._lock = Lock()

    def connect(self, remote: Remote) -> Bucket:
        """The bucket of a remote, with its client made: that is not for several threads at once."""
        with self._lock:
            bucket = self._buckets.setdefault(remote, Bucket(remote))
            _ = bucket.client
            return bucket

    def place(self, target: Path, file: _File) -> None:
        """Write a file's content to its place, hashing what is written."""
        held = self._held(file)
        target.parent.mkdir(parents=True, exist_ok=True)
        if held.exists() and _copied(held, target, file):
            return
        self._fetch(file, held)
        if not _copied(held, target, file):
            raise BlockedError(f"{file.path} changed while it was read", f"{held} was right before", "try again")

    def directory(self, file: _File) -> bytes:
        """The list of a directory's files."""
        held = self._held(file)
        if not held.exists() or file.sum not in _sums(held, file.legacy):
            self._fetch(file, held)
        return held.read_bytes()

    def _held(self, file: _File) -> Path:
        return self._cache / "files" / "md5" / file.md5[:2] / file.md5[2:]

    def _fetch(self, file: _File, held: Path) -> None:
        bucket = self.connect(file.remote)
        place = key(file.remote, file.md5, legacy=file.legacy)
        held.parent.mkdir(parents=True, exist_ok=True)
        draft = held.with_name(f".{held.name}.{os.getpid()}.{get_ident()}")
        try:
            _download(bucket, place, draft, file)
            found = _sums(draft, file.legacy)
            if file.sum not in found:
                raise BlockedError(
                    f"{printable(file.path)} is damaged in the storage",
                    f"expected md5 {file.sum}, found {found[0]} at s3://{file.remote.bucket}/{place}",
                    "saigen data push    (where the file is whole)",
                )
            draft.replace(held)
        finally:
            draft.unlink(missing_ok=True)


def _files_of(output: Output, remotes: Remotes, store: _Store) -> Iterator[_File]:
    place = resolve(output, remotes)
    if isinstance(place, NotOurs):
        raise BlockedError(f"{printable(output.path)} cannot be fetched", place.reason, "dvc remote list")
    whole = _File(output.path, output.md5 or "", place.remote, output.legacy)
    if not output.is_directory:
        yield whole
        return
    for entry in parse_directory(store.directory(whole), output.path):
        yield replace(whole, path=posixpath.join(output.path, entry.path), md5=entry.md5)


def _require_inside(root: Path, path: str) -> None:
    if leaves(root, root / path):
        raise NotPermittedError(
            f"data would be written outside of the checkout: {printable(path)}",
            "expected a path inside it, and not in its .git",
            "look at the commit's .dvc files",
        )


def _download(bucket: Bucket, place: str, draft: Path, file: _File) -> None:
    try:
        with bucket._errors(place), draft.open("wb") as target:
            body = bucket.client.get_object(Bucket=bucket.remote.bucket, Key=place)["Body"]
            shutil.copyfileobj(body, target, _CHUNK)
    except BlockedError as error:
        why = f"its content is not in the storage: s3://{bucket.remote.bucket}/{place}"
        raise BlockedError(f"{printable(file.path)} cannot be fetched", why, error.next) from error


def _copied(source: Path, target: Path, file: _File) -> bool:
    """Copy, hashing what is copied; False, with the target gone, where it is not what it should be."""
    target.unlink(missing_ok=True)
    sums = _Sums(file.legacy)
    with source.open("rb") as content, target.open("wb") as copy:
        while chunk := content.read(_CHUNK):
            sums.add(chunk)
            copy.write(chunk)
    if file.sum in sums.found():
        return True
    target.unlink()
    return False


def _sums(path: Path, legacy: bool) -> list[str]:
    sums = _Sums(legacy)
    with path.open("rb") as content:
        while chunk := content.read(_CHUNK):
            sums.add(chunk)
    return sums.found()


class _Sums:
    """md5 of what is added; for DVC 2 also the md5 that it gave texts, with each line end of Windows as one byte."""

    def __init__(self, legacy: bool) -> None:
        self._plain: Any = hashlib.md5(usedforsecurity=False)
        self._text: Any = hashlib.md5(usedforsecurity=False) if legacy else None

    def add(self, chunk: bytes) -> None:
        self._plain.update(chunk)
        if self._text:
            self._text.update(chunk.replace(b"\r\n", b"\n"))

    def found(self) -> list[str]:
        return [one.hexdigest() for one in (self._plain, self._text) if one]
