"""Where the platform is, seen from the worker: at the gateway, as for everybody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

INNER = "gateway"  # the service's name in the Compose file; the gateway answers to it


@dataclass(frozen=True)
class Places:
    """The three ways in, without a trailing slash. `ca`: where the gateway hands out its own authority, or None."""

    tracking: str
    storage: str
    git: str
    ca: str | None = None


def places(environment: Mapping[str, str]) -> Places:
    """The ways in, by the settings of the platform.

    The gateway's own certificate (SAIGEN_TLS=internal) holds its inner name. One of the team's (files) holds the public
    name only, so then the worker goes the way of everybody else, by that name and the published ports.
    """
    tls = environment.get("SAIGEN_TLS") or "off"
    if tls == "files":
        host = environment.get("SAIGEN_HOST") or "localhost"
        ports = [environment.get(f"SAIGEN_{what}_PORT") or port for what, port in _PORTS]
    else:
        host, ports = INNER, [port for _, port in _PORTS]
    scheme = "http" if tls == "off" else "https"
    tracking, storage, git = (f"{scheme}://{host}:{port}" for port in ports)
    return Places(tracking, storage, git, f"{tracking}/.well-known/saigen/ca.crt" if tls == "internal" else None)


_PORTS = (("TRACKING", "5000"), ("STORAGE", "9000"), ("GIT", "3000"))
