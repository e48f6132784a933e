"""Reads the forge's actual state into the shape that is compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..settings import PLATFORM, TEMPLATE
from .client import Api
from .state import MAIN, GitState, GitTeam, Repository, Template, User, wanted_keys
from .template import tree_of


def read_git(api: Api, organisation: str, declared: frozenset[str], secrets: Mapping[str, str]) -> GitState:
    """Everything that can differ from what is declared. `secrets` are those that we keep."""
    users = {
        entry["login"]: _user(api, entry, declared, secrets)
        for entry in api.every("/admin/users")
        if entry["login"] != PLATFORM
    }
    addresses = {entry["email"].lower(): entry["username"] for entry in api.every("/admin/emails")}
    others = frozenset(entry["name"] for entry in api.every("/admin/orgs")) - {organisation}
    found = api.get(f"/orgs/{organisation}")
    if found is None:
        return GitState(users, others=others, addresses=addresses)
    settings = {name: found[name] for name in wanted_keys().organisation}
    members = frozenset(entry["login"] for entry in api.every(f"/orgs/{organisation}/members"))
    teams = {entry["name"]: _team(api, entry) for entry in api.every(f"/orgs/{organisation}/teams")}
    repositories = {entry["name"]: _repository(api, entry) for entry in api.every(f"/orgs/{organisation}/repos")}
    template = _template(api, organisation) if TEMPLATE in repositories else Template()
    return GitState(users, settings, members, teams, repositories, template, others, addresses)


def key_paths(api: Api, name: str) -> list[str]:
    """Where to delete each access token and key of an account."""
    tokens = [f"/users/{name}/tokens/{token['id']}" for token in api.every(f"/users/{name}/tokens")]
    keys = [f"/admin/users/{name}/keys/{key['id']}" for key in api.every(f"/users/{name}/keys")]
    signing = [f"/user/gpg_keys/{key['id']}?sudo={name}" for key in api.every(f"/users/{name}/gpg_keys")]
    return [*tokens, *keys, *signing]


def _user(api: Api, entry: dict[str, Any], declared: frozenset[str], secrets: Mapping[str, str]) -> User:
    name, secret = entry["login"], secrets.get(entry["login"])
    return User(
        email=entry["email"],
        full_name=entry["full_name"],
        admin=entry["is_admin"],
        active=entry["active"],
        login_prohibited=entry["prohibit_login"],
        visibility=entry["visibility"],
        secret=secret is not None and not entry["prohibit_login"] and api.logs_in(name, secret),
        keys=0 if name in declared else len(key_paths(api, name)),
    )


def _team(api: Api, entry: dict[str, Any]) -> GitTeam:
    every = bool(entry["includes_all_repositories"])
    repositories = () if every else (found["name"] for found in api.every(f"/teams/{entry['id']}/repos"))
    return GitTeam(
        units={unit: right for unit, right in (entry["units_map"] or {}).items() if right != "none"},
        creates_repositories=entry["can_create_org_repo"],
        all_repositories=every,
        members=frozenset(found["login"] for found in api.every(f"/teams/{entry['id']}/members")),
        repositories=frozenset(repositories),
    )


def _repository(api: Api, entry: dict[str, Any]) -> Repository:
    path = f"/repos/{entry['full_name']}"
    protection = api.get(f"{path}/branch_protections/{MAIN}")
    keys = wanted_keys()
    return Repository(
        settings={name: entry.get(name) for name in keys.repository},
        protection=protection and {name: protection[name] for name in keys.protection},
        finished=is_finished(api, entry),
        collaborators=frozenset(found["login"] for found in api.every(f"{path}/collaborators")),
    )


def is_finished(api: Api, entry: dict[str, Any]) -> bool:
    """Whether a repository is whole: False only when its making from the template was interrupted and it holds nothing.

    One that somebody made by hand is whole before any branch is in it. The forge calls it empty, which it never says
    of one that it makes from a template; tags, and what runs ran, change nothing about that.
    """
    if entry["empty"] and entry["name"] != TEMPLATE:  # our own template begins empty, and is then pushed to
        return True
    if any(entry[count] for count in ("open_issues_count", "open_pr_counter", "release_counter")):
        return True
    path = f"/repos/{entry['full_name']}"
    return bool(api.get(f"{path}/branches?limit=1") or api.get(f"{path}/git/refs"))  # the latter names hidden refs too


def _template(api: Api, organisation: str) -> Template:
    commit = api.get(f"/repos/{organisation}/{TEMPLATE}/git/commits/{MAIN}?stat=false&files=false&verification=false")
    if commit is None:
        return Template()
    ours = commit["commit"]["committer"]["name"] == PLATFORM
    return Template(tree_of(commit["commit"]["message"]), ours)
