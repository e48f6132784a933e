"""/access/people.json: names, roles and hashes. Tracking re-reads it whenever it changes; it holds no secret."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from ..settings import PLATFORM

VERSION = 1


@dataclass(frozen=True)
class Entry:
    """What tracking knows about one account."""

    role: str
    sha256: str

    @classmethod
    def of(cls, role: str, secret: str) -> Entry:
        """The entry of an account with this secret. A fast hash is right for 238 random bits."""
        return cls(role, hashlib.sha256(secret.encode()).hexdigest())


def parse_access(text: str) -> dict[str, Entry] | None:
    """The entries of an access file, or None when it is not one."""
    try:
        content = json.loads(text)
        if content["version"] != VERSION:
            return None
        return {str(name): Entry(entry["role"], entry["sha256"]) for name, entry in content["people"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def render_access(people: Mapping[str, Entry]) -> str:
    """The access file of these people."""
    entries = {name: {"role": entry.role, "sha256": entry.sha256} for name, entry in sorted(people.items())}
    return json.dumps({"version": VERSION, "people": entries}, indent=1) + "\n"


def first_access(token: str) -> str:
    """The access file before anyone is declared: only the platform's own account."""
    return render_access({PLATFORM: Entry.of("maintainer", token)})
