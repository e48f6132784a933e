"""Who has which role: the file that bootstrap writes. Whoever is not in it is a viewer."""

from __future__ import annotations

import json
from pathlib import Path

from saigen.errors import BlockedError

FILE = Path("/gate/roles.json")
ROLES = ("viewer", "member", "maintainer")


def role_of(name: str, file: Path = FILE) -> str:
    """The role of an account.

    Raises:
        BlockedError: the file is missing or is none of ours, so nobody's role is known.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        role = content["roles"].get(name, ROLES[0]) if content["version"] == 1 else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unknown(type(error).__name__) from error
    if role not in ROLES:
        raise _unknown(f"role {role!r}")
    return str(role)


def _unknown(found: str) -> BlockedError:
    return BlockedError(
        "it is not known who may do what here",
        f"expected the roles that infra/team.yaml declares, found {found}",
        "whoever runs the platform: docker compose up -d --wait",
    )
