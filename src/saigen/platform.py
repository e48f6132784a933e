"""Where a platform's parts are: the document that its gateway answers at `/.well-known/saigen`."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from saigen.errors import BlockedError, SaigenError, UnreachableError, UsageError

WELL_KNOWN = "/.well-known/saigen"
LARGEST_DOCUMENT = 64 * 1024  # bytes; the document has about 500


@dataclass(frozen=True)
class Platform:
    """One platform, as it describes itself.

    Attributes:
        version: the platform's version, `0.1.0`.
        tracking: URL for MLFLOW_TRACKING_URI.
        storage: S3 endpoint URL, for AWS_ENDPOINT_URL_S3.
        git: URL of the forge, without an organisation.
        ca_certificate: URL of the platform's own certificate authority (PEM), or None where it has none.
        client: URL of the client's wheel that belongs to this platform.
    """

    version: str
    tracking: str
    storage: str
    git: str
    ca_certificate: str | None
    client: str


def well_known(url: str) -> str:
    """The discovery document's URL for the tracking URL that a person typed.

    Raises:
        UsageError: the URL is not an http or https URL with a host.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError(
            "this is not a platform's URL",
            f"expected http://HOST:PORT or https://HOST:PORT, found {url!r}",
            "saigen platform http://localhost:5000",
        )
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{WELL_KNOWN}"


def parse(document: bytes, source: str) -> Platform:
    """The platform that a discovery document describes. Members that this client does not know are ignored.

    Raises:
        UsageError: the document is not a platform's.
    """
    try:
        content = json.loads(document)
    except ValueError:
        raise _not_a_platform(source, "no JSON") from None
    if not isinstance(content, dict):
        raise _not_a_platform(source, f"JSON of type {type(content).__name__}")
    values: dict[str, Any] = {field.name: content.get(field.name) for field in fields(Platform)}
    wrong = [name for name, value in values.items() if not _fits(name, value)]
    if wrong:
        raise _not_a_platform(source, f"JSON without a valid {', '.join(wrong)}")
    return Platform(**values)


def discover(url: str, ca: Path | None = None, timeout: float = 10.0) -> Platform:
    """Ask the platform at `url` where its parts are. No credentials are needed or sent.

    Args:
        url: the tracking URL.
        ca: PEM file with the certificate authority to trust instead of the system's.
        timeout: seconds to wait for an answer.

    Raises:
        UsageError: not a URL, or no platform there. UnreachableError: no answer.
        BlockedError: the platform's certificate, or the file `ca`, cannot be used.
    """
    source = well_known(url)
    request = urllib.request.Request(source, headers={"Accept": "application/json"})  # noqa: S310  the scheme was checked
    try:
        with urllib.request.urlopen(request, timeout=timeout, context=_trust(ca)) as response:  # noqa: S310
            return parse(response.read(LARGEST_DOCUMENT), source)
    except urllib.error.HTTPError as error:
        raise _refused(source, error) from error
    except OSError as error:
        raise _unreachable(source, error) from error


def _fits(name: str, value: object) -> bool:
    if name == "version":
        return isinstance(value, str) and bool(value)
    if name == "ca_certificate" and value is None:
        return True
    return isinstance(value, str) and urlsplit(value).scheme in {"http", "https"}


def _trust(ca: Path | None) -> ssl.SSLContext:
    if ca is None:
        return ssl.create_default_context()
    try:
        return ssl.create_default_context(cafile=str(ca))
    except OSError as error:
        raise BlockedError(
            "the certificate authority cannot be read",
            f"expected a PEM file at {ca}, found: {error}",
            "docker compose exec -T gateway saigen-gateway ca > ca.crt    (on the platform's machine)",
        ) from error


def _not_a_platform(source: str, found: str) -> UsageError:
    return UsageError(
        "there is no Saigen platform at this URL",
        f"expected a discovery document at {source}, found {found}",
        "check the URL and the port: it is the one of MLFLOW_TRACKING_URI",
    )


def _refused(source: str, error: urllib.error.HTTPError) -> SaigenError:
    message = error.read(500).decode("utf-8", "replace").strip()
    if error.code >= 500:
        return UnreachableError(
            "the platform does not answer", f"{source}: {error.code} {message}", "try again in a moment"
        )
    if message.startswith("saigen: "):
        return UsageError(
            "the platform refused", message.removeprefix("saigen: "), "use the name that the message gives"
        )
    return _not_a_platform(source, f"status {error.code}")


def _unreachable(source: str, error: OSError) -> SaigenError:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return BlockedError(
            "the platform's certificate is not trusted here",
            f"{source}: {reason.verify_message}",
            "fetch the platform's ca.crt and pass it with --ca FILE",
        )
    return UnreachableError(
        "the platform does not answer", f"{source}: {reason}", "docker compose ps    (on its machine)"
    )
