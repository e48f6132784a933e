"""The people file on disk: looked at on every request, read again when it has changed."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from saigen_tracking.access import Entry, InvalidPeopleError, Person, parse_people, verify

_logger = logging.getLogger(__name__)

_Signature = tuple[int, int, int, int]


class PeopleFile:
    """Who may call, as the file says it now.

    A stat costs two microseconds, so every request pays one and a person who was removed is refused on the very next
    request in every worker. A file that is missing or invalid lets nobody in.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._signature: _Signature | None = None
        self._people: dict[str, Entry] = {}

    def load(self) -> None:
        """Read the file for the first time.

        Raises:
            OSError: it cannot be read.
            InvalidPeopleError: it does not say who may call.
        """
        self._signature = self._stat()
        self._people = parse_people(self._path.read_bytes())

    def verify(self, name: str, secret: str) -> Person | None:
        """The person with this name and secret according to the file as it is now, or None."""
        return verify(self._current(), name, secret)

    def _stat(self) -> _Signature:
        stat = self._path.stat()
        # A role may change without the size, and a copy may keep the old time; ctime is the kernel's own.
        return stat.st_ino, stat.st_ctime_ns, stat.st_mtime_ns, stat.st_size

    def _current(self) -> dict[str, Entry]:
        try:
            signature: _Signature | None = self._stat()
        except OSError:
            signature = None
        if signature is None or signature != self._signature:
            with self._lock:
                self._reload(signature)
        return self._people

    def _reload(self, signature: _Signature | None) -> None:
        if signature is not None and signature == self._signature:
            return
        try:
            people = parse_people(self._path.read_bytes())
        except (OSError, InvalidPeopleError) as error:
            if self._people or signature != self._signature:
                _logger.error(  # noqa: TRY400 - the reason is enough, every time
                    "nobody can sign in: %s is unusable: %s", self._path, error
                )
            people = {}
        self._people, self._signature = people, signature
