"""The objects of one remote in one layout, by their md5. The one place that talks to the storage in bulk.

obstore (Rust) takes half of the processor time that s5cmd takes for an object, and can write an object on the condition
that there is none. Its errors become ours here.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saigen.data.cache import within
from saigen.data.remote import Remote, location
from saigen.data.transfer import archives
from saigen.data.transfer.access import USUAL_REGION, Access, access
from saigen.errors import BlockedError, NotPermittedError, SaigenError, UnreachableError

if TYPE_CHECKING:
    from obstore.store import S3Store

PIECE = 8 << 20  # bytes that are read or written by one request, where an object is larger
_PIECES_AT_ONCE = 6
_MOST_PIECES = 9_000  # S3 takes 10,000 in one object
_REQUEST_TIMEOUT = timedelta(minutes=5)  # for one piece: a line of 0.2 MB/s does six at once
_PAGE = 1000
_KEY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{30}(\.dir)?")
_PLAIN = re.compile(r"[\w./ !$&'()+,:;=@-]*")


class MissingObjectError(BlockedError):
    """The remote has no such object."""


class Store:
    """One layout of one remote.

    Raises:
        BlockedError: there are no credentials for it, or its URL cannot be used.
    """

    def __init__(self, remote: Remote, *, legacy: bool) -> None:
        self.remote = remote
        self.legacy = legacy
        self._access = access(remote)
        self._prefix = location(remote, legacy=legacy).removeprefix(f"s3://{remote.bucket}/").strip("/")
        self._store = _open(remote, self._access, self._prefix)

    def latency(self) -> float:
        """Seconds that the storage takes to answer about one object, once connected."""
        self.size("0" * 32)
        start = time.perf_counter()
        self.size("0" * 32)
        return time.perf_counter() - start

    def size(self, md5: str) -> int | None:
        """Bytes of an object; None where there is none."""
        try:
            with self._errors(md5):
                return int(self._store.head(within(md5))["size"])
        except MissingObjectError:
            return None

    def list(self, folder: str | None = None, *, after: str | None = None) -> Iterator[tuple[str, int]]:
        """Md5 and bytes of all objects in order, or of those in a two-character folder.

        Args:
            after: begin behind the object with this md5.
        """
        offset = within(after) if after else None
        with self._errors(folder or ""):
            for page in self._store.list(folder, offset=offset, chunk_size=_PAGE):
                for entry in page:
                    path = entry["path"]
                    if _KEY.fullmatch(path):
                        yield path[:2] + path[3:], entry["size"]

    def put(self, md5: str, content: bytes) -> None:
        """Write an object, unless there is one."""
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        with self._errors(md5):
            try:
                self._store.put(within(md5), content, mode="create", use_multipart=False)
            except (AlreadyExistsError, PreconditionError):
                return  # somebody else was faster: objects are named by their content

    def takes_archives(self) -> bool:
        """Whether `put_together` works here."""
        return self._prefix.isascii() and not self.legacy and archives.offered(self._access)

    def put_together(self, contents: Sequence[tuple[str, bytes]]) -> None:
        """Write small objects by one request, by md5 and content, each unless there is one."""
        archive = archives.packed((within(md5), content) for md5, content in contents)
        metadata = archives.headers(self._prefix)
        with self._errors(contents[0][0]):
            self._store.put(archives.NAME, archive, mode="create", use_multipart=False, attributes=metadata)

    def put_file(self, md5: str, path: str, size: int) -> None:
        """Write a large object from a file, in pieces. It appears when it is whole."""
        piece = max(PIECE, -(-size // _MOST_PIECES))
        with self._errors(md5):
            self._store.put(within(md5), Path(path), chunk_size=piece, max_concurrency=_PIECES_AT_ONCE)

    def read(self, md5: str, start: int, end: int) -> memoryview:
        """The bytes of an object from `start` to before `end`, or to its own end. Raises MissingObjectError."""
        with self._errors(md5):
            return memoryview(self._store.get_range(within(md5), start=start, end=end))

    @contextmanager
    def _errors(self, md5: str) -> Iterator[None]:
        from obstore.exceptions import BaseError

        try:
            yield
        except (FileNotFoundError, BaseError) as error:
            raise self._ours(md5, error) from error

    def _ours(self, md5: str, error: Exception) -> SaigenError:
        from obstore.exceptions import PermissionDeniedError, UnauthenticatedError

        url, said = self.remote.url, _said(error)
        if "NoSuchBucket" in str(error):
            return BlockedError(f"there is no bucket at {url}", said, "saigen doctor")
        if isinstance(error, FileNotFoundError):
            place = location(self.remote, legacy=self.legacy) + within(md5)
            return MissingObjectError(f"there is no {place}", said, "saigen data push    (where the data is)")
        if isinstance(error, PermissionDeniedError | UnauthenticatedError):
            next = "saigen doctor    (or ask a maintainer for the project)"
            return NotPermittedError(f"the storage refuses {url}", said, next)
        return UnreachableError(f"the storage at {url} failed", said, "saigen doctor    (then the same again)")


def _said(error: Exception) -> str:
    """What the storage or the library said, in one line, without the library's own dump behind it."""
    text = str(error).partition("\n\nDebug source")[0]
    return " ".join(text.split()) or type(error).__name__


def _open(remote: Remote, how: Access, prefix: str) -> S3Store:
    if not _PLAIN.fullmatch(remote.prefix):
        raise BlockedError(
            f"{remote.url} cannot be used by saigen",
            "expected letters, digits and simple signs in its path, found others",
            "dvc push, dvc pull    (they can)",
        )
    with _trusting(how.ca):
        from obstore.store import S3Store

        return S3Store(
            remote.bucket,
            prefix=prefix or None,
            client_options={
                "allow_http": True,
                "allow_invalid_certificates": not how.verify,
                "connect_timeout": timedelta(seconds=5),
                "timeout": _REQUEST_TIMEOUT,
            },
            retry_config={"max_retries": 4, "retry_timeout": timedelta(minutes=2)},
            **_options(how),
        )


def _options(how: Access) -> dict[str, Any]:
    options: dict[str, Any] = {"region": how.region or USUAL_REGION, "virtual_hosted_style_request": not how.endpoint}
    if how.endpoint:
        options["endpoint"] = how.endpoint
    if how.keys:
        options |= {"access_key_id": how.keys.id, "secret_access_key": how.keys.secret}
        if how.keys.token:
            options["session_token"] = how.keys.token
    return options


@contextmanager
def _trusting(ca: str | None) -> Iterator[None]:
    """Let the library read a certificate authority: it knows only SSL_CERT_FILE, and reads it once, here."""
    before = os.environ.get("SSL_CERT_FILE")
    if ca:
        os.environ["SSL_CERT_FILE"] = ca
    try:
        yield
    finally:
        if ca and before is None:
            del os.environ["SSL_CERT_FILE"]
        elif ca and before is not None:
            os.environ["SSL_CERT_FILE"] = before
