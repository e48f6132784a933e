"""Where the three stores are. All of it can be set, so that the parts can run apart; nothing of it is secret."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from saigen_tracking.errors import TrackingError

SCHEME = "saigen"


@dataclass(frozen=True)
class Settings:
    """Settings of the tracking service.

    Attributes:
        database_url: libpq URL without a password (libpq finds it in PGPASSFILE).
        s3_endpoint_url: where the server itself reaches the object storage.
        s3_public_url: where clients reach it; empty: at the host by which they reached this server (the gateway).
        s3_region: region that signatures name.
        bucket: bucket of run artifacts.
        people_file: who may call.
    """

    database_url: str = "postgresql://mlflow@postgres:5432/mlflow"
    s3_endpoint_url: str = "http://storage:9000"
    s3_public_url: str = ""
    s3_region: str = "us-east-1"
    bucket: str = "mlflow"
    people_file: Path = Path("/access/people.json")

    @property
    def store_uri(self) -> str:
        """The database as SQLAlchemy is told: `postgresql://` alone would mean psycopg 3."""
        return self.database_url.replace("postgresql://", "postgresql+psycopg2://", 1)

    @property
    def artifacts_uri(self) -> str:
        """The artifacts destination, under our own scheme."""
        return f"{SCHEME}://{self.bucket}"


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment; an empty variable is an unset one.

    Raises:
        TrackingError: a URL that is none, or one that holds a password.
    """
    given = os.environ if environ is None else environ

    def setting(name: str, default: str) -> str:
        return given.get(name) or default

    settings = Settings(
        database_url=setting("SAIGEN_DATABASE_URL", Settings.database_url),
        s3_endpoint_url=setting("SAIGEN_S3_ENDPOINT_URL", Settings.s3_endpoint_url),
        s3_public_url=setting("SAIGEN_S3_PUBLIC_URL", "").rstrip("/"),
        s3_region=setting("SAIGEN_S3_REGION", Settings.s3_region),
        bucket=setting("SAIGEN_ARTIFACT_BUCKET", Settings.bucket),
        people_file=Path(setting("SAIGEN_PEOPLE_FILE", str(Settings.people_file))),
    )
    _require_url("SAIGEN_DATABASE_URL", settings.database_url, ("postgresql",))
    _require_url("SAIGEN_S3_ENDPOINT_URL", settings.s3_endpoint_url, ("http", "https"))
    if settings.s3_public_url:
        _require_url("SAIGEN_S3_PUBLIC_URL", settings.s3_public_url, ("http", "https"))
    return settings


def _require_url(name: str, url: str, schemes: tuple[str, ...]) -> None:
    parts = urlsplit(url)
    if parts.scheme not in schemes or not parts.hostname:
        raise TrackingError(
            f"{name} is not an address", f"expected {schemes[0]}://HOST..., found another form", f"set {name}", 2
        )
    if parts.password is not None:
        raise TrackingError(
            f"{name} holds a password", "expected none: it belongs into /secrets/pgpass", f"take it out of {name}", 2
        )
