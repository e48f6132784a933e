"""Probes of the way to the services: names, certificates, the clock, and tracking as the person who asks."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from saigen.doctor.checks import (
    Check,
    bad,
    good,
    how_to_trust,
    judge_certificate,
    judge_client,
    judge_clock,
    judge_status,
    note,
    skipped,
)
from saigen.errors import SaigenError, UsageError
from saigen.platform import discover
from saigen.tracking.rest import login, verification

if TYPE_CHECKING:
    import requests

TIMEOUT = 10  # seconds
DAY = 86400  # seconds
# Which variables name the authorities that each client trusts: one that is obeyed before what `saigen login` wrote into
# the client's own settings, and one that is obeyed after it.
TRUST = {
    "tracking": ("MLFLOW_TRACKING_SERVER_CERT_PATH", "REQUESTS_CA_BUNDLE"),
    "storage": ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"),
    "git": ("GIT_SSL_CAINFO", "SSL_CERT_FILE"),
}


def way_to(service: str, url: str | None, ca: Path | None = None) -> Iterator[Check]:
    """The name of a service's host, and its certificate where it has one.

    Args:
        ca: what `saigen login` told the plain clients to trust, where no variable says anything else.
    """
    parts = urlsplit(url or "")
    if not parts.hostname:
        yield skipped(service, "no URL is known for it")
        return
    host, port = parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
    try:
        addresses = {str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except OSError as error:
        yield bad(f"DNS {host}", f"the name has no address: {error}", f"check the host in the {service} URL {url}", 4)
        return
    yield good(f"DNS {host}", ", ".join(sorted(addresses)))
    if parts.scheme == "https" and service == "tracking" and verification() is False:
        said = "not looked at, since MLFLOW_TRACKING_INSECURE_TLS is set: anyone on the way may read your password"
        yield note(f"TLS {host}", said, f"unset it, and name the authority's file in {TRUST[service][0]} (docs: TLS)")
    elif parts.scheme == "https":
        yield _certificate(service, host, port, ca)


def _certificate(service: str, host: str, port: int, ca: Path | None) -> Check:
    obeyed = TRUST[service][:1] if ca else TRUST[service]
    variable = next((name for name in obeyed if os.environ.get(name)), None)
    authorities = os.environ[variable] if variable else ca
    try:
        folder = authorities is not None and Path(authorities).is_dir()  # which the clients take as well
        context = ssl.create_default_context(
            cafile=None if folder else authorities, capath=authorities if folder else None
        )
    except OSError as error:
        return bad(f"TLS {host}", f"{authorities} cannot be read: {error}", how_to_trust(variable), 3)
    try:
        with (
            socket.create_connection((host, port), TIMEOUT) as plain,
            context.wrap_socket(plain, server_hostname=host) as secure,
        ):
            said = secure.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        return bad(f"TLS {host}", f"not trusted here: {error.verify_message}", how_to_trust(variable), 3)
    except OSError as error:
        return bad(f"TLS {host}", f"{host}:{port} does not answer: {error}", "docker compose ps    (on its machine)", 4)
    begin, end = (ssl.cert_time_to_seconds(str(said[name])) / DAY for name in ("notBefore", "notAfter"))
    return judge_certificate(host, end - datetime.now(timezone.utc).timestamp() / DAY, end - begin)


def tracking(uri: str | None) -> Iterator[Check]:
    """The tracking API, asked as the person at this machine; and its clock."""
    if not uri or urlsplit(uri).scheme not in {"http", "https"}:
        yield skipped("tracking", "no server is in use" if not uri else f"{uri} is no server")
        return
    import requests

    name, password = login()
    try:
        answer = requests.get(
            f"{uri.rstrip('/')}/api/2.0/mlflow/experiments/search",
            params={"max_results": 1},
            auth=(name, password) if name and password else None,
            timeout=TIMEOUT,
            verify=verification(),
        )
    except requests.RequestException as error:
        yield bad("tracking", f"{uri} does not answer: {error}"[:300], "docker compose ps    (on its machine)", 4)
        return
    except OSError as error:  # the file of the authorities to trust
        variable = next((one for one in TRUST["tracking"] if os.environ.get(one)), None)
        yield bad("tracking", str(error), how_to_trust(variable), 3)
        return
    yield judge_status("tracking", answer.status_code, name or "somebody without a name", _message(answer))
    yield _clock(answer.headers.get("Date"))


def client(uri: str | None, ca: Path | None = None) -> Check:
    """This client beside the one that the platform gives out."""
    if not uri or urlsplit(uri).scheme not in {"http", "https"}:
        return skipped("client", "no platform is known to compare it with")
    obeyed = os.environ.get(TRUST["tracking"][0])
    try:
        there = discover(uri, Path(obeyed) if obeyed else ca, TIMEOUT)
    except UsageError:
        return skipped("client", f"{uri} is no Saigen platform, any client may be used with it")
    except SaigenError as error:
        return skipped("client", f"the platform's version is not known: {error.why}")
    return judge_client(version("saigen"), there.version, there.client)


def _message(answer: requests.Response) -> str:
    try:
        content = answer.json()
    except ValueError:
        return answer.text.strip().splitlines()[0] if answer.text.strip() else ""
    return str(content.get("message", "")) if isinstance(content, dict) else ""


def _clock(date: str | None) -> Check:
    try:
        there = parsedate_to_datetime(date or "")
    except (TypeError, ValueError):
        return note("clock", "the server says no time to compare with")
    return judge_clock((datetime.now(timezone.utc) - there).total_seconds())
