"""`saigen release train`: read what is, compare, print the plan, then merge, train, judge, publish and complete.

Until the one push of branch and tag everything happens in a worktree that is thrown away, so that a failure leaves
branch, tags and registry as they were. What follows the push can be done again, and is, by the next call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from saigen.branches.worktree import on_branch
from saigen.errors import UsageError
from saigen.git.repository import repository_here
from saigen.project import Project
from saigen.release.facts import read_facts
from saigen.release.finish import finish
from saigen.release.making import Work, make
from saigen.release.plan import Plan, plan_of
from saigen.release.registry import Registry
from saigen.release.rules import project_of, stable_branch
from saigen.tracking import Tracking

Say = Callable[[str], None]


@dataclass(frozen=True)
class Trained:
    """What was done, or would be.

    Attributes:
        tag, commit: of the release that was made; None where none was due. why: why it was due, or not.
        finished: releases that were completed. steps: the plan, in words. metrics: of the evaluation.
        state: hash of what it was, or would be, made of.
    """

    line: str
    branch: str
    why: str
    tag: str | None = None
    commit: str | None = None
    finished: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    dry_run: bool = False
    state: str = ""


def train_release(
    line: str,
    *,
    folder: Path | None = None,
    dry_run: bool = False,
    yes: bool = False,
    ask: Callable[[Plan], bool] | None = None,
    say: Say = lambda _: None,
    tracking: Tracking | None = None,
) -> Trained:
    """Release a model line, where anything is due.

    Args:
        line: a client's id or a model's name. folder: in a clone of the project; the current one if None.
        dry_run: only say what would be done. yes: do it without asking `ask`, who sees the plan.

    Raises:
        SaigenError: the tests are red, a threshold is missed, a command failed: nothing was released.
        UsageError: the project does not say how, or nobody agreed. BlockedError: something is missing.
        BranchMovedError: somebody else released meanwhile. UnreachableError, NotPermittedError: a service says no.
    """
    repository = repository_here(folder)
    registry = Registry(tracking or Tracking())
    branch = stable_branch(project_of(repository), line)
    with on_branch(repository, branch) as tree:
        project = project_of(repository)  # as it is on the remote now
        facts = read_facts(tree, project, line, registry)
        plan = plan_of(facts, project.release)
        done = Trained(line, branch, plan.why, steps=plan.steps, dry_run=dry_run, state=plan.state)
        if not plan.steps or dry_run:
            return replace(done, tag=plan.tag)
        _require_commands(project, plan)
        _agree(plan, yes=yes, ask=ask)
        for tag in plan.finish:
            finish(repository, project, tag, registry, say)
        if plan.tag is None:
            return replace(done, finished=plan.finish)
        manifest = make(Work(tree, project, facts, registry.tracking, say), plan)
    finish(repository, project, manifest.tag, registry, say)
    return replace(
        done,
        tag=manifest.tag,
        commit=repository.commit(f"refs/tags/{manifest.tag}"),
        finished=plan.finish,
        metrics=manifest.phase("evaluate").metrics,
    )


def _require_commands(project: Project, plan: Plan) -> None:
    if plan.tag and not project.release.phases:
        raise UsageError(
            "saigen.toml does not say how a model is trained",
            "expected [release] with evaluate = [...], found none on the default branch",
            "write it, and merge it into the default branch",
        )


def _agree(plan: Plan, *, yes: bool, ask: Callable[[Plan], bool] | None) -> None:
    if yes or (ask is not None and ask(plan)):
        return
    said = "you did not agree" if ask else "nobody is here to ask"
    raise UsageError("nothing was released", said, f"saigen release train {plan.line} --yes")
