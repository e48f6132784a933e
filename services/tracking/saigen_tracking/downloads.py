"""Artifacts that come through the server: streamed from the storage, no file on disk, one chunk in memory.

Plain clients fetch from the storage by signed URL. What still comes this way: clients older than that, and the web
page. MLflow would write each to a temporary file first; the routes below are answered here instead.
"""

from __future__ import annotations

import asyncio
import mimetypes
import posixpath
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from saigen_tracking import wire
from saigen_tracking.errors import Refusal
from saigen_tracking.records import Records
from saigen_tracking.responses import Headers, Scope, Send
from saigen_tracking.routes import Match
from saigen_tracking.rules import MODEL, RUN
from saigen_tracking.storage import Storage, s3_errors

CHUNK_BYTES = 1024 * 1024
_ROUTES = {
    "/api/2.0/mlflow-artifacts/artifacts/<path:artifact_path>": "path",
    "/ajax-api/2.0/mlflow-artifacts/artifacts/<path:artifact_path>": "path",
    "/get-artifact": RUN,
    "/ajax-api/2.0/mlflow/logged-models/<model_id>/artifacts/files": MODEL,
}


class Downloads:
    """Serves the routes that send one artifact."""

    def __init__(self, storage: Storage, records: Records) -> None:
        self._storage = storage
        self._records = records

    @staticmethod
    def source_for(match: Match) -> str | None:
        """How this route names an artifact; None for one that sends none."""
        return _ROUTES.get(match.route.template) if match.route.method == "GET" else None

    async def serve(self, source: str, scope: Scope, send: Send, match: Match) -> bool:
        """Send the artifact; False if it is not in the platform's store (MLflow then says what it thinks of that).

        Raises:
            Refusal: 400 a bad path, 404 no such artifact, 503 a store that does not answer.
        """
        key = await self._key(source, scope["query_string"], match)
        if key is None:
            return False
        await self._send_object(key, scope, send)
        return True

    async def _key(self, source: str, query: bytes, match: Match) -> str | None:
        if source == "path":
            return _safe(match.values["artifact_path"])
        if source == RUN:
            subject, name = wire.query_id(query, "run_id", "run_uuid"), _query_value(query, "path")
        else:
            subject, name = match.values["model_id"], _query_value(query, "artifact_file_path")
        root = await self._records.artifact_root(source, subject)
        if root is None:
            raise Refusal(404, f"there is no {source} {subject}")
        place = urlsplit(root)
        if place.scheme != "mlflow-artifacts" or place.netloc:
            return None
        return posixpath.join(place.path.lstrip("/"), _safe(name))

    async def _send_object(self, key: str, scope: Scope, send: Send) -> None:
        wanted = dict(scope["headers"]).get(b"range")
        asked = {"Range": wanted.decode("latin-1")} if wanted else {}
        only_head = scope["method"] == "HEAD"
        call = self._storage.client.head_object if only_head else self._storage.client.get_object
        found = await asyncio.to_thread(_ask, call, self._storage.settings.bucket, key, asked)
        status = 206 if "ContentRange" in found else 200
        await send({"type": "http.response.start", "status": status, "headers": _headers(key, found)})
        if only_head:
            await send({"type": "http.response.body", "body": b""})
            return
        await _send_chunks(found["Body"], send)


async def _send_chunks(body: Any, send: Send) -> None:
    try:
        while chunk := await asyncio.to_thread(body.read, CHUNK_BYTES):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        body.close()


def _ask(call: Callable[..., dict[str, Any]], bucket: str, key: str, asked: dict[str, str]) -> dict[str, Any]:
    with s3_errors(f"artifact {key}"):
        return call(Bucket=bucket, Key=key, **asked)


def _headers(key: str, found: dict[str, Any]) -> Headers:
    # Always an attachment: a stored HTML page must not run on this site.
    kind = mimetypes.guess_type(key)[0] or "application/octet-stream"
    headers = {
        "content-type": kind,
        "content-length": str(found["ContentLength"]),
        "content-disposition": f"attachment; filename*=UTF-8''{quote(posixpath.basename(key))}",
        "x-content-type-options": "nosniff",
        "accept-ranges": "bytes",
        "etag": found.get("ETag", ""),
    }
    if "ContentRange" in found:
        headers["content-range"] = found["ContentRange"]
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items() if value]


def _safe(path: str) -> str:
    """The path as MLflow itself would read it.

    Raises:
        Refusal: 400, a path that leaves its root.
    """
    from mlflow.exceptions import MlflowException
    from mlflow.utils.uri import validate_path_is_safe

    try:
        return str(validate_path_is_safe(path))
    except (MlflowException, ValueError) as error:
        raise Refusal(400, "the artifact path is not a plain relative path") from error


def _query_value(query: bytes, name: str) -> str:
    values = parse_qs(query.decode("latin-1"), keep_blank_values=True).get(name, [])
    if len(values) != 1 or not values[0]:
        raise Refusal(400, f"{name} is missing, or there more than once")
    return values[0]
