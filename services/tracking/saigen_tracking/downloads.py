"""Routes that send one artifact: answered with where it is, a signed URL on the address that the client used.

MLflow would write each artifact to a temporary file and send it from there. Redirected, every client, old or new, and
the web page fetch it from the storage, in one stream at its speed.
"""

from __future__ import annotations

import asyncio
import posixpath
import re
from urllib.parse import parse_qs, urlsplit

from saigen_tracking import wire
from saigen_tracking.errors import Refusal
from saigen_tracking.records import Records
from saigen_tracking.responses import Scope, Send, answer
from saigen_tracking.routes import Match
from saigen_tracking.rules import MODEL, RUN, VERSION
from saigen_tracking.signing import DOWNLOAD_SECONDS, saved_as
from saigen_tracking.storage import Storage

_ROUTES = {
    "/api/2.0/mlflow-artifacts/artifacts/<path:artifact_path>": "path",
    "/ajax-api/2.0/mlflow-artifacts/artifacts/<path:artifact_path>": "path",
    "/get-artifact": RUN,
    "/model-versions/get-artifact": VERSION,
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
        """Say where the artifact is; False if it is not in the platform's store: MLflow has an answer to that.

        Raises:
            Refusal: 400 a bad path, 404 no such artifact, 503 a store that does not answer.
        """
        key = await self._key(source, scope["query_string"], match)
        if key is None:
            return False
        await asyncio.to_thread(self._storage.size, key)
        url = self._storage.sign(scope["method"], key, DOWNLOAD_SECONDS, saved_as(key))
        await answer(send, 307, b"", [(b"location", url.encode("ascii")), (b"cache-control", b"no-store")])
        return True

    async def _key(self, source: str, query: bytes, match: Match) -> str | None:
        if source == "path":
            return _safe(match.values["artifact_path"])
        subject, name = _named(source, query, match)
        root = await self._root(source, *subject)
        place = urlsplit(root)
        if place.scheme == "mlflow-artifacts" and not place.netloc:
            return posixpath.join(place.path.lstrip("/"), _safe(name))
        if source == VERSION:  # its source is what a client said, and MLflow would fetch it to our temporary folder
            raise Refusal(404, f"{source} {' '.join(subject)} has no files in the platform's store: it is {root}")
        return None

    async def _root(self, kind: str, *subject: str) -> str:
        root = await self._records.artifact_root(kind, *subject)
        if root is None:
            raise Refusal(404, f"there is no {kind} {' '.join(subject)}")
        if kind == VERSION and root.startswith("runs:/"):
            run_id, _, below = root.removeprefix("runs:/").partition("/")
            return posixpath.join(await self._root(RUN, run_id), below)
        return root


def _named(source: str, query: bytes, match: Match) -> tuple[tuple[str, ...], str]:
    """What the artifact belongs to, and its path there."""
    if source == MODEL:
        return (match.values["model_id"],), _query_value(query, "artifact_file_path")
    if source == RUN:
        return (wire.query_id(query, "run_id", "run_uuid"),), _query_value(query, "path")
    version = _query_value(query, "version")
    if not re.fullmatch(r"[0-9]{1,9}", version):
        raise Refusal(400, "version is not a number")
    return (_query_value(query, "name"), version), _query_value(query, "path")


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
