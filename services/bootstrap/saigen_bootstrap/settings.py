"""Where things are: files inside the container, services inside the stack, URLs outside of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import UP, UsageError

REGION = "us-east-1"
PLATFORM = "saigen-platform"
TEMPLATE = "template"


@dataclass(frozen=True)
class Urls:
    """The three ways in, without a trailing slash."""

    tracking: str
    storage: str
    git: str


INNER = Urls(tracking="http://tracking:5000", storage="http://storage:9000", git="http://git:3000")


@dataclass(frozen=True)
class Paths:
    """Files and folders inside the bootstrap container."""

    init: Path = Path("/init")
    secrets: Path = Path("/secrets")
    access: Path = Path("/access")
    gate: Path = Path("/gate")
    worker: Path = Path("/worker")
    team: Path = Path("/infra/team.yaml")
    policies: Path = Path("/infra/policies")
    template: Path = Path("/infra/template")
    demo: Path = Path("/opt/demo")
    template_environment: Path = Path("/opt/template/.venv")
    scratch: Path = Path("/tmp")  # noqa: S108 - a tmpfs of this container alone


def worker_name(environment: Mapping[str, str]) -> str:
    """The name of the service account that the worker works under, where the team declares it."""
    return environment.get("SAIGEN_WORKER") or "worker"


def public_urls(environment: Mapping[str, str]) -> Urls:
    """The URLs that people use, from SAIGEN_HOST, SAIGEN_TLS and the three ports.

    Raises UsageError for a SAIGEN_TLS that is none of off, internal, files.
    """
    tls = environment.get("SAIGEN_TLS") or "off"
    if tls not in ("off", "internal", "files"):
        why = f"expected off, internal or files, found {tls!r}"
        raise UsageError("SAIGEN_TLS has no such choice", why, f"edit .env, then {UP}")
    scheme = "http" if tls == "off" else "https"
    host = environment.get("SAIGEN_HOST") or "localhost"

    def url(variable: str, port: str) -> str:
        return f"{scheme}://{host}:{environment.get(variable) or port}"

    return Urls(
        tracking=url("SAIGEN_TRACKING_PORT", "5000"),
        storage=url("SAIGEN_STORAGE_PORT", "9000"),
        git=url("SAIGEN_GIT_PORT", "3000"),
    )
