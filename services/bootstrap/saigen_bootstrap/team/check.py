"""What a shape cannot say: names that clash, projects that do not exist, demos without an author."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .document import Document, Path, Problem
from .names import default_email, name_problem, project_problem


def check_meaning(document: Document) -> list[Problem]:
    """Problems between entries. Takes any shape: an entry that is malformed is reported elsewhere and skipped here."""
    value = document.value
    if not isinstance(value, Mapping):
        return []
    people = [*_entries(value, "people"), *_entries(value, "service_accounts")]
    projects = list(_entries(value, "projects"))
    return [
        *_bad_names(document, people, projects),
        *_duplicates(document, [(("organisation",), value.get("organisation")), *_names(people)]),
        *_duplicates(document, list(_names(projects))),
        *_duplicates(document, list(_addresses(people, value.get("organisation"))), "an address"),
        *_unknown_projects(document, people, projects),
        *_needless_projects(document, people),
        *_demo_without_author(document, people, projects),
    ]


Entry = tuple[Path, Mapping[str, object]]


def _entries(value: Mapping[str, object], key: str) -> Iterable[Entry]:
    entries = value.get(key)
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(entry, Mapping):
            yield (key, index), entry


def _names(entries: Iterable[Entry]) -> Iterable[tuple[Path, object]]:
    return (((*path, "name"), entry.get("name")) for path, entry in entries)


def _listed(entry: Mapping[str, object]) -> list[object]:
    projects = entry.get("projects")
    return projects if isinstance(projects, list) else []


def _bad_names(document: Document, people: list[Entry], projects: list[Entry]) -> Iterable[Problem]:
    value = document.value
    organisation = value.get("organisation") if isinstance(value, Mapping) else None
    for path, name in [(("organisation",), organisation), *_names(people)]:
        if isinstance(name, str) and (message := name_problem(name)):
            yield document.problem(path, message)
    for path, name in _names(projects):
        if isinstance(name, str) and (message := project_problem(name)):
            yield document.problem(path, message)


def _addresses(people: list[Entry], organisation: object) -> Iterable[tuple[Path, object]]:
    # The forge gives each address to one account, and knows by it whose a commit is. A name used twice is said once.
    names = set()
    for path, entry in people:
        name, address = entry.get("name"), entry.get("email")
        if address:
            yield (*path, "email"), address
        elif isinstance(name, str) and name.lower() not in names:
            names.add(name.lower())
            yield (*path, "name"), default_email(name, str(organisation))


def _duplicates(document: Document, names: list[tuple[Path, object]], what: str = "a name") -> Iterable[Problem]:
    first: dict[str, Path] = {}
    for path, name in names:
        if not isinstance(name, str):
            continue
        if name.lower() in first:
            line = document.line(first[name.lower()])
            yield document.problem(path, f"expected {what} used once, found {name!r} again (first on line {line})")
        else:
            first[name.lower()] = path


def _unknown_projects(document: Document, people: list[Entry], projects: list[Entry]) -> Iterable[Problem]:
    known = {name for _, name in _names(projects) if isinstance(name, str)}
    for path, entry in people:
        listed = _listed(entry)
        for index, project in enumerate(listed):
            place = (*path, "projects", index)
            if isinstance(project, str) and project not in known:
                choices = ", ".join(sorted(known)) or "none"
                yield document.problem(place, f"expected a declared project ({choices}), found {project!r}")
            elif project in listed[:index]:
                yield document.problem(place, f"expected each project once, found {project!r} again")


def _needless_projects(document: Document, people: list[Entry]) -> Iterable[Problem]:
    for path, entry in people:
        if entry.get("role") == "maintainer" and _listed(entry):
            yield document.problem((*path, "projects"), "expected none, since maintainers reach every project")


def _demo_without_author(document: Document, people: list[Entry], projects: list[Entry]) -> Iterable[Problem]:
    authored = {
        project for _, entry in people if entry.get("demo") is True and entry.get("role") == "member"
        for project in _listed(entry) if isinstance(project, str)
    }  # fmt: skip
    for path, entry in projects:
        if entry.get("demo") is True and entry.get("name") not in authored:
            message = f"expected a member flagged demo in project {entry.get('name')!r}, who makes its data and run"
            yield document.problem((*path, "demo"), message)
