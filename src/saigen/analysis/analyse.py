"""`saigen.analyse`: compare what two models did in production, and keep the answer on a branch of its own.

Nothing is computed where the branch answers the very same question already: same records, metric and options.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from saigen.analysis.answer import Answer, asks_the_same
from saigen.analysis.asked import Asked, branch_of_experiment, question_of
from saigen.analysis.batches import read_batches
from saigen.analysis.columns import Columns
from saigen.analysis.effect import measure
from saigen.analysis.logged import Place, log
from saigen.analysis.publish import DATA, FILES, REPORT, write
from saigen.analysis.question import Kind, Question
from saigen.analysis.report import render
from saigen.analysis.split import verify_split
from saigen.analysis.tables import read_values
from saigen.branches.worktree import BranchMovedError, BranchTree, on_branch
from saigen.errors import BlockedError, SaigenError, UsageError
from saigen.git.repository import Repository, repository_here
from saigen.installing import to_install
from saigen.project import MonitorRules, Project, read_project
from saigen.text import counted
from saigen.tracking.server import Tracking

_TRIES = 3
_LIBRARIES = ("scipy", "statsmodels")
Say = Callable[[str], None]


@dataclass(frozen=True)
class Analysis:
    """An experiment and its answer.

    Attributes:
        branch: where its report is. commit: the report's; None where the answer was refused, or in a dry run.
        new: False where the branch held the answer already. run: id of its run; None where none was logged.
        report: what report.json holds. text: what report.md holds.
    """

    branch: str
    commit: str | None
    new: bool
    run: str | None
    report: Mapping[str, Any]
    text: str

    @property
    def verdict(self) -> str:
        """`better`, `worse`, `different`, `no difference shown` or `refused`."""
        return str(self.report["verdict"])


def analyse(
    kind: str,
    control: str,
    candidate: str,
    metric: str,
    *,
    name: str | None = None,
    environment: str | None = None,
    split: str | None = None,
    offline: bool = False,
    alpha: float = 0.05,
    detect: float | None = None,
    better: str | None = None,
    key: Sequence[str] = (),
    unit: str | None = None,
    prediction: str | None = None,
    label: str | None = None,
    dry_run: bool = False,
    say: Say = lambda _: None,
    repository: Repository | None = None,
) -> Analysis:
    """Compare two models by their monitoring records; publish the report on `ds/<name>` and log it as a run.

    Args:
        kind: `ab`, `forward` (the candidate has 1 %) or `back` (the control, the model before, keeps 1 %).
        control, candidate: tag of a released model, or some of its records: `acme-7/12..20`.
        metric: see `saigen.analysis.metric`. name: of the experiment. environment: whose records.
        split: shares of control and candidate, such as `99/1`. offline: both models predicted the same rows.
        alpha: how often a difference may be claimed where there is none. detect: the smallest effect that matters.
        better: `higher` or `lower`, where the metric does not say it.
        key, unit, prediction, label: columns; the key is by default what the records say.
        dry_run: compare, but publish nothing. say: is told each step before it is taken.

    Raises:
        UsageError: one of these cannot be. BlockedError: records, content or a package is missing.
        UnreachableError, NotPermittedError: a remote or the server does not answer, or refuses.
    """
    if split and offline:
        raise UsageError("offline there is no split", "both models predict the same rows", "leave one of them out")
    where = repository or repository_here()
    project = read_project(where.root)
    predictions, labels = _usual(project, metric)
    columns = Columns(tuple(key), unit, prediction, label, predictions, labels)
    asked = Asked(_kind(kind), control, candidate, metric, environment, split, offline, alpha, detect, better, columns)
    place = Place(where, branch_of_experiment(asked, name, project), project.name if project else where.root.name)
    for left in reversed(range(_TRIES)):
        try:
            return _on(place, asked, dry_run, say)
        except BranchMovedError:
            if not left:
                raise
    raise AssertionError("the last try returns or raises")


def _usual(project: Project | None, metric: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """How the columns of predictions and labels are called in this project; a Brier score is of probabilities."""
    rules = project.monitor if project else MonitorRules()
    of_probabilities = (rules.probability,) if metric == "brier" else ()
    return (*of_probabilities, rules.prediction), (rules.label,)


def _kind(text: str) -> Kind:
    known = [kind.value for kind in Kind]
    if text not in known:
        raise UsageError(f"there is no kind of experiment {text!r}", f"expected one of {', '.join(known)}", known[0])
    return Kind(text)


def _on(place: Place, asked: Asked, dry_run: bool, say: Say) -> Analysis:
    """The answer, from the branch where it holds it, else computed and published."""
    with on_branch(place.repository, place.branch) as tree:
        question = question_of(place.repository, asked)
        held = None if tree.new else tree.repository.file("HEAD", DATA)
        known = asks_the_same(held, question)
        if known is not None:
            text = (tree.repository.file("HEAD", REPORT) or b"").decode()
            run = None if dry_run else _log(place, tree, tree.start)
            return Analysis(place.branch, tree.start, False, run, known, text)
        answer = _answer(place.repository, question, say)
        report = json.loads(json.dumps(answer.to_json()))
        if answer.effect is None or dry_run:
            return Analysis(place.branch, None, True, None, report, render(answer, picture=False))
        say(f"publish the report on {place.branch}")
        commit = write(tree, answer)
        return Analysis(place.branch, commit, True, _log(place, tree, commit), report, render(answer))


def _answer(repository: Repository, question: Question, say: Say) -> Answer:
    missing = [name for name in _LIBRARIES if find_spec(name) is None]
    if missing:
        raise BlockedError(
            "experiments cannot be analysed here",
            f"expected the packages {' and '.join(_LIBRARIES)}, found no {missing[0]}",
            to_install("saigen[analysis]"),
        )
    say(f"read {counted(len(question.records), 'record')}")
    batches = [read_batches(repository, group.records) for group in (question.control, question.candidate)]
    sides = read_values(batches, question.metric, question.columns, paired=question.paired)
    split = verify_split(*sides.units, question.split) if question.split else None
    effect = None
    if split is None or split.holds:
        _require_values(question, len(sides.control), len(sides.candidate))
        say(f"compare {len(sides.control):,} with {len(sides.candidate):,} units")
        effect = measure(
            sides.control,
            sides.candidate,
            question.metric.form,
            alpha=question.alpha,
            paired=question.paired,
            detect=question.detect,
        )
    return Answer(
        question=question,
        values=(len(sides.control), len(sides.candidate)),
        units=sides.units,
        both=sides.both,
        named=sides.named,
        without=sides.without,
        columns=sides.columns,
        split=split,
        effect=effect,
    )


def _require_values(question: Question, *sizes: int) -> None:
    if min(sizes) < 2:
        raise BlockedError(
            "there is too little to compare",
            f"expected two units or more with a value of {question.metric.name} in each group, found"
            f" {sizes[0]:,} and {sizes[1]:,}",
            "saigen monitor record ENV --labels FILE ..., or more records",
        )


def _log(place: Place, tree: BranchTree, commit: str) -> str | None:
    """The run of a report; None where no server was named."""
    try:
        tracking = Tracking()
    except UsageError:
        return None
    files = tree.repository.contents(commit, FILES)
    try:
        return log(tracking, place, commit, files)
    except SaigenError as error:
        why = f"{error.why}; the report is on {place.branch} all the same"
        raise type(error)(error.what, why, error.next) from error
