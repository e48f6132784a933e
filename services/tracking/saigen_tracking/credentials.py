"""Reading a name and a secret from a request's headers. Pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable


def basic_credentials(headers: Iterable[tuple[bytes, bytes]]) -> tuple[str, str] | None:
    """Name and secret of the one `Authorization: Basic` header, or None.

    Two such headers are none: two programs might each believe another one.
    """
    values = [value for key, value in headers if key == b"authorization"]
    if len(values) != 1:
        return None
    scheme, _, encoded = values[0].partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        name, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return None
    return (name, secret) if colon and name and secret else None
