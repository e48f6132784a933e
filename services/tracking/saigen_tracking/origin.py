"""By which address the client reached us. The artifact repository signs URLs for it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextvars import ContextVar

from saigen_tracking.errors import Refusal

_HOST = re.compile(rb"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")

# This service's name on the inner network, where no gateway leads a signed URL to the storage.
_INSIDE = b"tracking:5000"

# Set for each request; threads that work for the request inherit it.
public_origin: ContextVar[str | None] = ContextVar("public_origin", default=None)


def origin_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """`scheme://host[:port]` of a request: its Host, which the gateway keeps, and the gateway's X-Forwarded-Proto.

    Empty for a client on the inner network (bootstrap): it reaches the storage as this server does.

    Raises:
        Refusal: 400, a Host that is none.
    """
    host, scheme = b"", "http"
    for key, value in headers:
        if key == b"host":
            host = value
        elif key == b"x-forwarded-proto" and value == b"https":
            scheme = "https"
    if not _HOST.fullmatch(host):
        raise Refusal(400, "the Host header is not a host")
    if host == _INSIDE:
        return ""
    return f"{scheme}://{host.decode('ascii')}"
