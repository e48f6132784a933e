"""Content by hash, always verified: from the checkout, DVC's cache, the client's own cache, else the remote.

A corrupt file in DVC's cache is trusted by DVC itself, and its remotes are not verified by default. Nothing is taken
from here without its md5 having been computed. What comes from a remote is kept in the client's cache folder.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import tempfile
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from saigen.data.bucket import Bucket
from saigen.data.configuration import cache_folder as dvc_cache
from saigen.data.configuration import cached_paths, configured_remotes
from saigen.data.hashing import Hashes
from saigen.data.legacy import content_md5
from saigen.data.pointer import Entry, Output, parse_directory, render_directory
from saigen.data.remote import NotOurs, Place, Remote, resolve
from saigen.errors import BlockedError
from saigen.git.repository import Repository
from saigen.login.profile import cache_folder

_PIECE = 1 << 20  # bytes
_AT_ONCE = 16  # downloads


class Contents:
    """The content of a project's data versions. One object for one command: it remembers what it has verified."""

    def __init__(self, repository: Repository) -> None:
        self.remotes = configured_remotes(repository.root)
        self._dvc = dvc_cache(repository.root)
        self._own = cache_folder() / "data" / "files" / "md5"
        self._buckets: dict[str, Bucket] = {}
        self._verified: dict[tuple[str, bool], Path] = {}
        self._making = threading.Lock()

    def file(self, output: Output) -> Path:
        """A file with an output's content; for a directory, its list (the `.dir` object).

        Raises:
            BlockedError: it is nowhere, or what is there has another content. UnreachableError, NotPermittedError:
                the remote does not answer, or refuses.
        """
        md5 = output.md5
        if md5 is None:
            raise BlockedError(
                f"{output.path} has no content", f"its pointer {output.pointer} records none", f"dvc add {output.path}"
            )
        known = md5, output.legacy
        if known not in self._verified:
            self._verified[known] = self.local(md5, legacy=output.legacy) or self._download(output, md5)
        return self._verified[known]

    def entries(self, output: Output) -> list[Entry]:
        """The files of a directory. Raises as `file` does."""
        return parse_directory(self.file(output).read_bytes(), f"the list of {output.path}")

    def files(self, output: Output, entries: Sequence[Entry]) -> list[Path]:
        """Files with the content of some entries of a directory, in their order. Raises as `file` does."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(self.file, (entry_output(output, entry) for entry in entries)))

    def bucket(self, remote: Remote) -> Bucket:
        """The bucket of a remote, one object for each."""
        with self._making:
            if remote.name not in self._buckets:
                self._buckets[remote.name] = Bucket(remote)
                _ = self._buckets[remote.name].client  # boto3 makes clients in one thread at a time only
            return self._buckets[remote.name]

    def local(self, md5: str, *, legacy: bool = False) -> Path | None:
        """A file on this machine with this content, or None. A file with another content is passed over.

        Args:
            legacy: the hash is one of DVC 2's.
        """
        for path in (self._own / md5[:2] / md5[2:], *cached_paths(self._dvc, md5)):
            if path.is_file() and _object_md5(path, md5, legacy=legacy) == md5.removesuffix(".dir"):
                return path
        return None

    def _download(self, output: Output, md5: str) -> Path:
        place = resolve(output, self.remotes)
        if isinstance(place, NotOurs):
            raise BlockedError(
                f"the content of {output.path} is not on this machine",
                f"expected {md5} in a cache, and it is in no remote that is read here: {place.reason}",
                "dvc fetch    (in a checkout that has it)",
            )
        target = self._own / md5[:2] / md5[2:]
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=target.parent, prefix=".download-")
        try:
            digest = hashlib.md5(usedforsecurity=False)
            with os.fdopen(descriptor, "wb") as file:
                for piece in self.bucket(place.remote).stream(place.key):
                    digest.update(piece)
                    file.write(piece)
            _check(place, md5, _object_md5(draft, md5, legacy=True) if output.legacy else digest.hexdigest())
            Path(draft).replace(target)
        finally:
            Path(draft).unlink(missing_ok=True)
        return target


def entry_output(output: Output, entry: Entry) -> Output:
    """One file of a directory as an output of its own: it goes to the same remote, in the same layout."""
    return replace(output, path=posixpath.join(output.path, entry.path), md5=entry.md5, size=None, files=None)


def is_modified(repository: Repository, output: Output) -> bool | None:
    """Whether the data in a checkout is something else than its pointer says; None where it is not here."""
    path = repository.root / output.path
    if output.md5 is None or not path.exists():
        return None
    if path.is_dir() != output.is_directory:
        return True
    return content_hash(repository, output.path, legacy=output.legacy) != output.md5


def content_hash(repository: Repository, path: str, *, legacy: bool = False) -> str:
    """The hash of a file or directory in a checkout as DVC writes it (`.dir` at its end for a directory).

    Args:
        legacy: as DVC 2 wrote it, which hashed texts in another way.
    """
    if not (repository.root / path).is_dir():
        return content_md5(repository.root / path, legacy=legacy)
    return directory_hash(Hashes().folder(repository.root / path, text=legacy))


def directory_hash(entries: Iterable[Entry]) -> str:
    """The hash of a directory with these files, as DVC writes it."""
    return hashlib.md5(render_directory(entries), usedforsecurity=False).hexdigest() + ".dir"


def _object_md5(path: str | os.PathLike[str], md5: str, *, legacy: bool) -> str:
    """The md5 of an object's content; the list of a directory is hashed by its bytes in DVC 2 as well."""
    return content_md5(path, legacy=legacy and not md5.endswith(".dir"))


def _check(place: Place, expected: str, found: str) -> None:
    if found != expected.removesuffix(".dir"):
        raise BlockedError(
            f"s3://{place.remote.bucket}/{place.key} is corrupt",
            f"expected content with the md5 {expected}, found {found}",
            "saigen data push    (on a machine that has the content; tell a maintainer)",
        )
