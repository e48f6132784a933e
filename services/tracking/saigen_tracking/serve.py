"""`serve`: check that everything needed is there, then become `mlflow server`.

MLflow is started through its own command line with our app and our artifact scheme; nothing secret is in the
environment or the arguments: passwords are read from files by libpq and boto3.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from saigen_tracking.access import InvalidPeopleError, parse_people
from saigen_tracking.errors import TrackingError
from saigen_tracking.settings import Settings, read_settings

SECRETS = Path("/secrets")
PORT = 5000


def server_environment(settings: Settings, secrets: Path = SECRETS) -> dict[str, str]:
    """What the server and the libraries in it are told through the environment."""
    return {
        "PGPASSFILE": str(secrets / "pgpass"),
        "AWS_SHARED_CREDENTIALS_FILE": str(secrets / "aws-credentials"),
        "AWS_DEFAULT_REGION": settings.s3_region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "MLFLOW_S3_ENDPOINT_URL": settings.s3_endpoint_url,
        # 5 connections, the default, are thrown away and made anew under eight clients: 187 instead of 265 requests/s.
        "MLFLOW_SQLALCHEMYSTORE_POOL_SIZE": "32",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DEPLOYMENTS_TARGET": "",  # nothing that `gateway-proxy` could call
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
    }


def server_command(settings: Settings, workers: int) -> list[str]:
    """The command line of the server.

    All hosts are allowed: MLflow's own list lets `10.evil.com` in, and the gateway in front checks host and origin.
    """
    return [
        *("mlflow", "server", "--app-name", "saigen"),
        *("--host", "0.0.0.0", "--port", str(PORT), "--workers", str(workers)),  # noqa: S104 - the container's network
        *("--backend-store-uri", settings.store_uri),
        *("--serve-artifacts", "--artifacts-destination", settings.artifacts_uri),
        *("--allowed-hosts", "*"),
        *("--uvicorn-opts", "--loop uvloop --http httptools --no-access-log"),
    ]


def worker_count(environ: Mapping[str, str]) -> int:
    """SAIGEN_TRACKING_WORKERS, 2 if unset.

    Raises:
        TrackingError: not a number from 1 to 64.
    """
    text = environ.get("SAIGEN_TRACKING_WORKERS") or "2"
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise TrackingError(
            "SAIGEN_TRACKING_WORKERS is not a number of workers",
            f"expected 1 to 64, found {text!r}",
            "set SAIGEN_TRACKING_WORKERS in .env",
            2,
        )
    return int(text)


def require_files(*paths: Path) -> None:
    """Refuse to start without a secret.

    Raises:
        TrackingError: a file that is missing or empty.
    """
    for path in paths:
        if not path.is_file() or path.stat().st_size == 0:
            raise TrackingError(
                f"expected secret {path}, found none",
                "the server never starts without it, and has no default",
                "docker compose up init, then look at `docker compose logs init`",
            )


def require_people(path: Path) -> None:
    """Refuse to start when nobody could sign in.

    Raises:
        TrackingError: the people file is missing or invalid.
    """
    require_files(path)
    try:
        parse_people(path.read_bytes())
    except (OSError, InvalidPeopleError) as error:
        raise TrackingError(
            f"{path} does not say who may call", str(error), "docker compose up bootstrap, which writes it anew", 2
        ) from error


def main() -> int:
    """Check, then exec."""
    try:
        settings, workers = read_settings(), worker_count(os.environ)
        require_files(SECRETS / "pgpass", SECRETS / "aws-credentials")
        require_people(settings.people_file)
    except TrackingError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    command = server_command(settings, workers)
    environment = {**os.environ, **server_environment(settings)}
    return os.execvpe(command[0], command, environment)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    sys.exit(main())
