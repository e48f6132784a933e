"""The table of secret files: what `init` writes into which volume. Nobody else makes these.

A *primary* file is made at random. A *derived* file says the same secret in the form that its reader takes, so it is
never random: it is rendered from its primary, and the primary can be recovered from it.
"""

from __future__ import annotations

import configparser
import io
import json
from collections.abc import Callable
from dataclasses import dataclass

from ..settings import PLATFORM
from ..tracking.access import Entry, first_access, parse_access
from . import random

STORAGE_ROOT = "saigen-root"


@dataclass(frozen=True)
class Primary:
    """A secret of its own: `file` is `volume/name`. What an `irreplaceable` one encrypted is lost without it."""

    file: str
    make: Callable[[], str]
    irreplaceable: bool = False


@dataclass(frozen=True)
class Derived:
    """The same secret as `primary`, written for another reader.

    `recover` gives the primary back (None when it cannot), `agrees` overrides the comparison of the two.
    """

    file: str
    primary: str
    render: Callable[[str], str]
    recover: Callable[[str], str | None]
    agrees: Callable[[str, str], bool] | None = None


def _pgpass(database: str, role: str) -> tuple[Callable[[str], str], Callable[[str], str | None]]:
    prefix = f"postgres:5432:{database}:{role}:"

    def recover(text: str) -> str | None:
        line = text.strip()
        return line.removeprefix(prefix) if line.startswith(prefix) else None

    return lambda password: f"{prefix}{password}\n", recover


def _aws_file(account: str) -> Callable[[str], str]:
    return lambda secret: f"[default]\naws_access_key_id = {account}\naws_secret_access_key = {secret}\n"


def _aws_secret(text: str) -> str | None:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_file(io.StringIO(text))
        return parser.get("default", "aws_secret_access_key")
    except configparser.Error:
        return None


def _root_file(password: str) -> str:
    return json.dumps({"user": STORAGE_ROOT, "password": password}) + "\n"


def _root_password(text: str) -> str | None:
    try:
        root = json.loads(text)
        return str(root["password"]) if root["user"] == STORAGE_ROOT else None
    except (ValueError, KeyError, TypeError):
        return None


def _platform_served(token: str, access: str) -> bool:
    entries = parse_access(access)
    return entries is not None and entries.get(PLATFORM) == Entry.of("maintainer", token)


def _same(text: str) -> str:
    return text


PRIMARIES = (
    Primary("postgres/bootstrap-password", random.word),
    Primary("postgres/mlflow-password", random.word),
    Primary("postgres/git-password", random.word),
    Primary("storage/root-user", lambda: STORAGE_ROOT),
    Primary("storage/root-password", random.word),
    Primary("storage/kms-key", random.storage_key, irreplaceable=True),
    Primary("git/secret-key", random.word, irreplaceable=True),
    Primary("git/internal-token", random.word),
    Primary("git/jwt-secret", random.signing_key),
    Primary("git/admin-password", random.word),
    Primary("bootstrap/storage-tracking", random.word),
    Primary("bootstrap/storage-gate", random.word),
    Primary("bootstrap/tracking-token", random.word),
)

DERIVED = (
    Derived("tracking/pgpass", "postgres/mlflow-password", *_pgpass("mlflow", "mlflow")),
    Derived("git/pgpass", "postgres/git-password", *_pgpass("git", "git")),
    Derived("bootstrap/pgpass", "postgres/bootstrap-password", *_pgpass("*", "bootstrap")),
    Derived("bootstrap/storage-root", "storage/root-password", _root_file, _root_password),
    Derived("tracking/aws-credentials", "bootstrap/storage-tracking", _aws_file("tracking"), _aws_secret),
    Derived("git/gate-credentials", "bootstrap/storage-gate", _aws_file("gate"), _aws_secret),
    Derived("bootstrap/git-admin-password", "git/admin-password", _same, _same),
    Derived("access/people.json", "bootstrap/tracking-token", first_access, lambda _: None, _platform_served),
)

FILES = tuple(item.file for item in (*PRIMARIES, *DERIVED))
