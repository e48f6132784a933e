"""The artifact repository that `--artifacts-destination saigen://BUCKET` loads (official entry point of MLflow).

Large files travel between client and storage: URLs are signed for the host by which the client reached us. What a
client sends through the server is passed on as it comes, in parts, without a temporary file.
"""

from __future__ import annotations

import posixpath
from collections.abc import AsyncIterable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, NoReturn
from urllib.parse import urlsplit

from mlflow.entities.multipart_upload import CreateMultipartUploadResponse, MultipartUploadCredential
from mlflow.entities.presigned_download import PresignedDownloadUrlResponse
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import (
    INVALID_PARAMETER_VALUE,
    PERMISSION_DENIED,
    RESOURCE_DOES_NOT_EXIST,
    TEMPORARILY_UNAVAILABLE,
)
from mlflow.store.artifact.artifact_repo import StreamUploadMixin
from mlflow.store.artifact.s3_artifact_repo import S3ArtifactRepository

from saigen_tracking.errors import Refusal
from saigen_tracking.settings import SCHEME, read_settings
from saigen_tracking.signing import DOWNLOAD_SECONDS, saved_as, upload_seconds
from saigen_tracking.storage import Storage, s3_errors
from saigen_tracking.uploads import upload_stream

# Clients know two ways to download. By ranges, 100 MB each in memory, with a second try for each: two to three times
# slower than the storage. In one stream: at its speed, and from the start again when the line breaks, which hurts for
# large files only.
ONE_STREAM_BYTES = 4 * 1024**3

_CODES = {400: INVALID_PARAMETER_VALUE, 404: RESOURCE_DOES_NOT_EXIST, 503: TEMPORARILY_UNAVAILABLE}
_storage: Storage | None = None


def _shared_storage() -> Storage:
    global _storage  # noqa: PLW0603 - MLflow makes a repository for every trace; the client is made once
    if _storage is None:
        _storage = Storage(read_settings())
    return _storage


class PlatformArtifacts(S3ArtifactRepository, StreamUploadMixin):  # type: ignore[misc]
    """Artifacts in the platform's bucket."""

    def __init__(self, artifact_uri: str, tracking_uri: str | None = None, registry_uri: str | None = None) -> None:
        super().__init__(artifact_uri, tracking_uri=tracking_uri, registry_uri=registry_uri)
        self._platform = _shared_storage()
        place = urlsplit(artifact_uri)
        if place.scheme != SCHEME or place.netloc != self._platform.settings.bucket:
            raise MlflowException(f"not in the platform's store: {artifact_uri}", error_code=PERMISSION_DENIED)

    def parse_s3_compliant_uri(self, uri: str) -> tuple[str, str]:
        """Bucket and key of one of our URIs."""
        place = urlsplit(uri)
        return place.netloc, place.path.removeprefix("/")

    def _get_s3_client(self) -> Any:
        return self._platform.client

    def _key(self, *parts: str | None) -> str:
        _, root = self.parse_s3_compliant_uri(self.artifact_uri)
        return posixpath.join(root, *(part for part in parts if part))

    def create_multipart_upload(
        self, local_file: str, num_parts: int = 1, artifact_path: str | None = None
    ) -> CreateMultipartUploadResponse:
        """Begin an upload in parts; the URLs live as long as an upload of that size may take."""
        key = self._key(artifact_path, posixpath.basename(local_file))
        with _mlflow_errors(key):
            begun = self._platform.client.create_multipart_upload(Bucket=self._platform.settings.bucket, Key=key)
        upload_id, seconds = begun["UploadId"], upload_seconds(num_parts)
        credentials = [
            MultipartUploadCredential(
                url=self._platform.sign("PUT", key, seconds, {"partNumber": str(number), "uploadId": upload_id}),
                part_number=number,
                headers={},
            )
            for number in range(1, num_parts + 1)
        ]
        return CreateMultipartUploadResponse(credentials=credentials, upload_id=upload_id)

    def complete_multipart_upload(self, *arguments: Any, **named: Any) -> None:
        """As MLflow's, with a wrong upload being the client's fault (400, 404)."""
        with _mlflow_errors("upload"):
            super().complete_multipart_upload(*arguments, **named)

    def abort_multipart_upload(self, *arguments: Any, **named: Any) -> None:
        """As MLflow's, with a wrong upload being the client's fault (404)."""
        with _mlflow_errors("upload"):
            super().abort_multipart_upload(*arguments, **named)

    def get_download_presigned_url(
        self, artifact_path: str, expiration: int = DOWNLOAD_SECONDS
    ) -> PresignedDownloadUrlResponse:
        """A URL for one artifact, for at most DOWNLOAD_SECONDS, always saved rather than shown by a browser.

        Without its size a client does not fetch it by ranges; it asks the server, which sends it here all the same.
        """
        key = self._key(artifact_path)
        with _mlflow_errors(key):
            size = self._platform.size(key)
        url = self._platform.sign("GET", key, min(expiration, DOWNLOAD_SECONDS), saved_as(key))
        return PresignedDownloadUrlResponse(url=url, headers={}, file_size=size if size > ONE_STREAM_BYTES else None)

    def create_presigned_upload_url(self, *_arguments: Any, **_named: Any) -> NoReturn:
        """Never: one URL for a whole file would be neither short nor bound to a run's author."""
        raise MlflowException("uploads in one signed request are switched off", error_code=PERMISSION_DENIED)

    def list_artifacts(self, path: str | None = None) -> Any:
        """As MLflow's, with the storage's state being no fault of the server's code."""
        with _mlflow_errors(path or "the artifact root"):
            return super().list_artifacts(path)

    def _download_file(self, remote_file_path: str, local_path: str) -> None:
        with _mlflow_errors(f"artifact {remote_file_path}"):
            super()._download_file(remote_file_path, local_path)

    def log_artifact_from_stream(
        self, stream: BinaryIO, artifact_file_name: str, artifact_path: str | None = None
    ) -> None:
        """Pass a stream on to the storage, in parts."""
        key = self._key(artifact_path, posixpath.basename(artifact_file_name))
        with _mlflow_errors(key):
            self._platform.client.upload_fileobj(stream, self._platform.settings.bucket, key)

    async def log_artifact_from_async_stream(
        self, chunks: AsyncIterable[bytes], artifact_file_name: str, artifact_path: str | None = None
    ) -> None:
        """Pass a request's body on to the storage as it arrives."""
        key = self._key(artifact_path, posixpath.basename(artifact_file_name))
        with _mlflow_errors(key):
            await upload_stream(self._platform, key, chunks)


class ForeignPlace:
    """Every other scheme: whatever URI is stored somewhere, this server opens no place but the platform's bucket."""

    def __init__(self, artifact_uri: str, **_named: Any) -> None:
        raise MlflowException(f"not in the platform's store: {artifact_uri}", error_code=PERMISSION_DENIED)


@contextmanager
def _mlflow_errors(what: str) -> Iterator[None]:
    try:
        with s3_errors(what):
            yield
    except Refusal as refusal:
        raise MlflowException(refusal.reason, error_code=_CODES[refusal.status]) from refusal
