"""/gate/roles.json: name to role of everyone who may push. The forge's hooks read it at each push."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from ..plan import Change, Section
from ..secrets import store
from ..settings import PLATFORM
from ..team import Team

SYSTEM = "gate"
FILE = "roles.json"
VERSION = 1


def wanted_roles(team: Team) -> dict[str, str]:
    """Everyone's role; the platform's own account is a maintainer, since it makes repositories."""
    return {PLATFORM: "maintainer", **{person.name: person.role for person in team.people}}


def parse_roles(text: str) -> dict[str, str]:
    """The roles of such a file; none where it is not one."""
    try:
        content = json.loads(text)
        if content["version"] != VERSION:
            return {}
        return {str(name): str(role) for name, role in content["roles"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def render_roles(roles: Mapping[str, str]) -> str:
    """The file of these roles."""
    return json.dumps({"version": VERSION, "roles": dict(sorted(roles.items()))}, indent=1) + "\n"


def compare_roles(wanted: Mapping[str, str], actual: Mapping[str, str]) -> tuple[Section, ...]:
    """The file is wholly ours: whoever is not declared is taken out of it. Pure."""
    changes = [Change("role", "remove", name) for name in sorted(set(actual) - set(wanted))]
    for name, role in sorted(wanted.items()):
        if name not in actual:
            changes.append(Change("role", "create", name))
        elif actual[name] != role:
            changes.append(Change("role", "repair", name, why=f"role {actual[name]}, not {role}"))
    return (Section(SYSTEM, "roles", len(wanted), sum(name in actual for name in wanted), tuple(changes)),)


def read_roles(folder: Path) -> dict[str, str]:
    """What the hooks read now; none where the file is missing."""
    return parse_roles(store.read(folder / FILE) or "")


def write_roles(folder: Path, roles: Mapping[str, str]) -> None:
    """Put these roles in its place; they hold from the next push on."""
    store.replace(folder / FILE, render_roles(roles))
