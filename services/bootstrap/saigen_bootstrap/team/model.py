"""What the team file means, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Role = Literal["viewer", "member", "maintainer"]
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True)
class Person:
    """Someone, or a service account, with one name and one secret."""

    name: str
    role: Role
    projects: tuple[str, ...] = ()
    email: str = ""
    full_name: str = ""
    demo: bool = False
    service: bool = False


@dataclass(frozen=True)
class Project:
    """A repository, its prefix in the DVC bucket, and the people who reach both."""

    name: str
    description: str = ""
    demo: bool = False


@dataclass(frozen=True)
class Team:
    """The organisation with everyone in it. `people` holds service accounts too."""

    organisation: str
    people: tuple[Person, ...]
    projects: tuple[Project, ...]

    def names(self) -> tuple[str, ...]:
        """The names of all people and service accounts, in the file's order."""
        return tuple(person.name for person in self.people)

    def of_project(self, project: str, role: Role) -> frozenset[str]:
        """Who has this role and names this project."""
        return frozenset(p.name for p in self.people if p.role == role and project in p.projects)

    def maintainers(self) -> frozenset[str]:
        """Who reaches every project."""
        return frozenset(p.name for p in self.people if p.role == "maintainer")

    def demo_author(self, project: str) -> Person | None:
        """Who makes the demo's data version and run: the first member of the project flagged `demo`.

        The schema makes sure that a project flagged `demo` has one.
        """
        found = (p for p in self.people if p.demo and p.role == "member" and project in p.projects)
        return next(found, None)
