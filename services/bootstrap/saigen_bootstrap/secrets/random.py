"""How random secrets are made. All come from the operating system's generator."""

from __future__ import annotations

import base64
import secrets
import string

LENGTH = 40  # characters; also the longest secret key that MinIO takes
_ALPHABET = string.ascii_letters + string.digits


def word() -> str:
    """40 letters and digits: 238 bits, safe in URLs, shells, INI and pgpass files."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(LENGTH))


def storage_key() -> str:
    """MinIO's form of a key that encrypts objects at rest: a name and 32 bytes in base64."""
    return "saigen-1:" + base64.b64encode(secrets.token_bytes(32)).decode()


def signing_key() -> str:
    """32 bytes in base64url without padding, as Gitea wants its JWT secret."""
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
