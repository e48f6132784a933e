"""What is wanted of PostgreSQL, what is, and the difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..plan import Change, Section, differences

SYSTEM = "postgres"


@dataclass(frozen=True)
class Database:
    """One database; `public_connect` is whether every role of the server may connect to it."""

    owner: str
    public_connect: bool = False


@dataclass(frozen=True)
class Role:
    """One role of a service: it logs in and may do nothing beyond its own database."""

    login: bool = True
    createdb: bool = False
    createrole: bool = False
    superuser: bool = False


@dataclass(frozen=True)
class PostgresState:
    """Databases and roles by name, without those that every server has."""

    databases: Mapping[str, Database] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)


def wanted_postgres() -> PostgresState:
    """Two services, each with a database and a role of its own name."""
    return PostgresState(
        databases={"git": Database("git"), "mlflow": Database("mlflow")},
        roles={"git": Role(), "mlflow": Role(), "bootstrap": Role(createdb=True, createrole=True)},
    )


def compare_postgres(wanted: PostgresState, actual: PostgresState) -> tuple[Section, ...]:
    """What to change so that `actual` becomes `wanted`."""
    return (
        _section("roles", "role", wanted.roles, actual.roles),
        _section("databases", "database", wanted.databases, actual.databases),
    )


def _section(noun: str, kind: str, wanted: Mapping[str, object], actual: Mapping[str, object]) -> Section:
    changes: list[Change] = []
    for name, value in sorted(wanted.items()):
        if name not in actual:
            changes.append(Change(kind, "create", name))
        elif why := differences(vars(value).items(), vars(actual[name]).items()):
            changes.append(Change(kind, "repair", name, why=why.replace("_", " ")))
    present = sum(name in actual for name in wanted)
    return Section(SYSTEM, noun, len(wanted), present, tuple(changes), tuple(sorted(set(actual) - set(wanted))))
