"""How the gate reaches the storage: from inside the stack, with an account of its own that only reads."""

from __future__ import annotations

import configparser
from collections.abc import MutableMapping
from pathlib import Path

from saigen.errors import BlockedError

CREDENTIALS = Path("/secrets/gate-credentials")
ENDPOINT = "http://storage:9000"
BUCKET = "dvc"


def reach_storage(environment: MutableMapping[str, str], file: Path = CREDENTIALS) -> None:
    """Let this process reach the storage, whatever a pushed configuration says.

    Raises:
        BlockedError: there are no credentials.
    """
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(file.read_text(encoding="utf-8"))
        account = dict(parser["default"])
        keys = {name.upper(): account[name] for name in ("aws_access_key_id", "aws_secret_access_key")}
    except (OSError, KeyError, configparser.Error) as error:
        raise BlockedError(
            "the gate has no account at the storage",
            f"expected credentials, found {type(error).__name__}",
            "whoever runs the platform: docker compose up -d --wait",
        ) from error
    environment.update({**keys, "AWS_ENDPOINT_URL_S3": ENDPOINT, "AWS_REGION": "us-east-1"})
