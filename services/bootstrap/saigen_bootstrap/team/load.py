"""Reads the team file into the model, or says everything that is wrong with it."""

from __future__ import annotations

from pathlib import Path

from ..errors import TeamFileError, UsageError
from .check import check_meaning
from .document import parse
from .model import Person, Project, Team
from .names import default_email
from .schema import PersonEntry, ServiceEntry, TeamFile, check_shape


def load_team(path: Path, shown_as: str = "infra/team.yaml") -> Team:
    """Read the team file. Raises TeamFileError with all problems, UsageError when it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{shown_as} cannot be read", str(error), f"check {shown_as}") from error
    return team_from_text(text, shown_as)


def team_from_text(text: str, shown_as: str = "infra/team.yaml") -> Team:
    """The team that `text` declares. Raises TeamFileError with all problems in the order of their lines."""
    document = parse(text)
    file, shape = (None, []) if document.value is None and document.problems else check_shape(document)
    problems = sorted({*document.problems, *shape, *check_meaning(document)})
    if problems or file is None:
        raise TeamFileError(tuple(problem.render(shown_as) for problem in problems), shown_as)
    return _team(file)


def _team(file: TeamFile) -> Team:
    entries: list[PersonEntry | ServiceEntry] = [*file.people, *file.service_accounts]
    people = [_person(entry, file.organisation) for entry in entries]
    projects = [Project(entry.name, entry.description, entry.demo) for entry in file.projects]
    return Team(file.organisation, tuple(people), tuple(projects))


def _person(entry: PersonEntry | ServiceEntry, organisation: str) -> Person:
    return Person(
        name=entry.name,
        role=entry.role,
        projects=tuple(entry.projects),
        email=entry.email or default_email(entry.name, organisation),
        full_name=entry.full_name,
        demo=isinstance(entry, PersonEntry) and entry.demo,
        service=isinstance(entry, ServiceEntry),
    )
