"""Talks to Gitea's API as the platform's administrator. Reads everything; every change can be repeated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from ..errors import UP, SaigenError, SilentServiceError
from ..settings import INNER, PLATFORM

HEALTHY_SECONDS = 120
NOTICED_SECONDS = 60
_PAGE = 50


class Api:
    """Requests and answers: JSON in, JSON out, third parties' errors turned into ours."""

    def __init__(self, password: str, url: str = INNER.git) -> None:
        """`password` is the platform administrator's."""
        self._http = httpx.Client(base_url=f"{url}/api/v1", auth=(PLATFORM, password), timeout=60)
        self._health = f"{url}/api/healthz"

    def wait_until_healthy(self) -> None:
        """Wait for the forge with its database. Raises SilentServiceError."""
        _wait(self._healthy, HEALTHY_SECONDS, f"no 200 from /api/healthz within {HEALTHY_SECONDS} s")

    def wait_for(self, path: str, good: Callable[[Any], bool]) -> None:
        """Wait until what is at `path` is as it should be. Raises SilentServiceError."""
        _wait(lambda: good(self.get(path)), NOTICED_SECONDS, f"{path} unchanged after {NOTICED_SECONDS} s")

    def _healthy(self) -> bool:
        try:
            return httpx.get(self._health, timeout=5).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False

    def logs_in(self, name: str, secret: str) -> bool:
        """Whether this account may call the API with this secret."""
        return self._send("GET", "/user", auth=(name, secret)).status_code == httpx.codes.OK

    def get(self, path: str) -> Any:
        """The answer to GET, or None when there is no such thing."""
        answer = self._send("GET", path)
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        return self._good(answer, f"GET {path}").json()

    def every(self, path: str) -> Iterator[Any]:
        """All entries of a list, page by page; none when there is no such list."""
        page = 1
        while True:
            entries = self.get(f"{path}{'&' if '?' in path else '?'}limit={_PAGE}&page={page}") or []
            yield from entries
            if len(entries) < _PAGE:
                return
            page += 1

    def post(self, path: str, body: dict[str, object] | None = None) -> Any:
        """Create something. Returns the answer."""
        return self._good(self._send("POST", path, json=body or {}), f"POST {path}").json()

    def patch(self, path: str, body: dict[str, object]) -> None:
        """Change something."""
        self._good(self._send("PATCH", path, json=body), f"PATCH {path}")

    def put(self, path: str) -> None:
        """Add one thing to another."""
        self._good(self._send("PUT", path), f"PUT {path}")

    def delete(self, path: str, body: dict[str, object] | None = None) -> None:
        """Remove something; nothing happens when it is gone already."""
        answer = self._send("DELETE", path, json=body)
        if answer.status_code != httpx.codes.NOT_FOUND:
            self._good(answer, f"DELETE {path}")

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return self._http.request(method, path, **options)
        except httpx.TransportError as error:
            raise SilentServiceError("git", type(error).__name__) from error

    def _good(self, answer: httpx.Response, what: str) -> httpx.Response:
        if answer.is_success:
            return answer
        try:
            why = str(answer.json().get("message", ""))
        except ValueError:
            why = answer.text
        raise SaigenError(
            f"git: {what} failed", f"{answer.status_code} {why[:300]}", f"docker compose logs git, then {UP}"
        )


def _wait(good: Callable[[], bool], seconds: float, found: str) -> None:
    waiting = Retrying(stop=stop_after_delay(seconds), wait=wait_fixed(0.1), retry=retry_if_result(lambda ok: not ok))
    try:
        waiting(good)
    except RetryError as error:
        raise SilentServiceError("git", found) from error
