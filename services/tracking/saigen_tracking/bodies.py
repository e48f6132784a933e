"""Taking a request's body off the wire and putting one back."""

from __future__ import annotations

from saigen_tracking.errors import Refusal
from saigen_tracking.responses import Headers, Message, Receive, Scope

# MLflow's own limit for a batch is 1 MB; a model's description or a dataset's profile may be larger.
MAX_JSON_BYTES = 32 * 1024 * 1024
_LENGTHS = (b"content-length", b"transfer-encoding")


class Disconnected(Exception):  # noqa: N818 - the client left; nothing is wrong
    """The client went away before its body was there."""


async def read_body(scope: Scope, receive: Receive, limit: int = MAX_JSON_BYTES) -> bytes:
    """The whole body.

    Raises:
        Refusal: 413, more than `limit` bytes, said or sent.
        Disconnected: the client left.
    """
    said = next((value for key, value in scope["headers"] if key == b"content-length"), b"0")
    if said.isdigit() and int(said) > limit:
        raise Refusal(413, f"the body is larger than {limit} bytes")
    chunks, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        chunk, more = message.get("body", b""), message.get("more_body", False)
        size += len(chunk)
        if size > limit:
            raise Refusal(413, f"the body is larger than {limit} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


def with_body(scope: Scope, receive: Receive, body: bytes) -> tuple[Scope, Receive]:
    """The request with this body, complete and with the right length, as a scope and receive to pass on."""
    kept: Headers = [header for header in scope["headers"] if header[0] not in _LENGTHS]
    headers = [*kept, (b"content-length", str(len(body)).encode())]
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return {**scope, "headers": headers}, replay
