"""One DVC remote's bucket over S3: ask, list, read. Sending many objects is the business of push and pull."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from saigen.data.remote import Remote
from saigen.errors import BlockedError, NotPermittedError, SaigenError, UnreachableError

_MISSING = frozenset({"404", "NoSuchKey", "NoSuchBucket", "NotFound"})
_REFUSED = frozenset({"403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "401"})

_PIECE = 1 << 20  # bytes read at once


@dataclass(frozen=True)
class Stored:
    """An object: its key, its size in bytes and when it was written."""

    key: str
    size: int
    modified: datetime | None = None


class Bucket:
    """The bucket of a remote. Credentials and endpoint come from the remote's configuration, else the environment."""

    def __init__(self, remote: Remote) -> None:
        self.remote = remote

    @property
    def endpoint(self) -> str | None:
        """The endpoint's URL; None for Amazon's own."""
        return self.remote.endpoint or os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")

    def size(self, key: str) -> int | None:
        """Bytes of one object, or None where there is none."""
        try:
            with self._errors(key):
                return int(self.client.head_object(Bucket=self.remote.bucket, Key=key)["ContentLength"])
        except _MissingError:
            return None

    def list(self, prefix: str) -> Iterator[Stored]:
        """All objects whose key begins with `prefix`."""
        pages = self.client.get_paginator("list_objects_v2")
        with self._errors(prefix):
            for page in pages.paginate(Bucket=self.remote.bucket, Prefix=prefix):
                for entry in page.get("Contents", ()):
                    yield Stored(entry["Key"], entry["Size"], entry.get("LastModified"))

    def read(self, key: str) -> bytes:
        """The content of one object. Raises BlockedError where there is none."""
        with self._errors(key):
            content: bytes = self.client.get_object(Bucket=self.remote.bucket, Key=key)["Body"].read()
            return content

    def stream(self, key: str) -> Iterator[bytes]:
        """The content of one object in pieces of 1 MiB. Raises BlockedError where there is none."""
        with self._errors(key):
            yield from self.client.get_object(Bucket=self.remote.bucket, Key=key)["Body"].iter_chunks(_PIECE)

    def write(self, key: str, content: bytes) -> None:
        """Write one small object."""
        with self._errors(key):
            self.client.put_object(Bucket=self.remote.bucket, Key=key, Body=content)

    def md5(self, key: str) -> str:
        """The md5 of what one object really holds, by downloading it. Raises BlockedError where there is none."""
        digest = hashlib.md5(usedforsecurity=False)
        for piece in self.stream(key):
            digest.update(piece)
        return digest.hexdigest()

    @cached_property
    def client(self) -> Any:
        """The boto3 client. Raises BlockedError where profile, endpoint or AWS's own files cannot be used."""
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        config = Config(
            signature_version="s3v4",
            max_pool_connections=64,
            connect_timeout=5,
            retries={"total_max_attempts": 3, "mode": "standard"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        try:
            session = boto3.Session(
                aws_access_key_id=self.remote.access_key,
                aws_secret_access_key=self.remote.secret_key,
                aws_session_token=self.remote.session_token,
                profile_name=self.remote.profile,
                region_name=self.remote.region,
            )
            region = session.region_name or "us-east-1"
            return session.client("s3", endpoint_url=self.remote.endpoint, region_name=region, config=config)
        except (BotoCoreError, ValueError) as error:
            raise BlockedError("AWS's configuration cannot be used", str(error), "saigen login URL") from error

    @contextmanager
    def _errors(self, what: str) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except ClientError as error:
            raise self._ours(what, str(error.response.get("Error", {}).get("Code", "")), error) from error
        except BotoCoreError as error:
            raise UnreachableError(
                "the storage does not answer", f"{self.endpoint or self.remote.url}: {error}", "saigen doctor"
            ) from error

    def _ours(self, what: str, code: str, error: Exception) -> SaigenError:
        place = f"s3://{self.remote.bucket}/{what}"
        if code in _MISSING:
            return _MissingError(f"there is no {place}", str(error), "saigen data push    (where the data is)")
        if code in _REFUSED:
            return NotPermittedError(
                f"the storage refuses {place}", str(error), "saigen doctor    (or ask a maintainer for the project)"
            )
        return UnreachableError(f"the storage failed for {place}", str(error), "try again in a moment")


class _MissingError(BlockedError):
    """There is no such object."""
