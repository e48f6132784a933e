"""Who may call tracking: what is declared, what the access file says, what the running server does. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..plan import Change, Section
from ..settings import PLATFORM
from ..team import Team
from .access import Entry

SYSTEM = "tracking"


@dataclass(frozen=True)
class TrackingState:
    """`people` is the access file (None: unreadable); `refused` are accounts whose secret the server did not take.

    `refused` is None while the server is not up, as at the very first start.
    """

    people: Mapping[str, Entry] | None
    refused: frozenset[str] | None = frozenset()


def wanted_people(team: Team, secrets: Mapping[str, str], token: str) -> dict[str, Entry | None]:
    """Everyone's entry; None for someone whose secret is not made yet. The platform's own account is one of them."""
    people: dict[str, Entry | None] = {PLATFORM: Entry.of("maintainer", token)}
    for person in team.people:
        secret = secrets.get(person.name)
        people[person.name] = Entry.of(person.role, secret) if secret is not None else None
    return people


def compare_tracking(wanted: Mapping[str, Entry | None], actual: TrackingState) -> tuple[Section, ...]:
    """The access file is wholly ours: whoever is not declared is taken out of it."""
    return (_people(wanted, actual.people or {}), _served(wanted, actual))


def _people(wanted: Mapping[str, Entry | None], actual: Mapping[str, Entry]) -> Section:
    changes = [Change("access", "remove", name) for name in sorted(set(actual) - set(wanted))]
    for name, entry in sorted(wanted.items()):
        if name not in actual:
            changes.append(Change("access", "create", name))
        elif actual[name] != entry:
            changes.append(Change("access", "repair", name, why=_why(entry, actual[name])))
    return Section(SYSTEM, "people", len(wanted), sum(name in actual for name in wanted), tuple(changes))


def _why(wanted: Entry | None, actual: Entry) -> str:
    if wanted is None or wanted.sha256 != actual.sha256:
        return "secret"
    return f"role {actual.role}, not {wanted.role}"


def _served(wanted: Mapping[str, Entry | None], actual: TrackingState) -> Section:
    if actual.refused is None:
        change = Change("server", "repair", "server", why="it is still starting")
        return Section(SYSTEM, "logins that work", len(wanted), 0, (change,))
    # Someone whose entry is missing or wrong is refused because of that, which the other section says.
    right = {name for name, entry in wanted.items() if entry is not None and (actual.people or {}).get(name) == entry}
    refused = sorted(actual.refused & right)
    changes = tuple(Change("server", "repair", name, why="refused by the server") for name in refused)
    return Section(SYSTEM, "logins that work", len(wanted), len(wanted) - len(actual.refused), changes)
