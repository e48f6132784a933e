"""The verbs `plan` and `apply`: read what is, compare it with what is declared, print, change, look again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from .demo import Demo
from .errors import UP, DriftLeftError, SaigenError, UnreachableError
from .gate.roles import compare_roles, read_roles, wanted_roles, write_roles
from .git.apply import Forge
from .git.client import Api
from .git.compare import compare_git
from .git.read import read_git
from .git.state import GitState, wanted_git
from .git.template import push_template, shipped_tree
from .plan import Plan
from .postgres.client import Postgres, end_sessions
from .postgres.state import compare_postgres, wanted_postgres
from .secrets import people, store
from .settings import Paths, Urls
from .storage.apply import apply_storage
from .storage.client import Storage
from .storage.compare import compare_storage
from .storage.policies import read_policies, render_policies
from .storage.state import GATE, TRACKING, StorageState, wanted_storage
from .team import Team
from .tracking.access import Entry
from .tracking.client import Tracking
from .tracking.compare import compare_tracking, wanted_people
from .worker.account import apply_account, compare_account, read_account, wanted_account

Say = Callable[[str], None]


@dataclass(frozen=True)
class Wanted:
    """What is declared, said in the terms of each system that does not depend on anyone's secret."""

    team: Team
    storage: StorageState
    git: GitState


def wanted(team: Team, paths: Paths) -> Wanted:
    """Read policies and template; refuses, before any effect, what is wrong with them."""
    policies = render_policies(read_policies(paths.policies), [project.name for project in team.projects])
    tree = shipped_tree(paths.template, paths.scratch)
    return Wanted(team, wanted_storage(team, policies), wanted_git(team, tree))


@dataclass
class Stack:
    """The running systems, and the secrets by which bootstrap administers them."""

    paths: Paths
    postgres: Postgres
    storage: Storage
    tracking: Tracking
    git: Api
    git_password: str
    service_keys: dict[str, str]
    token: str
    public: Urls
    worker: str
    say: Say
    secrets: dict[str, str] = field(default_factory=dict)

    @classmethod
    def connect(cls, paths: Paths, postgres: Postgres, public: Urls, worker: str, say: Say) -> Stack:
        """Clients of all systems. Raises BlockedError when a secret is missing."""
        root = store.require_json(paths.secrets / "storage-root")
        token = store.require(paths.secrets / "tracking-token")
        password = store.require(paths.secrets / "git-admin-password")
        return cls(
            paths=paths,
            postgres=postgres,
            storage=Storage(root["user"], root["password"]),
            tracking=Tracking(paths.access, token),
            git=Api(password),
            git_password=password,
            service_keys={name: store.require(paths.secrets / f"storage-{name}") for name in (TRACKING, GATE)},
            token=token,
            public=public,
            worker=worker,
            say=say,
        )

    def read_plan(self, want: Wanted) -> Plan:
        """Read all systems and compare. Changes nothing."""
        names = want.team.names()
        self.secrets = people.read_people(self.paths.secrets / "people")
        ours = {name: secret for name, secret in self.secrets.items() if name in names}
        with ThreadPoolExecutor() as pool:
            reading_git = pool.submit(self._read_git, want, ours)
            postgres = compare_postgres(wanted_postgres(), self.postgres.read())
            storage = compare_storage(want.storage, self.storage.read({**ours, **self.service_keys}))
            if not any(section.changes for section in (*postgres, *storage)):
                self.tracking.wait_until_ready()  # with all that it needs in place, it comes up by itself
            tracking = self.tracking.read(ours)
            git = reading_git.result()
        return Plan(
            (
                people.compare_people(names, self.secrets),
                *postgres,
                *storage,
                *compare_tracking(wanted_people(want.team, ours, self.token), tracking),
                *compare_roles(wanted_roles(want.team), read_roles(self.paths.gate)),
                *compare_git(want.git, git),
                *compare_account(wanted_account(want.team, self.worker, ours), read_account(self.paths.worker)),
                *self._demo(want).compare(git, tracking.refused is not None),
            )
        )

    def _read_git(self, want: Wanted, secrets: Mapping[str, str]) -> GitState:
        self.git.wait_until_healthy()
        return read_git(self.git, want.team.organisation, frozenset(want.team.names()), secrets)

    def take_away(self, want: Wanted) -> None:
        """Take away what nobody is to have any more, in each system that answers. The next apply does the rest."""
        kept = people.read_people(self.paths.secrets / "people")
        self.secrets = {name: secret for name, secret in kept.items() if name in want.team.names()}
        for system in (self._take_from_files, self._take_from_storage, self._take_from_git):
            try:
                system(want)
            except SaigenError as error:
                self.say(f"{error.what}, so that nothing was taken away there")

    def _take_from_files(self, want: Wanted) -> None:
        # Both need no service, and are wholly ours.
        entries = wanted_people(want.team, self.secrets, self.token)
        access = compare_tracking(entries, self.tracking.read_access())
        roles = compare_roles(wanted_roles(want.team), read_roles(self.paths.gate))
        self._apply_files(want, Plan((*access, *roles)))

    def _take_from_storage(self, want: Wanted) -> None:
        there = self.storage.read({**self.secrets, **self.service_keys})
        plan = Plan(compare_storage(want.storage, there)).removals()
        self._step("storage", plan, lambda changes: apply_storage(changes, want.storage, {}, self.storage))

    def _take_from_git(self, want: Wanted) -> None:
        there = read_git(self.git, want.team.organisation, frozenset(want.team.names()), self.secrets)
        self._step("git", Plan(compare_git(want.git, there)).removals(), self._forge(want).apply)

    def apply(self, want: Wanted, plan: Plan) -> None:
        """Carry the plan out, in an order that lets the next apply finish an interrupted one.

        A secret is written before it is given to anyone, and taken away after everything else.
        """
        folder = self.paths.secrets / "people"
        people.make_secrets(plan.changes("secrets"), folder)
        kept = people.read_people(folder)
        self.secrets = {name: kept[name] for name in want.team.names()}
        keys = {**self.secrets, **self.service_keys}
        self._apply_files(want, plan)
        self._step("postgres", plan, self.postgres.apply)
        with ThreadPoolExecutor() as pool:  # neither of the two waits for the other
            forge = pool.submit(self._step, "git", plan, self._forge(want).apply)
            self._step("storage", plan, lambda changes: apply_storage(changes, want.storage, keys, self.storage))
            forge.result()
        account = wanted_account(want.team, self.worker, self.secrets)
        self._step("worker", plan, lambda _: apply_account(self.paths.worker, account))
        people.remove_secrets(plan.changes("secrets"), folder)
        self.tracking.wait_until_ready()
        self.tracking.wait_until_served(self.secrets)
        self._step("demo", plan, self._demo(want).apply)

    def _apply_files(self, want: Wanted, plan: Plan) -> None:
        entries = wanted_people(want.team, self.secrets, self.token)
        complete: dict[str, Entry] = {name: entry for name, entry in entries.items() if entry is not None}
        self._step("tracking", plan, lambda changes: self.tracking.apply(changes, complete))
        self._step("gate", plan, lambda _: write_roles(self.paths.gate, wanted_roles(want.team)))

    def _step(self, system: str, plan: Plan, make: Callable[..., None]) -> None:
        changes = plan.changes(system)
        if changes:
            make(changes)
            self.say(f"{system:<9} {len(changes)} changed" if len(changes) > 1 else f"{system:<9} 1 changed")

    def _forge(self, want: Wanted) -> Forge:
        organisation, paths = want.team.organisation, self.paths
        return Forge(
            self.git,
            organisation,
            want.git,
            self.secrets,
            push_template=lambda: push_template(paths.template, paths.scratch, organisation, self.git_password),
            end_sessions=lambda: end_sessions(paths.secrets / "pgpass"),
        )

    def _demo(self, want: Wanted) -> Demo:
        return Demo(want.team, self.secrets, self.paths, self.public, self.git, self.say)


def plan_verb(team: Team, stack: Stack) -> int:
    """Print what an apply would change; exit code 1 when there is anything."""
    plan = stack.read_plan(wanted(team, stack.paths))
    _print(plan, stack.say)
    stack.say(
        f"plan: {plan.total()} to change, next: ./scripts/apply, or {UP}" if plan.total() else "plan: nothing to do"
    )
    return 1 if plan.total() else 0


def apply_verb(team: Team, stack: Stack) -> int:
    """Make everything as declared. Raises DriftLeftError when something still differs afterwards.

    A system that does not answer is no reason to let people who left into the others.
    """
    want = wanted(team, stack.paths)
    with stack.postgres.lock():
        try:
            plan = stack.read_plan(want)
        except UnreachableError:
            stack.take_away(want)
            raise
        _print(plan, stack.say)
        if not plan.total():
            stack.say("apply: nothing to do")
            return 0
        stack.apply(want, plan)
        left = stack.read_plan(want)
        if left.total():
            raise DriftLeftError(tuple(section.render() for section in left.sections if section.changes))
    stack.say(f"apply: {plan.total()} changed, everything is as declared")
    return 0


def _print(plan: Plan, say: Say) -> None:
    for line in plan.lines():
        say(line)
