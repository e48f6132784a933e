"""What is wanted of storage, and the same shape for what is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..team import Team
from .policies import Document

TRACKING = "tracking"
GATE = "gate"
GROUP_SUFFIXES = ("-members", "-viewers")


# What becomes of the versions that an object had: content is named by its hash, so that no other one is ever rightly
# there, and whoever overwrites it all the same must not have it thrown away in the end.
KEPT = "noncurrent versions: kept"
EXPIRE = "noncurrent versions: 90 days"


@dataclass(frozen=True)
class Bucket:
    """How a bucket keeps objects. `anonymous` is the text of a bucket policy: what one may do without an account."""

    versioning: str = "Enabled"
    encryption: str = "AES256"
    lifecycle: str = KEPT
    anonymous: str = ""


@dataclass(frozen=True)
class User:
    """An account. `secret` is whether the secret that we keep for it logs in."""

    enabled: bool = True
    secret: bool = True
    policies: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Group:
    """Accounts that share policies."""

    enabled: bool = True
    members: frozenset[str] = frozenset()
    policies: frozenset[str] = frozenset()


@dataclass(frozen=True)
class StorageState:
    """Everything by name."""

    buckets: Mapping[str, Bucket] = field(default_factory=dict)
    policies: Mapping[str, Document] = field(default_factory=dict)
    users: Mapping[str, User] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)


def wanted_storage(team: Team, policies: Mapping[str, Document]) -> StorageState:
    """What the team file and the rendered policies ask for."""
    users = {name: User(policies=frozenset({"person"})) for name in team.names()}
    users[TRACKING] = User(policies=frozenset({"tracking"}))
    users[GATE] = User(policies=frozenset({"gate"}))
    groups = {"maintainers": Group(members=team.maintainers(), policies=frozenset({"dvc-maintainers"}))}
    for project in team.projects:
        members, viewers = team.of_project(project.name, "member"), team.of_project(project.name, "viewer")
        groups[f"{project.name}-members"] = Group(members=members, policies=frozenset({f"dvc-{project.name}-write"}))
        groups[f"{project.name}-viewers"] = Group(members=viewers, policies=frozenset({f"dvc-{project.name}-read"}))
    return StorageState({"dvc": Bucket(), "mlflow": Bucket(lifecycle=EXPIRE)}, policies, users, groups)
