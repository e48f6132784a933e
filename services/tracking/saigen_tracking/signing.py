"""Signed URLs for the address by which clients reach the storage. Pure but for the clock in the signature.

boto3 signs for the endpoint that it talks to; that one is inside. Here the same signer (SigV4, path style) gets the
outside address, so one process signs for any public name without a client for each.
"""

from __future__ import annotations

import math
import mimetypes
import posixpath
from urllib.parse import quote

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials, ReadOnlyCredentials

# A download starts at once; what has started may finish. Someone who was removed keeps a URL no longer than this.
DOWNLOAD_SECONDS = 300

# All parts of an upload are signed when it begins, so the last one's URL must live as long as the upload takes. A
# plain client cuts parts of 10 MiB; 10 s a part is a line of 1 MiB/s (8 Mbit/s), which is slow for a team's network.
SECONDS_A_PART = 10
SHORTEST_UPLOAD_SECONDS = 300
LONGEST_UPLOAD_SECONDS = 6 * 3600


def upload_seconds(parts: int) -> int:
    """How long the URLs of an upload of this many parts live: 1 GiB (103 parts) 17 minutes, 20 GiB six hours."""
    return min(max(math.ceil(parts * SECONDS_A_PART), SHORTEST_UPLOAD_SECONDS), LONGEST_UPLOAD_SECONDS)


def saved_as(key: str) -> dict[str, str]:
    """What a signed download says of itself: its kind, by its name, and that it is to be saved.

    A page among the artifacts must not open in the name of this site.
    """
    return {
        "response-content-disposition": f"attachment; filename*=UTF-8''{quote(posixpath.basename(key))}",
        "response-content-type": mimetypes.guess_type(key)[0] or "application/octet-stream",
    }


def sign_url(  # noqa: PLR0917 - what a signature covers
    credentials: Credentials | ReadOnlyCredentials,
    region: str,
    method: str,
    origin: str,
    bucket: str,
    key: str,
    seconds: int,
    query: dict[str, str] | None = None,
) -> str:
    """A URL that lets its holder do `method` on one object for `seconds`.

    Args:
        origin: `scheme://host[:port]` that the client will send it to.
        query: parameters of the operation, signed with it.
    """
    request = AWSRequest(method=method, url=f"{origin}/{bucket}/{quote(key, safe='/~')}", params=query or {})
    S3SigV4QueryAuth(credentials, "s3", region, expires=seconds).add_auth(request)
    return str(request.url)
