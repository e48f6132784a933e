"""MLflow's REST API over HTTP, with the settings of MLflow's own client, which takes seconds to be imported.

Where a server is reached in a way that only MLflow knows (its plugins for requests, signatures, workspaces, a store
that is no server), MLflow's client is used instead: `connect` says so.
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth
from urllib3.util import Retry

from saigen.errors import UsageError

RETRIES, SECONDS = "MLFLOW_HTTP_REQUEST_MAX_RETRIES", "MLFLOW_HTTP_REQUEST_TIMEOUT"
DEFAULTS = {RETRIES: "2", SECONDS: "30"}  # MLflow's own would give up after minutes
_PASSING = (408, 429, 500, 502, 503, 504)  # answers after which MLflow's client tries again
_OF_MLFLOW = ("MLFLOW_TRACKING_AUTH", "MLFLOW_TRACKING_AWS_SIGV4", "MLFLOW_WORKSPACE")
_PLUGINS = "mlflow.request_header_provider"


class AnswerError(Exception):
    """The server refuses. `status`: of HTTP. `message`: what it says."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Rest:
    """One server. Every method raises AnswerError, or OSError where there is no answer. Several threads may use it."""

    def __init__(self, uri: str) -> None:
        self._base = uri.rstrip("/")
        self._timeout = float(os.environ.get(SECONDS, DEFAULTS[SECONDS]))
        self._session = requests.Session()
        self._session.headers["User-Agent"] = "saigen"
        self._session.auth = _authorization()
        self._session.cert = os.environ.get("MLFLOW_TRACKING_CLIENT_CERT_PATH")
        retry = Retry(
            total=int(os.environ.get(RETRIES, DEFAULTS[RETRIES])),
            backoff_factor=float(os.environ.get("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "2")),
            status_forcelist=_PASSING,
            allowed_methods=None,
            raise_on_status=False,
        )
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=retry))

    def get(self, path: str, /, **query: Any) -> Mapping[str, Any]:
        """The answer of `/api/2.0/mlflow/` and a path, as JSON; what is None in the query is not sent."""
        return self._ask("GET", path, params={name: value for name, value in query.items() if value is not None})

    def post(self, path: str, /, **body: Any) -> Mapping[str, Any]:
        """The same with a JSON body."""
        return self._ask("POST", path, json={name: value for name, value in body.items() if value is not None})

    def every(self, method: str, path: str, key: str, /, **query: Any) -> Iterator[Mapping[str, Any]]:
        """What all pages hold under a key, one page after the other."""
        ask = self.get if method == "GET" else self.post
        token = None
        while True:
            page = ask(path, **query, page_token=token)
            yield from page.get(key, ())
            token = page.get("next_page_token")
            if not token:
                return

    def _ask(self, method: str, path: str, **given: Any) -> Mapping[str, Any]:
        url = f"{self._base}/api/2.0/mlflow/{path}"
        answer = self._session.request(method, url, timeout=self._timeout, verify=verification(), **given)
        try:
            found = answer.json()
        except ValueError:
            found = None
        if answer.status_code == 200 and isinstance(found, dict):
            return found
        said = found.get("message") if isinstance(found, dict) else answer.text
        if answer.status_code == 200:
            raise AnswerError(500, f"expected MLflow's JSON, found {answer.text[:100]!r}")
        raise AnswerError(answer.status_code, str(said or answer.reason))


def connect(uri: str) -> Rest | None:
    """The server of a tracking URI; None where only MLflow's own client knows how to reach it."""
    if urlsplit(uri).scheme not in {"http", "https"} or any(os.environ.get(name) for name in _OF_MLFLOW):
        return None
    return None if entry_points(group=_PLUGINS) else Rest(uri)


def login() -> tuple[str | None, str | None]:
    """Name and password for tracking: of the environment, else of MLflow's credentials file, as MLflow reads it.

    Raises:
        UsageError: the file cannot be read.
    """
    file = Path("~/.mlflow/credentials").expanduser()
    parser = configparser.ConfigParser()
    names = ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD")
    try:
        parser.read(file, encoding="utf-8")
        name, password = (os.environ.get(one) or parser.get("mlflow", one.lower(), fallback=None) for one in names)
    except (configparser.Error, OSError, ValueError) as error:
        said = f"expected [mlflow] with a name and a password, found {type(error).__name__}"
        raise UsageError(f"{file} cannot be read", said, "saigen login URL") from None
    return name, password


class _Bearer(AuthBase):
    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _authorization() -> AuthBase | None:
    name, password = login()
    if name and password:
        return HTTPBasicAuth(name.encode(), password.encode())
    token = os.environ.get("MLFLOW_TRACKING_TOKEN")
    return _Bearer(token) if token else None


def verification() -> bool | str | None:
    """Against which certificates; None for those that `requests` finds by itself."""
    if os.environ.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() in {"true", "1"}:
        return False
    return os.environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH")
