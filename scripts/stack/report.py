"""Asks the running gateway where everything is and prints it: what is printed has just answered."""

from __future__ import annotations

import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
from typing import Any

from preflight import settings
from preflight.settings import Settings

WELL_KNOWN = "/.well-known/saigen"


class UnreachableError(Exception):
    """The gateway did not answer as it should; the text says what was found."""


def main() -> int:
    """Print the report; 4 where the gateway does not answer."""
    held = settings.load(settings.ROOT, os.environ)
    try:
        platform = ask(held)
    except (UnreachableError, OSError, http.client.HTTPException, ValueError) as error:
        where = f"{held['SAIGEN_HOST']}:{held['SAIGEN_TRACKING_PORT']}"
        print(f"FAIL: expected the gateway to answer {WELL_KNOWN} at {where}, found {error}", file=sys.stderr)
        print("next: docker compose logs gateway", file=sys.stderr)
        return 4
    print(text(platform, held["SAIGEN_TEAM_FILE"]))
    return 0


def text(platform: dict[str, Any], team_file: str) -> str:
    """The report on what the gateway answered."""
    rows = [
        ("tracking", platform["tracking"], "runs: see, compare, review; MLFLOW_TRACKING_URI"),
        ("storage", platform["storage"], "S3: artifacts and DVC data"),
        ("git", platform["git"], "repositories, reviews"),
    ]
    width = max(len(address) for _, address, _ in rows)
    lines = [f"\nSaigen {platform['version']} is up.\n"]
    lines += [f"  {name:<10} {address:<{width}}  {use}" for name, address, use in rows]
    lines.append(f"  client     uv pip install {platform['client']}")
    if platform.get("ca_certificate"):
        lines.append(f"  CA         {platform['ca_certificate']} (./scripts/credentials hands it to the clients)")
    lines += [
        f"\nThe people in {team_file} sign in everywhere with one name and one secret, printed by:\n",
        "  ./scripts/credentials NAME            # as shipped: captain (administrator), author, reviewer",
        '  eval "$(./scripts/credentials NAME)"  # ready to work in this shell with mlflow, dvc, git and aws',
    ]
    return "\n".join(lines)


def ask(held: Settings) -> dict[str, Any]:
    """GET /.well-known/saigen from the published port, checking the certificate where there is one.

    Raises UnreachableError, OSError (also for a certificate that does not fit), HTTPException or ValueError (no JSON).
    """
    host, port = held["SAIGEN_HOST"], int(held["SAIGEN_TRACKING_PORT"])
    # The public name may not lead here from inside (NAT, a proxy in front): the address that we publish on does.
    bind = "127.0.0.1" if held["SAIGEN_BIND"] == "0.0.0.0" else held["SAIGEN_BIND"]  # noqa: S104 a comparison
    raw = socket.create_connection((bind, port), timeout=10)
    connection = http.client.HTTPConnection(host, port, timeout=10)
    plain = held["SAIGEN_TLS"] in {"", "off"}
    connection.sock = raw if plain else _context(held, (bind, port)).wrap_socket(raw, server_hostname=host)
    try:
        connection.request("GET", WELL_KNOWN)
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise UnreachableError(f"status {answer.status}")
    found: dict[str, Any] = json.loads(body)
    return found


def _context(held: Settings, address: tuple[str, int]) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if held["SAIGEN_TLS"] == "internal":
        command = ["docker", "compose", "exec", "-T", "gateway", "saigen-gateway", "ca"]
        certificate = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        if not certificate:
            raise UnreachableError("no certificate of its own authority")
        context.load_verify_locations(cadata=certificate)
    else:
        # An authority that only the clients know may have signed it: it has to be this certificate, for this host.
        try:
            context.load_verify_locations(cafile=str(held.path("SAIGEN_TLS_DIR") / "cert.pem"))
        except PermissionError:  # for the gateway only: then it is for this host, and the one that the gateway shows
            context.load_verify_locations(cadata=ssl.get_server_certificate(address))
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


if __name__ == "__main__":
    sys.exit(main())
