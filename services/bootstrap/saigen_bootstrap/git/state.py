"""What is wanted of the forge, and the same shape for what is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..settings import PLATFORM, TEMPLATE
from ..team import Person, Team

TEAM_SUFFIXES = ("-members", "-viewers")
MAIN = "main"
OWNERS = "Owners"  # Gitea makes it with the organisation; its rights cannot be changed, its members can

_READ = {"repo.code": "read", "repo.issues": "read", "repo.pulls": "read", "repo.releases": "read"}
_WRITE = dict.fromkeys(_READ, "write")
_ALL = dict.fromkeys((*_READ, "repo.wiki", "repo.projects", "repo.packages"), "write")

Settings = Mapping[str, object]


@dataclass(frozen=True)
class User:
    """An account of the forge. `secret` is whether the secret that we keep logs in.

    `keys` counts tokens and keys; it is read of those only who left, to whom none may remain.
    """

    email: str = ""
    full_name: str = ""
    admin: bool = False
    active: bool = True
    login_prohibited: bool = False
    visibility: str = "limited"
    secret: bool = True
    keys: int = 0


@dataclass(frozen=True)
class GitTeam:
    """People with the same rights. `units` are Gitea's parts of a repository and what one may do in each."""

    units: Settings = field(default_factory=dict)
    creates_repositories: bool = False
    all_repositories: bool = False
    members: frozenset[str] = frozenset()
    repositories: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Repository:
    """A repository. `finished` is False when its making from the template was interrupted, and nothing is in it.

    `collaborators` have rights to this one alone, as whoever made it has: all of them.
    """

    settings: Settings = field(default_factory=dict)
    protection: Settings | None = None
    finished: bool = True
    collaborators: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Template:
    """Content of the template repository: id of its tree, and whether the platform made its newest commit."""

    tree: str = ""
    ours: bool = True


@dataclass(frozen=True)
class GitState:
    """Everything by name. `members` are those of the organisation; `others` are further organisations.

    `addresses` says who has which e-mail address, in lower case; somebody may have several.
    """

    users: Mapping[str, User] = field(default_factory=dict)
    organisation: Settings | None = None
    members: frozenset[str] = frozenset()
    teams: Mapping[str, GitTeam] = field(default_factory=dict)
    repositories: Mapping[str, Repository] = field(default_factory=dict)
    template: Template = Template()
    others: frozenset[str] = frozenset()
    addresses: Mapping[str, str] = field(default_factory=dict)


ORGANISATION: Settings = {"visibility": "private", "repo_admin_change_team_access": False}

# How pull requests end: any way that keeps history readable; branches go when they are merged.
_SETTINGS: Settings = {
    "private": True,
    "default_branch": MAIN,
    "has_issues": True,
    "has_pull_requests": True,
    "has_releases": True,
    "has_wiki": False,
    "has_actions": False,
    "allow_merge_commits": True,
    "allow_squash_merge": True,
    "allow_fast_forward_only_merge": True,
    "allow_rebase": False,
    "allow_rebase_explicit": False,
    "default_merge_style": "merge",
    "default_delete_branch_after_merge": True,
}

# Everyone who may write pushes to main, by `git push` or pull request; nobody rewrites or deletes it.
PROTECTION: Settings = {
    "enable_push": True,
    "enable_push_whitelist": False,
    "enable_force_push": False,
    "required_approvals": 0,
}


def wanted_git(team: Team, template_tree: str) -> GitState:
    """What the team file, and the template that is shipped with this version, ask of the forge."""
    repositories = {
        project.name: Repository({**_SETTINGS, "template": False, "description": project.description}, PROTECTION)
        for project in team.projects
    }
    about = "Start of every project: use this template"
    repositories[TEMPLATE] = Repository({**_SETTINGS, "template": True, "description": about}, PROTECTION)
    users = {person.name: _user(person) for person in team.people}
    members = frozenset({PLATFORM, *team.names()})
    return GitState(users, ORGANISATION, members, _teams(team), repositories, Template(template_tree))


def _user(person: Person) -> User:
    return User(email=person.email, full_name=person.full_name)


def _teams(team: Team) -> dict[str, GitTeam]:
    maintainers = GitTeam(_ALL, creates_repositories=True, all_repositories=True, members=team.maintainers())
    everyone = GitTeam(_READ, members=frozenset(team.names()), repositories=frozenset({TEMPLATE}))
    owners = GitTeam(members=frozenset({PLATFORM}))
    teams = {OWNERS: owners, "maintainers": maintainers, "everyone": everyone}
    for project in team.projects:
        repositories = frozenset({project.name})
        members, viewers = team.of_project(project.name, "member"), team.of_project(project.name, "viewer")
        teams[f"{project.name}-members"] = GitTeam(_WRITE, members=members, repositories=repositories)
        teams[f"{project.name}-viewers"] = GitTeam(_READ, members=viewers, repositories=repositories)
    return teams


@dataclass(frozen=True)
class Keys:
    """Which settings of Gitea's many are ours to compare."""

    organisation: tuple[str, ...]
    repository: tuple[str, ...]
    protection: tuple[str, ...]


def wanted_keys() -> Keys:
    """The names of the settings that `wanted_git` sets."""
    return Keys(tuple(ORGANISATION), (*_SETTINGS, "template", "description"), tuple(PROTECTION))
