"""What to change in the forge so that what is becomes what is wanted. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..plan import Change, Section, differences
from ..settings import TEMPLATE
from .state import OWNERS, TEAM_SUFFIXES, GitState, GitTeam, Repository, User

SYSTEM = "git"


def compare_git(wanted: GitState, actual: GitState) -> tuple[Section, ...]:
    """One section a noun, in the order in which they have to be applied."""
    return (
        _users(wanted, actual),
        _organisation(wanted, actual),
        _template(wanted, actual),
        _repositories(wanted, actual),
        _pairs("collaborators", "collaborator", frozenset(), _collaborators_of(actual)),
        _teams(wanted, actual),
        _pairs(
            "team repositories", "team repository", _repositories_of(wanted, wanted), _repositories_of(wanted, actual)
        ),
        _pairs("memberships", "membership", _members_of(wanted, _known(wanted, actual)), _members_of(wanted, actual)),
    )


def _users(state: GitState, there: GitState) -> Section:
    # Every user but the platform's own is ours to manage: one that nobody declares has left the team.
    wanted, actual = state.users, there.users
    changes = _taken_addresses(wanted, there.addresses)
    for name in sorted(set(actual) - set(wanted)):
        user = actual[name]
        if not user.login_prohibited or user.admin or user.keys:
            changes.append(Change("user", "remove", name, why="may not log in any more; all they did stays"))
    for name, value in sorted(wanted.items()):
        if name not in actual:
            changes.append(Change("user", "create", name))
        elif why := differences(vars(value).items(), vars(actual[name]).items()):
            changes.append(Change("user", "repair", name, why=why.replace("_", " ")))
    return Section(SYSTEM, "users", len(wanted), sum(name in actual for name in wanted), tuple(changes))


def _taken_addresses(wanted: Mapping[str, User], there: Mapping[str, str]) -> list[Change]:
    # Also what somebody who left still has, or had before: the forge gives no address twice.
    holders = [(name, user.email.lower(), there.get(user.email.lower(), name)) for name, user in wanted.items()]
    taken = sorted((email, holder, name) for name, email, holder in holders if holder != name)
    return [Change("address", "remove", email, of=holder, why=f"it is {name}'s now") for email, holder, name in taken]


def _organisation(wanted: GitState, actual: GitState) -> Section:
    changes = []
    if actual.organisation is None:
        changes.append(Change("organisation", "create", "organisation"))
    elif why := differences((wanted.organisation or {}).items(), actual.organisation.items()):
        changes.append(Change("organisation", "repair", "organisation", why=why))
    changes += [Change("outsider", "remove", name) for name in sorted(actual.members - wanted.members)]
    present = int(actual.organisation is not None)
    return Section(SYSTEM, "organisation", 1, present, tuple(changes), tuple(sorted(actual.others)))


def _template(wanted: GitState, actual: GitState) -> Section:
    there = actual.repositories.get(TEMPLATE)
    if there is None:
        return Section(SYSTEM, "template", 1, 0, (Change("template", "create", TEMPLATE),))
    changes: list[Change] = []
    undeclared: tuple[str, ...] = ()
    if not there.finished:
        changes.append(Change("template", "create", "content", of=TEMPLATE))
    elif why := _repository_why(wanted.repositories[TEMPLATE], there):
        changes.append(Change("template", "repair", TEMPLATE, why=why))
    if there.finished and actual.template.tree != wanted.template.tree:
        if actual.template.ours:
            changes.append(Change("content", "repair", TEMPLATE, why="this version ships another one"))
        else:
            undeclared = ("its content, which was edited by hand",)
    return Section(SYSTEM, "template", 1, 1, tuple(changes), undeclared)


def _repositories(wanted: GitState, actual: GitState) -> Section:
    projects = {name: value for name, value in wanted.repositories.items() if name != TEMPLATE}
    there = {name: value for name, value in actual.repositories.items() if name != TEMPLATE}
    changes = []
    for name, repository in sorted(projects.items()):
        if name not in there:
            changes.append(Change("repository", "create", name))
        elif why := _repository_why(repository, there[name]):
            changes.append(Change("repository", "repair", name, why=why))
    present = sum(name in there for name in projects)
    undeclared = tuple(sorted(set(there) - set(projects)))
    return Section(SYSTEM, "repositories", len(projects), present, tuple(changes), undeclared)


def _repository_why(wanted: Repository, actual: Repository) -> str:
    if not actual.finished:
        return "unfinished"
    reasons = [differences(wanted.settings.items(), actual.settings.items())]
    if actual.protection is None:
        reasons.append("main is not protected")
    elif changed := differences((wanted.protection or {}).items(), actual.protection.items()):
        reasons.append(f"protection of main: {changed}")
    return ", ".join(reason for reason in reasons if reason)


def _teams(wanted: GitState, actual: GitState) -> Section:
    changes, declared = [], set(wanted.teams) - {OWNERS}
    for name in sorted(declared):
        if name not in actual.teams:
            changes.append(Change("team", "create", name))
        elif why := differences(_rights(wanted.teams[name]).items(), _rights(actual.teams[name]).items()):
            changes.append(Change("team", "repair", name, why=why.replace("_", " ")))
    undeclared = tuple(sorted(set(actual.teams) - set(wanted.teams)))
    present = len(declared & set(actual.teams))
    return Section(SYSTEM, "teams", len(declared), present, tuple(changes), undeclared)


def _rights(team: GitTeam) -> dict[str, object]:
    rights = vars(team)
    return {name: rights[name] for name in ("units", "creates_repositories", "all_repositories")}


Pairs = frozenset[tuple[str, str]]


def _ours(wanted: GitState, name: str) -> bool:
    # A project that is no longer declared keeps its teams, but nobody in them.
    return name in wanted.teams or name.endswith(TEAM_SUFFIXES)


def _known(wanted: GitState, actual: GitState) -> GitState:
    # The owners' team comes with the organisation and whoever makes it; before that there is nothing to compare.
    teams = {name: team for name, team in wanted.teams.items() if name != OWNERS or name in actual.teams}
    return replace(wanted, teams=teams)


def _members_of(wanted: GitState, state: GitState) -> Pairs:
    teams = {name: team for name, team in state.teams.items() if _ours(wanted, name)}
    return frozenset((name, member) for name, team in teams.items() for member in team.members)


def _repositories_of(wanted: GitState, state: GitState) -> Pairs:
    listed = {name for name, team in wanted.teams.items() if not team.all_repositories and name != OWNERS}
    made_again = {name for name, repository in state.repositories.items() if not repository.finished}
    teams = {name: team.repositories - made_again for name, team in state.teams.items() if name in listed}
    return frozenset((name, repository) for name, repositories in teams.items() for repository in repositories)


def _collaborators_of(state: GitState) -> Pairs:
    # Rights come from teams alone, those of a repository that nobody declared as well.
    repositories = state.repositories.items()
    return frozenset((name, person) for name, repository in repositories for person in repository.collaborators)


def _pairs(noun: str, kind: str, wanted: Pairs, actual: Pairs) -> Section:
    remove = [Change(kind, "remove", name, of=team) for team, name in sorted(actual - wanted)]
    create = [Change(kind, "create", name, of=team) for team, name in sorted(wanted - actual)]
    return Section(SYSTEM, noun, len(wanted), len(wanted & actual), (*remove, *create))
