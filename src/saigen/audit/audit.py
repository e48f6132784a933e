"""`saigen audit`: which runs can be reproduced now, decided without running any of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from saigen.analysis.logged import ANALYSIS
from saigen.audit.artifacts import wrong_artifacts
from saigen.audit.facts import Evidence, Lack, Need, Reason
from saigen.audit.history import History, Say, read_history, silent
from saigen.audit.judge import Finding, Outcome, RunFacts, decide, examine
from saigen.audit.locks import stored_locks
from saigen.audit.objects import read_objects
from saigen.audit.results import without_result
from saigen.monitor.track import MODEL
from saigen.recording import RECORD, REPRODUCES
from saigen.tracking import Run, Tracking

ANY_REPRODUCTION = f"tags.`{REPRODUCES}` LIKE '%'"
# What is a run to MLflow and no result of its own, by the tag that `saigen` gives it.
_REPORTS = {REPRODUCES: "reproductions", MODEL: "checks", ANALYSIS: "analyses"}


@dataclass(frozen=True)
class Audit:
    """The findings on all runs that were asked for, newest first.

    Attributes:
        left_out: how many runs are no results of their own: `reproductions`, `checks` of `saigen monitor`, `analyses`.
    """

    findings: tuple[Finding, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """1 when a run cannot be reproduced, else 3 when one could not be decided, else 0."""
        outcomes = {finding.outcome for finding in self.findings}
        if Outcome.MISSING in outcomes:
            return 1
        return 3 if Outcome.UNDECIDED in outcomes else 0


@dataclass(frozen=True)
class Summary:
    """One experiment: how many runs of each outcome, how many have evidence, and how often each lack was found."""

    experiment: str
    outcomes: Mapping[Outcome, int]
    evidence: int
    lacks: Mapping[Lack, int]

    @property
    def runs(self) -> int:
        """All runs."""
        return sum(self.outcomes.values())


def audit(
    experiments: Sequence[str] = (),
    *,
    filter: str = "",
    limit: int | None = None,
    deep: bool = False,
    tracking: Tracking | None = None,
    say: Say = silent,
) -> Audit:
    """Decide for runs, without running anything, whether each can be reproduced now.

    Args:
        experiments: names of experiments; none means all.
        filter: MLflow's filter, such as `metrics.rmse < 12 and tags.data_version = 'flights_v3'`.
        limit: at most this many runs, the newest.
        deep: also download every object and verify its content, and list the artifacts of every run.
        tracking: the server to ask; the one in use by default.
        say: called with one line for each long step.

    Raises:
        BlockedError: there is no such experiment. UsageError: the filter is wrong, or no server was named.
        UnreachableError: tracking, the storage or every repository does not answer.
        NotPermittedError: tracking does not know who asks.
    """
    tracking = tracking or Tracking()
    names = tracking.experiments(experiments)
    runs = list(tracking.search(list(names), filter, limit))
    say(f"tracking: {len(runs)} runs in {len(names)} experiments")
    whole = not (filter or limit or experiments)
    evidence = evidence_of(runs if whole else tracking.search(list(tracking.experiments()), ANY_REPRODUCTION))
    kinds = {run.id: report_kind(run.tags) for run in runs}
    originals = [run for run in runs if kinds[run.id] is None]
    history = read_history(tracking, originals, say=say)
    data = missing_data(history, deep, say)
    finished = [run for run in originals if run.status == "FINISHED"]
    found = Found(
        data=data,
        locks=stored_locks(tracking, finished, deep),
        artifacts=wrong_artifacts(tracking, finished, deep),
        bare=without_result(tracking, originals, lambda run: ignored_metrics(history, run), whole=whole),
        evidence=evidence,
    )
    findings = tuple(decide(facts_of(run, history, found), names[run.experiment_id]) for run in originals)
    counted = Counter(kinds.values())
    return Audit(findings, {kind: counted[kind] for kind in _REPORTS.values()})


def report_kind(tags: Mapping[str, str]) -> str | None:
    """What a run is that is no result of its own; None for one that is, as each is that was recorded. Pure."""
    if tags.get(REPRODUCES):
        return _REPORTS[REPRODUCES]
    return None if tags.get(RECORD) else next((kind for tag, kind in _REPORTS.items() if tags.get(tag)), None)


def evidence_of(runs: Iterable[Run]) -> dict[str, tuple[Evidence, ...]]:
    """The reproductions among these runs, by the run that they repeat."""
    found: defaultdict[str, list[Evidence]] = defaultdict(list)
    for run in runs:
        if run.recording.reproduces:
            found[run.recording.reproduces].append(Evidence(run.id, run.user, run.recording.verdict))
    return {run: tuple(evidence) for run, evidence in found.items()}


def missing_data(history: History, deep: bool, say: Say) -> dict[Need, tuple[Reason, ...]]:
    """What each output that a run needs lacks in the storage."""
    every = (history.needs_of(run) for run in history.runs)
    needs = list(dict.fromkeys(need for found in every if found is not None for need in found.needs))
    say(f"storage: {len(needs)} states of data")
    objects = read_objects(needs, deep)
    say(f"storage: {len(objects.sizes)} objects asked for")
    return {need: examine(need, objects) for need in needs}


@dataclass(frozen=True)
class Found:
    """What the services answered: what each output lacks, and by run its lock, artifacts, result and reproductions."""

    data: Mapping[Need, tuple[Reason, ...]]
    locks: Mapping[str, tuple[Reason, ...]]
    artifacts: Mapping[str, str]
    bare: Set[str]
    evidence: Mapping[str, tuple[Evidence, ...]]


def ignored_metrics(history: History, run: Run) -> tuple[str, ...]:
    """Metrics that a run's project leaves out of comparisons, beside those that everybody does."""
    commit = history.commit_of(run)
    return commit.ignored if commit else ()


def facts_of(run: Run, history: History, found: Found) -> RunFacts:
    """Everything that decides one run."""
    repository = history.repository_of(run)
    commit = history.commit_of(run)
    needs = history.needs_of(run)
    lacking: tuple[Reason, ...] = ()
    if needs is not None:
        lacking = (*needs.reasons, *(reason for need in needs.needs for reason in found.data[need]))
    elif commit is not None:
        lacking = (Reason(Lack.ARTIFACTS, "its map of data (saigen/data.json) cannot be read"),)
    return RunFacts(
        run=run,
        commit=commit,
        unreadable=repository.unreadable if repository else None,
        submodules=tuple(history.missing_submodules(run)),
        lock=found.locks.get(run.id),
        bare=run.id in found.bare,
        data=lacking,
        artifacts=found.artifacts.get(run.id),
        evidence=found.evidence.get(run.id, ()),
    )


def summaries(findings: Iterable[Finding]) -> list[Summary]:
    """One summary an experiment, by name."""
    grouped: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        grouped[finding.experiment].append(finding)
    return [
        Summary(
            experiment=experiment,
            outcomes=Counter(finding.outcome for finding in found),
            evidence=sum(1 for finding in found if finding.evidence),
            lacks=Counter(lack for finding in found for lack in {reason.lack for reason in finding.reasons}),
        )
        for experiment, found in sorted(grouped.items())
    ]
