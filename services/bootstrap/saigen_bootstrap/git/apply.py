"""Carries the forge's changes out, one after the other, in the order of the plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..errors import UP, BlockedError
from ..plan import Change
from ..secrets import random
from ..settings import TEMPLATE
from .client import Api
from .read import is_finished, key_paths
from .state import MAIN, ORGANISATION, GitState


class Forge:
    """What every change needs: the API, what is wanted, everyone's secret, and how to push the template."""

    def __init__(
        self,
        api: Api,
        organisation: str,
        wanted: GitState,
        secrets: Mapping[str, str],
        *,
        push_template: Callable[[], None],
        end_sessions: Callable[[], None],
    ) -> None:
        """`push_template` puts the shipped template on top of the template repository's main branch.

        `end_sessions` signs everybody out of the pages.
        """
        self._api = api
        self._organisation = organisation
        self._wanted = wanted
        self._secrets = secrets
        self._push_template = push_template
        self._end_sessions = end_sessions

    def apply(self, changes: tuple[Change, ...]) -> None:
        """Make the changes."""
        for change in changes:
            self._make(change)

    def _make(self, change: Change) -> None:
        name, of = change.name, change.of
        match (change.noun, change.action):
            case ("user", "remove"):
                self._shut_out(name)
            case ("user", _):
                self._set_user(change)
            case ("address", _):
                self._free_address(name, of)
            case ("organisation", action):
                self._set_organisation(new=action == "create")
            case ("outsider", _):
                self._api.delete(f"/orgs/{self._organisation}/members/{name}")
            case ("template", "repair"):
                self._set_repository(TEMPLATE)
            case ("template", _):
                self._make_template(new=not of)
            case ("content", _):
                self._push_template()
            case ("repository", action):
                self._set_project(name, new=action == "create", unfinished=change.why == "unfinished")
            case ("collaborator", _):
                self._api.delete(f"/repos/{self._organisation}/{of}/collaborators/{name}")
            case ("team", action):
                self._set_team(name, new=action == "create")
            case ("team repository" | "membership" as noun, action):
                kind = "members" if noun == "membership" else f"repos/{self._organisation}"
                self._pair(f"/teams/{self._team(of)}/{kind}/{name}", action)

    def _set_user(self, change: Change) -> None:
        name, user = change.name, self._wanted.users[change.name]
        if "secret" in change.why:
            self._shut_out(name)  # whoever had the one before may hold a session, and tokens made with it
        account = {"source_id": 0, "login_name": name, "email": user.email, "full_name": user.full_name}
        secret = {"password": self._secrets[name], "must_change_password": False, "visibility": user.visibility}
        if change.action == "create":
            self._api.post("/admin/users", {**account, **secret, "username": name})
        rights = {"admin": False, "active": True, "prohibit_login": False, "restricted": False}
        limits = {"max_repo_creation": 0, "allow_create_organization": False, "allow_git_hook": False}
        self._api.patch(f"/admin/users/{name}", {**account, **secret, **rights, **limits, "allow_import_local": False})

    def _shut_out(self, name: str) -> None:
        # Prohibited login stops password, tokens and sessions at once. Then there is time to remove them all: they
        # would work again for someone who comes back.
        account = {"source_id": 0, "login_name": name, "prohibit_login": True, "admin": False}
        self._api.patch(f"/admin/users/{name}", {**account, "password": random.word()})
        for path in key_paths(self._api, name):
            self._api.delete(path)
        self._end_sessions()

    def _free_address(self, address: str, holder: str) -> None:
        # The address that one has instead makes the other a further one, which can be deleted.
        account = {"source_id": 0, "login_name": holder, "email": f"{holder}@former.invalid"}
        self._api.patch(f"/admin/users/{holder}", account)
        self._api.delete(f"/user/emails?sudo={holder}", {"emails": [address]})

    def _set_organisation(self, *, new: bool) -> None:
        if new:
            self._api.post("/orgs", {"username": self._organisation, **ORGANISATION})
        else:
            self._api.patch(f"/orgs/{self._organisation}", dict(ORGANISATION))

    def _make_template(self, *, new: bool) -> None:
        if new:
            body = {"name": TEMPLATE, "private": True, "default_branch": MAIN, "template": True}
            self._api.post(f"/orgs/{self._organisation}/repos", dict(body))
        self._push_template()
        # Gitea notes a push after it has answered; a project made before that would be empty.
        self._api.wait_for(f"/repos/{self._organisation}/{TEMPLATE}", lambda found: not found["empty"])
        self._set_repository(TEMPLATE)

    def _set_project(self, name: str, *, new: bool, unfinished: bool) -> None:
        path = f"/repos/{self._organisation}/{name}"
        if unfinished:  # Gitea makes a repository only under a free name
            self._delete_unfinished(path)
        if new or unfinished:
            body = {"owner": self._organisation, "name": name, "private": True, "git_content": True}
            source = f"/repos/{self._organisation}/{TEMPLATE}/generate"
            self._api.post(source, {**body, "default_branch": MAIN})
        self._set_repository(name)

    def _delete_unfinished(self, path: str) -> None:
        found = self._api.get(path)
        if found is not None and is_finished(self._api, found):
            raise BlockedError(
                f"git: {path} is not made again",
                "expected nothing in it, found what came in since the plan was made; it is kept as it is",
                UP,
            )
        self._api.delete(path)

    def _set_repository(self, name: str) -> None:
        path, repository = f"/repos/{self._organisation}/{name}", self._wanted.repositories[name]
        self._api.patch(path, dict(repository.settings))
        rule = dict(repository.protection or {})
        if self._api.get(f"{path}/branch_protections/{MAIN}") is None:
            self._api.post(f"{path}/branch_protections", {**rule, "rule_name": MAIN})
        else:
            self._api.patch(f"{path}/branch_protections/{MAIN}", rule)

    def _set_team(self, name: str, *, new: bool) -> None:
        team = self._wanted.teams[name]
        body: dict[str, object] = {
            "name": name,
            "permission": "none",  # rights come from the units
            "units_map": dict(team.units),
            "can_create_org_repo": team.creates_repositories,
            "includes_all_repositories": team.all_repositories,
        }
        if new:
            self._api.post(f"/orgs/{self._organisation}/teams", body)
        else:
            self._api.patch(f"/teams/{self._team(name)}", body)

    def _team(self, name: str) -> int:
        teams = self._api.every(f"/orgs/{self._organisation}/teams")
        return next(int(team["id"]) for team in teams if team["name"] == name)

    def _pair(self, path: str, action: str) -> None:
        if action == "remove":
            self._api.delete(path)
        else:
            self._api.put(path)
