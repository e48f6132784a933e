"""/account/account.json of the worker: who it is, by which secret, and in which projects. It reads it at each round."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ..plan import Change, Section, differences
from ..secrets import store
from ..team import Team

SYSTEM = "worker"
FILE = "account.json"


@dataclass(frozen=True)
class WorkerAccount:
    """What the file says. The secret is empty where the account has none yet; it is never printed."""

    name: str
    email: str
    full_name: str
    organisation: str
    projects: tuple[str, ...]
    secret: str = field(default="", repr=False)


def wanted_account(team: Team, name: str, secrets: Mapping[str, str]) -> WorkerAccount | None:
    """The declared service account of this name, where it is a member; no other is handed to a machine. Pure."""
    found = next((p for p in team.people if p.name == name and p.service and p.role == "member"), None)
    if found is None:
        return None
    return WorkerAccount(name, found.email, found.full_name, team.organisation, found.projects, secrets.get(name, ""))


def parse_account(text: str) -> WorkerAccount | None:
    """The account of such a file; None where it is not one."""
    try:
        content = json.loads(text)
        return WorkerAccount(**{**content, "projects": tuple(content["projects"])})
    except (ValueError, KeyError, TypeError):
        return None


def render_account(account: WorkerAccount) -> str:
    """The file of this account."""
    return json.dumps(asdict(account), indent=1) + "\n"


def compare_account(wanted: WorkerAccount | None, actual: WorkerAccount | None) -> tuple[Section, ...]:
    """The one file: there where the account is declared, and only there. Pure."""
    changes: list[Change] = []
    if actual and (wanted is None or wanted.name != actual.name):
        changes.append(Change("account", "remove", actual.name))
    if wanted and (actual is None or wanted.name != actual.name):
        changes.append(Change("account", "create", wanted.name))
    elif wanted and actual and wanted != actual:
        differing = differences(asdict(wanted).items(), asdict(actual).items())
        changes.append(Change("account", "repair", wanted.name, why=f"{differing} differs"))
    present = int(wanted is not None and actual is not None and wanted.name == actual.name)
    return (Section(SYSTEM, "account", int(wanted is not None), present, tuple(changes)),)


def read_account(folder: Path) -> WorkerAccount | None:
    """What the worker reads now; None where there is no such file."""
    return parse_account(store.read(folder / FILE) or "")


def apply_account(folder: Path, account: WorkerAccount | None) -> None:
    """Write the file, or take it away where nobody is declared."""
    if account is None:
        store.remove(folder / FILE)
    else:
        store.replace(folder / FILE, render_account(account))
