"""Brings the demo about: what is missing, and nothing a second time."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..credentials import Account
from ..git.client import Api
from ..git.state import GitState
from ..plan import Change, Section
from ..settings import Paths, Urls
from ..team import Team
from .checkout import Checkout
from .runs import Runs
from .state import VERSION, DemoState, compare_demo


@dataclass(frozen=True)
class Demo:
    """The demo projects of a team. `public` are the URLs that people use; `secrets` are everyone's."""

    team: Team
    secrets: Mapping[str, str]
    paths: Paths
    public: Urls
    git: Api
    say: Callable[[str], None]

    def compare(self, git: GitState, tracking_up: bool) -> tuple[Section, ...]:
        """The demo's part of the plan. Reads tags, and runs where tracking is up and the author can log in."""
        names = [project.name for project in self.team.projects if project.demo]
        return compare_demo({name: self._read(name, git, tracking_up) for name in names})

    def _read(self, project: str, git: GitState, tracking_up: bool) -> DemoState:
        if project not in git.repositories:
            return DemoState()
        tags = frozenset(tag["name"] for tag in self.git.every(f"/repos/{self.team.organisation}/{project}/tags"))
        return DemoState(tags, self._trained(project) if VERSION in tags and tracking_up else None)

    def _trained(self, project: str) -> bool | None:
        author = self.team.demo_author(project)
        if author is None or author.name not in self.secrets:
            return None
        return Runs(author.name, self.secrets[author.name]).trained(project, VERSION)

    def apply(self, changes: tuple[Change, ...]) -> None:
        """Make what is missing."""
        for change in changes:
            project = change.of
            author = self.team.demo_author(project)
            if author is None:
                continue
            account = Account(author.name, self.secrets[author.name], author.email, author.full_name)
            runs = Runs(account.name, account.secret)
            if change.action == "repair" and runs.trained(project, VERSION):
                continue
            with tempfile.TemporaryDirectory(dir=self.paths.scratch) as folder:
                self._make(change, account, runs, Path(folder))

    def _make(self, change: Change, account: Account, runs: Runs, folder: Path) -> None:
        project = change.of
        checkout = Checkout.clone(
            project, account, organisation=self.team.organisation, public=self.public, paths=self.paths, folder=folder
        )
        if change.action == "create":
            checkout.add_data()
            self.say(f"demo      {project}: data version {VERSION} is in Git and storage")
        else:
            checkout.fetch_data()
        runs.delete_unfinished(project, VERSION, account.name)
        self.say(f"demo      {project}: {checkout.train()}")
