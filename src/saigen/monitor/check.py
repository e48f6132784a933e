"""`saigen monitor check`: what a model saw lately, against what it was trained on; and who must know."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from saigen.branches.worktree import BranchTree, on_branch
from saigen.data.transfer.progress import Progress
from saigen.errors import SaigenError
from saigen.git.repository import Repository, repository_here
from saigen.monitor.alerts import Alert, idle, raised, unsent
from saigen.monitor.calibration import Quality
from saigen.monitor.checks import CheckResult, run_checks
from saigen.monitor.drift import ColumnDrift
from saigen.monitor.examine import Examination, examine, figures_of
from saigen.monitor.frames import Reader
from saigen.monitor.notify import Notice, channels, tell
from saigen.monitor.records import branch_of_environment, project_of, read_records, require_environment, require_model
from saigen.monitor.reference import completed
from saigen.monitor.report import page
from saigen.monitor.selection import Selection, select
from saigen.monitor.track import (
    ALERTS,
    ENVIRONMENT,
    HEAD,
    MODEL,
    RECORD,
    RECORDS,
    SENT,
    UNSENT,
    Journal,
    as_tag,
    sent_before,
)
from saigen.project import Project
from saigen.tracking import Tracking

Say = Callable[[str], None]


@dataclass(frozen=True)
class Checked:
    """What a check found.

    Attributes:
        records: tags of the batches that were looked at. reference: what they were compared with.
        figures: every figure by the name that alert rules use. columns: the inputs, the furthest from the reference
            first. left_out: those not compared, and why. missing, new: only in the reference, only in the inputs.
        prediction: the predictions against those before.
        quality: None where no label has come. checks: of the team's own. alerts: rules that hold.
        idle: rules that nothing was measured for. run: id on the tracking server; None where it was not written down.
        told: channels that heard of an alert now. untold: channel -> why it could not be told.
    """

    environment: str
    model: str
    records: tuple[str, ...]
    reference: str
    figures: Mapping[str, float]
    columns: tuple[ColumnDrift, ...]
    left_out: Mapping[str, str]
    missing: tuple[str, ...]
    new: tuple[str, ...]
    prediction: ColumnDrift | None
    quality: Quality | None
    checks: tuple[CheckResult, ...]
    alerts: tuple[Alert, ...]
    idle: tuple[str, ...] = ()
    run: str | None = None
    told: tuple[str, ...] = ()
    untold: Mapping[str, str] | None = None

    @property
    def exit_code(self) -> int:
        """1 where there is an alert."""
        return 1 if self.alerts else 0


def monitor_check(
    environment: str,
    *,
    model: str | None = None,
    last: int = 1,
    since: str | None = None,
    html: Path | None = None,
    log: bool = True,
    repository: Repository | None = None,
    tracking: Tracking | None = None,
    progress: Progress | None = None,
) -> Checked:
    """Compare what a model saw with what it was trained on, write a run with a report, and tell people of alerts.

    Args:
        environment: such as `prod`. model: tag of the model; by default the one recorded last.
        last: how many batches, the newest. since: instead, all after this record (a tag).
        html: also write the report there.
        log: write a run to the tracking server, and tell people of alerts that they were not told of for this record.
            Without it nobody is told anything.

    Raises:
        UsageError: the arguments or saigen.toml fit nothing. BlockedError: nothing was recorded, or the reference, its
            content or a library is missing. UnreachableError, NotPermittedError: a service does not answer, or refuses.
    """
    where = repository or repository_here()
    progress = progress or Progress()
    project = project_of(where.root)
    require_environment(environment)
    journal = Journal.of(tracking or Tracking(), project.name) if log else None
    with on_branch(where, branch_of_environment(project, environment)) as tree:
        selection = select(read_records(tree.repository, environment), environment, model=model, last=last, since=since)
        require_model(tree.repository, selection.model.tag)
        checked, examination = _examine(tree, project, environment, selection, progress)
    report = page(_title(checked), _facts(checked), examination, checked.alerts)
    if html is not None:
        html.write_text(report, encoding="utf-8")
    return _log(journal, checked, selection, report, project) if journal else checked


def _examine(
    tree: BranchTree, project: Project, environment: str, selection: Selection, progress: Progress
) -> tuple[Checked, Examination]:
    """Read the tables, measure, and compare with the rules."""
    rules = completed(project.monitor, tree.repository, selection.model.tag)
    frames = Reader(tree.repository, tree.start, rules).read(selection)
    checks = run_checks(tree.repository, frames, rules.check_seconds, progress)
    found = examine(frames, rules, checks)
    figures = figures_of(found)
    checked = Checked(
        environment=environment,
        model=selection.model.tag,
        records=tuple(one.tag for one in selection.batches),
        reference=frames.source,
        figures=figures,
        columns=found.drift.columns,
        left_out=found.drift.left_out,
        missing=found.drift.missing,
        new=found.drift.new,
        prediction=found.drift.prediction,
        quality=found.quality,
        checks=found.checks,
        alerts=tuple(raised(figures, project.alerts, environment)),
        idle=tuple(idle(figures, project.alerts, environment)),
    )
    return checked, found


def _log(journal: Journal, checked: Checked, selection: Selection, report: str, project: Project) -> Checked:
    """Write the run, then tell every channel what it was not told for this record."""
    before = journal.runs(checked.environment, checked.model)
    tags = {
        ENVIRONMENT: checked.environment,
        MODEL: checked.model,
        RECORD: checked.records[-1],
        RECORDS: str(len(checked.records)),
        HEAD: selection.head.tag,
        ALERTS: as_tag(f"{alert.severity}: {alert.when}" for alert in checked.alerts),
    }
    run = journal.write(_title(checked), tags, checked.figures, report)
    told: list[str] = []
    untold: dict[str, str] = {}
    for channel in channels(project.monitor):
        new = unsent(checked.alerts, sent_before(before, checked.records[-1], channel))
        if not new:
            continue
        notice = Notice(checked.environment, checked.model, checked.records[-1], new, f"MLflow run {run}")
        try:
            tell(channel, notice, project.monitor, os.environ)
        except SaigenError as error:
            untold[channel] = f"{error.what}: {error.why}"
        else:
            journal.tracking.set_tag(run, SENT + channel, as_tag(alert.when for alert in new))
            told.append(channel)
    if untold:
        journal.tracking.set_tag(run, UNSENT, "; ".join(f"{name}: {why}" for name, why in untold.items())[:4000])
    return replace(checked, run=run, told=tuple(told), untold=untold)


def _title(checked: Checked) -> str:
    return f"{checked.model} in {checked.environment}: {checked.records[-1]}"


def _facts(checked: Checked) -> list[tuple[str, str]]:
    count = len(checked.records)
    return [
        ("model", checked.model),
        ("environment", checked.environment),
        ("records", checked.records[-1] if count == 1 else f"{checked.records[0]} to {checked.records[-1]} ({count})"),
        ("rows", f"{checked.figures['rows']:,.0f}, {checked.figures['labels']:,.0f} with a label"),
        ("compared with", checked.reference),
    ]
