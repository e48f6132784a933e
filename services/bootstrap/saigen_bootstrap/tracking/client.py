"""Talks to the tracking server, and writes the file by which it knows who calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import httpx
from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from ..errors import SilentServiceError
from ..plan import Change
from ..secrets import store
from ..settings import INNER, PLATFORM
from .access import Entry, parse_access, render_access
from .compare import TrackingState

READY_SECONDS = 120
SERVED_SECONDS = 20
_PROBE = "/version"  # needs credentials, any role may read it, and it asks no database


class Tracking:
    """One tracking server and its access file."""

    def __init__(self, access: Path, token: str, url: str = INNER.tracking) -> None:
        """`token` is the platform account's secret."""
        self._file = access / "people.json"
        self._token = token
        self._http = httpx.Client(base_url=url, timeout=10)

    def read(self, secrets: Mapping[str, str]) -> TrackingState:
        """The access file, and which of these accounts the running server refuses."""
        if not self._ready():
            return replace(self.read_access(), refused=None)
        return replace(self.read_access(), refused=self._refused({**secrets, PLATFORM: self._token}))

    def read_access(self) -> TrackingState:
        """The access file alone, which needs no server."""
        return TrackingState(parse_access(store.read(self._file) or ""))

    def apply(self, changes: tuple[Change, ...], people: Mapping[str, Entry]) -> None:
        """Write the access file. Takes hold on the server's next request: it looks at the file on each."""
        if any(change.noun == "access" for change in changes):
            store.replace(self._file, render_access(people))

    def wait_until_ready(self) -> None:
        """Wait until the server can serve: database, bucket and access file. Raises SilentServiceError."""
        self._wait(self._ready, READY_SECONDS, f"no 200 from /ready within {READY_SECONDS} s")

    def wait_until_served(self, secrets: Mapping[str, str]) -> None:
        """Wait until the server takes everyone's secret. Raises SilentServiceError, naming who is refused."""
        accounts = {**secrets, PLATFORM: self._token}
        names = ", ".join(sorted(accounts))
        self._wait(lambda: not self._refused(accounts), SERVED_SECONDS, f"logins refused among {names}")

    def _wait(self, good: Callable[[], bool], seconds: float, found: str) -> None:
        waiting = Retrying(
            stop=stop_after_delay(seconds), wait=wait_fixed(0.2), retry=retry_if_result(lambda ok: not ok)
        )
        try:
            waiting(good)
        except RetryError as error:
            raise SilentServiceError("tracking", found) from error

    def _ready(self) -> bool:
        try:
            return self._http.get("/ready").status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def _refused(self, secrets: Mapping[str, str]) -> frozenset[str]:
        return frozenset(name for name, secret in secrets.items() if not self._takes(name, secret))

    def _takes(self, name: str, secret: str) -> bool:
        try:
            return self._http.get(_PROBE, auth=(name, secret)).status_code == httpx.codes.OK
        except httpx.TransportError as error:
            raise SilentServiceError("tracking", type(error).__name__) from error
