"""Whether a push may happen: the rules of the default branch, asked with what the forge knows about who pushes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from saigen.branches.push import Pusher, RefChange, Refusal, judge_push, tips_of
from saigen.branches.rules import MAINTAINER
from saigen.errors import BlockedError, SaigenError, UnreachableError
from saigen.gate.gate import judge_content
from saigen.gate.pointers import of_project
from saigen.git.repository import Repository
from saigen.project import FILE, Project, parse_project
from saigen.tags import FORGOTTEN, INCOMING
from saigen_gate.known import known
from saigen_gate.overrides import Override
from saigen_gate.request import OVERRIDE, Request
from saigen_gate.snapshots import judge_forgetting, judge_snapshots
from saigen_gate.storage import BUCKET, reach_storage

SCANNER = "/usr/local/bin/gitleaks"


@dataclass(frozen=True)
class Decision:
    """What is said to a push: reasons against it, or the overrides by which it is let in all the same."""

    refusals: tuple[Refusal, ...] = ()
    overrides: tuple[Override, ...] = ()


def decide(request: Request, role: str) -> Decision:
    """Judge a push. What cannot be judged is refused, with the reason why it cannot.

    Raises:
        SaigenError: something that no rule is about, as a damaged repository.
    """
    refusals = judge(request, role)
    if not refusals or request.override is None:
        return Decision(tuple(refusals))
    if role != MAINTAINER:
        return Decision((*refusals, _no_override("only a maintainer may go against the rules", "ask a maintainer")))
    if not request.override:
        how = f'git push -o {OVERRIDE}="why" ...'
        return Decision((*refusals, _no_override("an override without a reason tells nobody why", how)))
    at = datetime.now(timezone.utc).isoformat(timespec="seconds")
    broken = tuple(dict.fromkeys(f"{one.rule}: {one.what}" for one in refusals))
    return Decision(
        overrides=tuple(
            Override(request.pusher, at, request.override, change.ref, change.old, change.new, broken)
            for change in request.changes
        )
    )


def judge(request: Request, role: str) -> list[Refusal]:
    """Every reason against a push, by the rules alone."""
    repository = Repository(request.folder)
    snapshots = [change for change in request.changes if change.ref.startswith(INCOMING)]
    forgotten = [change for change in request.changes if change.ref.startswith(FORGOTTEN)]
    others = [change for change in request.changes if not change.ref.startswith((INCOMING, FORGOTTEN))]
    try:
        project = default_project(repository)
        refusals = judge_forgetting(repository, forgotten, role)
        refusals += judge_snapshots(repository, project, snapshots, SCANNER) if snapshots else []
        if project is not None and others:
            refusals += judge_push(repository, project, others, Pusher(request.pusher, role, request.merging))
            refusals += _content(request, repository, project, others)
    except SaigenError as error:
        return [unjudged(error)]
    return refusals


def judge_branches(folder: Path, changes: Sequence[RefChange]) -> list[Refusal]:
    """Every reason of the branches' rules against a change that no push made (a branch renamed or deleted on a page).

    Who makes it is not known here: it is judged as a member's.
    """
    repository = Repository(folder)
    try:
        project = default_project(repository)
        return judge_push(repository, project, changes, Pusher("")) if project is not None else []
    except SaigenError as error:
        return [unjudged(error)]


def _content(
    request: Request, repository: Repository, project: Project, changes: Sequence[RefChange]
) -> tuple[Refusal, ...]:
    reach_storage(os.environ)
    remotes = of_project(BUCKET, request.name)
    try:
        with known() as objects:
            found = judge_content(
                repository,
                project,
                changes,
                tips=tips_of(repository),
                remotes=remotes,
                program=SCANNER,
                objects=objects,
            )
    except UnreachableError as error:
        raise UnreachableError(
            "the storage is away, so nobody can say whether the data of this push is there",
            error.why,
            "push again in a moment; if it lasts, whoever runs the platform: docker compose ps storage",
        ) from error
    return found.refusals


def default_project(repository: Repository) -> Project | None:
    """The settings on the default branch, whatever the push says; None where it has none.

    Raises:
        BlockedError: they are wrong.
    """
    text = repository.file("HEAD", FILE)
    if text is None:
        return None
    try:
        return parse_project(text.decode())
    except (SaigenError, UnicodeDecodeError) as error:
        raise BlockedError(
            f"{FILE} on the default branch cannot be read, so nothing can be judged by it",
            error.why if isinstance(error, SaigenError) else "it is not UTF-8",
            f'a maintainer mends it: git push -o {OVERRIDE}="mend {FILE}" ...',
        ) from error


def unjudged(error: SaigenError) -> Refusal:
    """What is said when a rule could not be asked."""
    return Refusal("unjudged", f"this push cannot be judged now: {error.what}", error.why, error.next)


def _no_override(why: str, next: str) -> Refusal:
    return Refusal("override", "the rules cannot be overridden like this", why, next)
