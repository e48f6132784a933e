"""The bucket of run artifacts: the one boto3 client of a process, and S3's errors as MLflow's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from saigen_tracking.errors import Refusal
from saigen_tracking.origin import public_origin
from saigen_tracking.settings import Settings
from saigen_tracking.signing import sign_url

_PROBE_SECONDS = 2
_MISSING = frozenset({"404", "NoSuchKey", "NoSuchUpload", "NoSuchBucket"})
_WRONG = frozenset(
    {"400", "InvalidPart", "InvalidPartOrder", "EntityTooSmall", "InvalidRange", "416", "XMinioInvalidObjectName"}
)


class Storage:
    """Where artifacts live. Clients are made when first used; making one costs 100 ms."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def client(self) -> Any:
        """The client for artifacts."""
        return self._make_client(
            connect_timeout=5, read_timeout=60, retries={"total_max_attempts": 3, "mode": "standard"}
        )

    @cached_property
    def _credentials(self) -> Any:
        return self._session.get_credentials()

    def size(self, key: str) -> int:
        """Bytes of an artifact.

        Raises:
            Refusal: 404 there is none, 503 the storage does not answer.
        """
        with s3_errors(f"artifact {key}"):
            return int(self.client.head_object(Bucket=self.settings.bucket, Key=key)["ContentLength"])

    def sign(self, method: str, key: str, seconds: int, query: dict[str, str]) -> str:
        """A URL for one artifact on the address by which the client of this request reached us."""
        settings = self.settings
        origin = settings.s3_public_url or public_origin.get() or settings.s3_endpoint_url
        credentials = self._credentials.get_frozen_credentials()
        return sign_url(credentials, settings.s3_region, method, origin, settings.bucket, key, seconds, query)

    def require_bucket(self) -> None:
        """Ask for the bucket, once and briefly.

        Raises:
            botocore errors: it is not there, or the storage does not answer.
        """
        self._probe.head_bucket(Bucket=self.settings.bucket)

    @cached_property
    def _probe(self) -> Any:
        return self._make_client(
            connect_timeout=_PROBE_SECONDS, read_timeout=_PROBE_SECONDS, retries={"total_max_attempts": 1}
        )

    @cached_property
    def _session(self) -> Any:
        import boto3

        return boto3.Session(region_name=self.settings.s3_region)

    def _make_client(self, **options: Any) -> Any:
        from botocore.config import Config

        config = Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            max_pool_connections=32,
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            **options,
        )
        return self._session.client("s3", endpoint_url=self.settings.s3_endpoint_url, config=config)


@contextmanager
def s3_errors(what: str) -> Iterator[None]:
    """Turn S3's errors into refusals: 404 missing, 400 a request that S3 calls wrong, 503 everything else.

    Raises:
        Refusal: see above.
    """
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _MISSING:
            raise Refusal(404, f"there is no {what}") from error
        if code in _WRONG:
            raise Refusal(400, f"the storage refused {what}: {code}") from error
        raise Refusal(503, f"the storage refused {what}: {code}") from error
    except BotoCoreError as error:
        raise Refusal(503, f"the storage does not answer for {what}") from error
