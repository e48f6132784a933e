"""Who the worker is: the file that bootstrap writes where the team declares its service account."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from saigen.errors import BlockedError

FILE = Path("/account/account.json")


@dataclass(frozen=True)
class Account:
    """The service account, with the projects that it reaches."""

    name: str
    secret: str
    email: str
    full_name: str
    organisation: str
    projects: tuple[str, ...]

    def __repr__(self) -> str:
        """Without the secret, so that no message and no traceback shows it."""
        return f"Account({self.name!r}, projects={self.projects!r})"


def read_account(path: Path, expected: str) -> Account:
    """The account of this file.

    Raises:
        BlockedError: there is none, since the team declares none, or it cannot be read.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        values = {key: str(content[key]) for key in ("name", "secret", "email", "full_name", "organisation")}
        return Account(**values, projects=tuple(map(str, content["projects"])))
    except FileNotFoundError:
        raise BlockedError(
            "the worker has no account",
            f"expected {expected!r} (SAIGEN_WORKER) among the team file's service_accounts, as a member, found none",
            f"add {{name: {expected}, role: member, projects: [...]}} to infra/team.yaml, then ./scripts/apply",
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BlockedError(
            "the worker's account cannot be read", f"{path}: {type(error).__name__}", "docker compose up -d --wait"
        ) from None
