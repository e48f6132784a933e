"""Small ASGI answers of our own."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from saigen_tracking.errors import Refusal

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

_CHALLENGE = (b"www-authenticate", b'Basic realm="saigen", charset="UTF-8"')


async def answer(send: Send, status: int, body: bytes, headers: Headers, *, empty: bool = False) -> None:
    """One whole answer; `empty` leaves the body out (HEAD)."""
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": b"" if empty else body})


async def answer_json(send: Send, status: int, value: object, extra: Headers | None = None) -> None:
    """A JSON answer."""
    headers = [(b"content-type", b"application/json"), (b"x-content-type-options", b"nosniff"), *(extra or [])]
    await answer(send, status, json.dumps(value).encode() + b"\n", headers)


async def refuse(send: Send, refusal: Refusal) -> None:
    """The answer to a refused request, in the shape in which MLflow's clients expect errors."""
    extra = [_CHALLENGE] if refusal.status == 401 else []
    await answer_json(send, refusal.status, {"error_code": refusal.code, "message": refusal.reason}, extra)
