"""What a release would do, decided from the facts alone. Pure."""

from __future__ import annotations

import hashlib
import shlex
from dataclasses import dataclass

from saigen.project import ReleaseRules
from saigen.release.facts import Facts, Source
from saigen.tags import next_release


@dataclass(frozen=True)
class Plan:
    """What is to be done.

    Attributes:
        tag: of the release that is due; None where none is. merges: what it takes. why: why it is due, or is not.
        finish: releases that are published already and lack something. abandoned: tags to take away before.
        steps: everything, in words and in order; empty: nothing to do.
        state: hash of what the release would be made of; empty where none is due.
    """

    line: str
    branch: str
    why: str
    tag: str | None = None
    merges: tuple[Source, ...] = ()
    finish: tuple[str, ...] = ()
    abandoned: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    state: str = ""


def plan_of(facts: Facts, rules: ReleaseRules) -> Plan:
    """The plan for a line.

    A release is due where the stable branch lacks something that its sources have, or holds what was not released.
    """
    merges = tuple(source for source in facts.sources if source.behind)
    finish = tuple(tag for tag, _ in facts.unfinished)
    finishing = [f"complete {tag}: {' and '.join(_DONE[one] for one in lacks)}" for tag, lacks in facts.unfinished]
    if not _is_due(facts, merges):
        return Plan(facts.line, facts.branch, _idle(facts), finish=finish, steps=tuple(finishing))
    tag = next_release(facts.line, facts.tags - set(facts.abandoned)).tag
    return Plan(
        line=facts.line,
        branch=facts.branch,
        why=_reason(facts, merges),
        tag=tag,
        merges=merges,
        finish=finish,
        abandoned=facts.abandoned,
        steps=(*finishing, *(_cleaning(facts)), *_steps(facts, rules, tag, merges)),
        state=_state(facts, rules),
    )


_DONE = {"registry": "register its model", "results": "add its runs to the results on main"}


def _is_due(facts: Facts, merges: tuple[Source, ...]) -> bool:
    return bool(merges) or (not facts.at_tip and not (facts.new and not facts.sources))


def _idle(facts: Facts) -> str:
    if facts.at_tip:
        names = " and ".join(source.branch for source in facts.sources) or "no branch to take from"
        return f"{facts.last} has everything of {names}"
    return f"there is no {facts.branch}, and no branch that it could take code or data from"


def _reason(facts: Facts, merges: tuple[Source, ...]) -> str:
    if not merges:
        return f"{facts.branch} holds what was not released"
    return " and ".join(f"new {source.role} on {source.branch}" for source in merges)


def _state(facts: Facts, rules: ReleaseRules) -> str:
    made_of = (facts.line, facts.tip, *((source.role, source.commit) for source in facts.sources), rules)
    return hashlib.sha256(repr(made_of).encode()).hexdigest()


def _cleaning(facts: Facts) -> list[str]:
    return [f"take away the tag {tag}, which was never published" for tag in facts.abandoned]


def _steps(facts: Facts, rules: ReleaseRules, tag: str, merges: tuple[Source, ...]) -> list[str]:
    steps = [f"begin {facts.branch}"] if facts.new else []
    for source in merges:
        commits = "1 commit" if source.behind == 1 else f"{source.behind} commits"
        steps.append(f"merge {source.role} from {source.branch} ({commits}, to {source.commit[:12]})")
    steps.append(f"choose the tag {tag}")
    if rules.tests:
        steps.append(f"test: {shlex.join(rules.tests)}")
    for name, words in rules.phases.items():
        steps.append(f"{name}: {shlex.join(words)}")
        if name == "evaluate" and rules.thresholds:
            steps.append(f"require {', '.join(map(str, rules.thresholds))}")
    if rules.image:
        steps.append("build the serving image and try it")
    steps.append(f"commit the model of {rules.ships}, its card and metrics; push the data")
    steps.append(f"push {facts.branch} and the tag {tag}")
    steps.append(f"{_DONE['registry']}, and {_DONE['results']}")
    return steps
