"""`saigen monitor check`: what a model saw lately, against what it was trained on."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saigen.commands.help import Layout, examples
from saigen.text import named

if TYPE_CHECKING:
    from saigen.monitor.check import Checked


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser(
        "check",
        help="compare what a model saw with what it was trained on",
        description="Compare the newest batches of an environment with the training split of the model's tag: drift by"
        " column, outliers, predictions against those before, calibration where labels came, and the team's own checks"
        " in monitoring/checks. Writes a run with an HTML report to the experiment PROJECT-monitoring, and tells people"
        " of alerts ([[alerts]] in saigen.toml), of each once a record. Needs an environment of its own with"
        " 'saigen[monitor] @ URL', where URL is the client's, from: saigen platform.",
        epilog=examples(
            "saigen monitor check prod",
            "saigen monitor check prod --last 5 --html report.html",
            "saigen monitor check prod --since monitor/prod/acme-7/12 --json",
            then="exit codes: 0 no alert, 1 an alert",
        ),
        formatter_class=Layout,
    )
    command.add_argument("environment", metavar="ENV", help="where the model runs")
    command.add_argument("--model", metavar="TAG", help="which model (default: the one recorded last)")
    which = command.add_mutually_exclusive_group()
    which.add_argument("--last", type=int, default=1, metavar="N", help="the newest N batches (default: 1)")
    which.add_argument("--since", metavar="TAG", help="all batches after this record")
    command.add_argument("--html", type=Path, metavar="FILE", help="also write the report there")
    command.add_argument("--no-log", action="store_true", help="write no run, and tell nobody")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Check, and print what was found."""
    from saigen.data.transfer.progress import for_terminal
    from saigen.monitor.check import monitor_check

    with for_terminal() as progress:
        found = monitor_check(
            arguments.environment,
            model=arguments.model,
            last=arguments.last,
            since=arguments.since,
            html=arguments.html,
            log=not arguments.no_log,
            progress=progress,
        )
    print(json.dumps(as_json(found), indent=2) if arguments.json else text(found))
    return found.exit_code


def as_json(found: Checked) -> dict[str, Any]:
    """The result for programs."""
    from dataclasses import asdict

    columns = [{**asdict(one), "drifted": one.drifted} for one in found.columns]
    return {**asdict(found), "columns": columns, "exit_code": found.exit_code}


def text(found: Checked) -> str:
    """The result for people."""
    figures = found.figures
    drifted = [one for one in found.columns if one.drifted]
    lines = [
        f"{found.model} in {found.environment}: {', '.join(found.records)}",
        f"{figures['rows']:,.0f} rows, {figures['labels']:,.0f} with a label; compared with {found.reference}",
        f"drift: {len(drifted)} of {len(found.columns)} columns",
        *(f"  {one.column}: {one.distance:.3f} (drift from {one.threshold:.3f})" for one in drifted),
    ]
    unequal = {"columns missing": found.missing, "columns that the reference has not": found.new}
    lines += [f"{what}: {named(names)}" for what, names in unequal.items() if names]
    if found.prediction:
        moved = "moved" if found.prediction.drifted else "as before"
        lines.append(f"predictions: {moved}, {found.prediction.distance:.3f}")
    if "outlier_share" in figures:
        lines.append(f"outliers: {figures['outlier_share']:.1%} of the rows (of the training data 1 %)")
    if found.quality:
        said = ", ".join(f"{name} {value:.4g}" for name, value in found.quality.figures.items())
        lines.append(f"{found.quality.task}: {said}")
    for check in found.checks:
        said = ", ".join(f"{name} {value:.4g}" for name, value in check.figures.items())
        lines.append(f"check {check.name}: " + (f"failed: {check.error}" if check.error else said or "nothing"))
    lines += [f"ALERT {alert}" for alert in found.alerts] or ["no alert"]
    lines += [f"note: nothing was measured for the rule {when}" for when in found.idle]
    if found.run:
        lines.append(f"run {found.run}" + (f"; told {', '.join(found.told)}" if found.told else ""))
    lines += [f"warning: {channel} could not be told: {why}" for channel, why in (found.untold or {}).items()]
    return "\n".join(lines)
