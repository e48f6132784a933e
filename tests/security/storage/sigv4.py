"""AWS signature version 4, written out so that a test can sign what no client would ever send.

Rules: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
"""

from __future__ import annotations

import hashlib
import hmac
import urllib.parse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone

REGION = "us-east-1"
UNSIGNED = "UNSIGNED-PAYLOAD"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
EMPTY = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True)
class Account:
    """An access key and its secret."""

    access_key: str
    secret_key: str = field(repr=False)


@dataclass(frozen=True)
class Request:
    """One HTTP request, sent byte for byte as it stands. Header names are lower case."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def adding(self, headers: Mapping[str, str]) -> Request:
        """The same request with more headers; added after signing, they are not covered by the signature."""
        return replace(self, headers={**self.headers, **headers})


def now() -> datetime:
    """The present moment in UTC."""
    return datetime.now(timezone.utc)


def amz_date(moment: datetime) -> str:
    """The form in which x-amz-date wants a moment."""
    return moment.strftime("%Y%m%dT%H%M%SZ")


def scope(date: str) -> str:
    """What a signing key is good for: one day, this region, S3."""
    return f"{date[:8]}/{REGION}/s3/aws4_request"


def signing_key(secret_key: str, date: str) -> bytes:
    """The key that signs requests within scope(date)."""
    key = f"AWS4{secret_key}".encode()
    for part in scope(date).split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def canonical_query(query: str) -> str:
    """The query with its parameters in order, each with an equals sign."""
    return "&".join(sorted(pair if "=" in pair else f"{pair}=" for pair in query.split("&") if pair))


def sign(
    request: Request, account: Account, *, host: str, payload: str = UNSIGNED, moment: datetime | None = None
) -> Request:
    """The request with an Authorization header that covers host, date, payload and every header it has.

    `payload` is the sha256 of the body in hex, or one of S3's markers for a body that is not signed.
    """
    date = amz_date(moment or now())
    headers = {**request.headers, "host": host, "x-amz-date": date, "x-amz-content-sha256": payload}
    names = sorted(headers)
    lines = [request.method, urllib.parse.quote(request.path, safe="/-_.~"), canonical_query(request.query)]
    lines += [f"{name}:{' '.join(headers[name].split())}" for name in names]
    canonical = "\n".join([*lines, "", ";".join(names), payload])
    to_sign = ["AWS4-HMAC-SHA256", date, scope(date), hashlib.sha256(canonical.encode()).hexdigest()]
    signature = _hex_signature(account, date, to_sign)
    headers["authorization"] = authorization(account.access_key, date, names, signature)
    return replace(request, headers=headers)


def authorization(access_key: str, date: str, names: Iterable[str], signature: str) -> str:
    """An Authorization header with whatever signature is given."""
    return (
        f"AWS4-HMAC-SHA256 Credential={access_key}/{scope(date)}, "
        f"SignedHeaders={';'.join(names)}, Signature={signature}"
    )


def forged_authorization(access_key: str, date: str) -> str:
    """An Authorization header that names an access key, made without knowing its secret."""
    return authorization(access_key, date, ["host", "x-amz-content-sha256", "x-amz-date"], "0" * 64)


def query_credential(access_key: str) -> str:
    """The query parameter of a presigned URL that names the access key, and no signature."""
    return "X-Amz-Credential=" + urllib.parse.quote(f"{access_key}/{scope(amz_date(now()))}", safe="")


def aws_chunked(data: bytes, trailer: str = "") -> bytes:
    """A body of one unsigned chunk with a trailer block, which MinIO wants to end in an empty line."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n0\r\n" + trailer.encode() + b"\r\n\r\n"


def signed_chunks(request: Request, account: Account, chunks: Iterable[bytes]) -> bytes:
    """A body of chunks, each with its signature, for a request that `sign` has signed with SIGNED_TRAILER."""
    date = request.headers["x-amz-date"]
    signature = request.headers["authorization"].split("Signature=")[1]
    body = b""
    for chunk in chunks:
        digest = hashlib.sha256(chunk).hexdigest()
        lines = ["AWS4-HMAC-SHA256-PAYLOAD", date, scope(date), signature, EMPTY, digest]
        signature = _hex_signature(account, date, lines)
        body += f"{len(chunk):x};chunk-signature={signature}\r\n".encode() + chunk + (b"\r\n" if chunk else b"")
    return body


def _hex_signature(account: Account, date: str, lines: list[str]) -> str:
    return hmac.new(signing_key(account.secret_key, date), "\n".join(lines).encode(), hashlib.sha256).hexdigest()
