"""An audit as a table for people and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from saigen.audit.audit import Audit, Summary, summaries
from saigen.audit.judge import Finding, Outcome
from saigen.text import printable

if TYPE_CHECKING:
    from rich.table import Table

SHOWN = 20  # runs that are named one by one
_COLOURS = {Outcome.REPRODUCIBLE: "green", Outcome.BY_COMMIT: "green", Outcome.MISSING: "red"}


def as_json(audit: Audit) -> dict[str, Any]:
    """The whole audit as JSON values."""
    return {
        "reproducible": audit.exit_code == 0,
        "experiments": [
            {
                "experiment": summary.experiment,
                "runs": summary.runs,
                "outcomes": {outcome.value: summary.outcomes.get(outcome, 0) for outcome in Outcome},
                "with_evidence": summary.evidence,
                "reasons": {lack.value: count for lack, count in summary.lacks.items()},
            }
            for summary in summaries(audit.findings)
        ],
        "left_out": dict(audit.left_out),
        "runs": [_finding(finding) for finding in audit.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "run": finding.run,
        "name": finding.name,
        "experiment": finding.experiment,
        "user": finding.user,
        "outcome": finding.outcome.value,
        "reasons": [{"reason": reason.lack.value, "what": reason.what} for reason in finding.reasons],
        "evidence": [
            {"run": one.run, "author": one.author, "verdict": one.verdict.value if one.verdict else None}
            for one in finding.evidence
        ],
    }


def table(found: Sequence[Summary]) -> Table:
    """One line an experiment, a column an outcome that occurs."""
    from rich.table import Table
    from rich.text import Text

    occurring = [outcome for outcome in Outcome if any(summary.outcomes.get(outcome) for summary in found)]
    drawn = Table("experiment", box=None, pad_edge=False)
    drawn.add_column("runs", justify="right")
    for outcome in occurring:
        drawn.add_column(outcome.value, justify="right", style=_COLOURS.get(outcome))
    drawn.add_column("repeated", justify="right")
    drawn.add_column("missing")
    for summary in found:
        drawn.add_row(
            Text(printable(summary.experiment)),
            str(summary.runs),
            *(str(summary.outcomes.get(outcome, 0) or "") for outcome in occurring),
            str(summary.evidence or ""),
            ", ".join(f"{lack.value} ({count})" for lack, count in sorted(summary.lacks.items(), key=_most)),
        )
    return drawn


def _most(counted: tuple[Any, int]) -> tuple[int, str]:
    return -counted[1], counted[0].value


def lines(audit: Audit, shown: int = SHOWN) -> list[str]:
    """What is missing, run by run; where many runs lack the same, how many."""
    open_runs = [finding for finding in audit.findings if finding.outcome in {Outcome.MISSING, Outcome.UNDECIDED}]
    said = []
    for finding in open_runs[:shown]:
        who = f"{finding.name}  ({finding.experiment}, {finding.user})"
        said.append(f"{finding.run}  {printable(who)}: {finding.outcome.value}")
        said.extend(f"    {reason.lack.value}: {printable(reason.what)}" for reason in finding.reasons)
    if len(open_runs) > shown:
        said.append(f"and {len(open_runs) - shown} more; what they lack:")
        counted = Counter(reason for finding in open_runs[shown:] for reason in finding.reasons)
        most = counted.most_common(shown)
        said.extend(f"    {count} x {reason.lack.value}: {printable(reason.what)}" for reason, count in most)
        said.append("all of it: saigen audit --json")
    return said


def conclusion(audit: Audit) -> str:
    """The answer in one line."""
    counted = Counter(finding.outcome for finding in audit.findings)
    others = [f"{kind} {count:,}" for kind, count in audit.left_out.items() if count]
    left_out = [f"left out, since they are no results of their own: {', '.join(others)}"] if others else []
    if not audit.findings:
        return "; ".join(["no run to audit", *left_out])
    able = counted[Outcome.REPRODUCIBLE] + counted[Outcome.BY_COMMIT]
    parts = [f"{able} of {len(audit.findings)} runs can be reproduced now"]
    if counted[Outcome.BY_COMMIT]:
        parts.append(f"{counted[Outcome.BY_COMMIT]} of them by commit, command not recorded")
    if counted[Outcome.UNDECIDED]:
        parts.append(f"{counted[Outcome.UNDECIDED]} could not be decided from here")
    if counted[Outcome.NO_RESULT]:
        parts.append(f"{counted[Outcome.NO_RESULT]} have no result (failed, still running, or without a metric)")
    evidence = sum(1 for finding in audit.findings if finding.evidence)
    parts.append(
        f"{evidence} {'has' if evidence == 1 else 'have'} been repeated" if evidence else "none has been repeated yet"
    )
    return "; ".join([*parts, *left_out])
