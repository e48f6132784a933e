"""A reproduction, as people and as programs read it."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from saigen.project import IGNORED_METRICS
from saigen.recording import Verdict
from saigen.reproduce.compare import Line, plain
from saigen.reproduce.plan import Plan
from saigen.reproduce.preparation import size
from saigen.reproduce.reproduction import Reproduction
from saigen.reproduce.verdict import spreads
from saigen.text import counted, printable

_WIDTH = 140  # columns, where there is no terminal that says
_STYLES = {Verdict.REPRODUCED: "green", Verdict.WITHIN_TOLERANCE: "yellow", Verdict.DIVERGED: "bold red"}


def facts(plan: Plan, subject: str) -> list[tuple[str, str]]:
    """What a person should see before a command is run. Control characters of whoever wrote the tags are gone."""
    command = plan.command
    variables = " ".join(f"{name}={shlex.quote(value)}" for name, value in command.environment.items())
    said = [
        ("run", plan.run),
        ("author", plan.author),
        ("repository", plan.repository),
        ("commit", f"{plan.commit[:12]}  {subject}"),
        ("command", " ".join(map(shlex.quote, command.arguments)) or "not known"),
        ("in", command.directory or "the repository's root"),
        ("variables", variables),
        ("needs", ", ".join(command.needs)),
    ]
    return [(name, printable(value)) for name, value in said if value]


def show(found: Reproduction) -> None:
    """Print it: the plan where nothing was run, else the table and the verdict."""
    console = Console(soft_wrap=True)
    if not console.is_terminal:
        console.width = _WIDTH
    if found.verdict is None:
        _show_plan(console, found)
    else:
        for pair in _asked(found)[:1]:
            console.print(table(found, pair.comparison.lines))
            if pair.comparison.ignored:
                patterns = ", ".join(IGNORED_METRICS)
                names = printable(", ".join(pair.comparison.ignored))
                console.print(Text(f"not compared: {names} (saigen.toml, and {patterns})", style="dim"))
    for note in found.notes:
        console.print(Text(f"note: {note}"))
    for line in _others(found):
        console.print(Text(line))
    if found.folder:
        console.print(Text(f"checkout: {found.folder}"))
    if found.verdict is not None:
        runs = ", ".join(found.run_ids)
        console.print(
            Text.assemble((found.verdict.value, _STYLES[found.verdict]), f": {printable(found.reason)} (run {runs})")
        )
    elif found.reason:
        console.print(Text(found.reason))


def table(found: Reproduction, lines: tuple[Line, ...]) -> Table:
    """One line for each metric, parameter and model; parameters that are the same are counted only."""
    apart = spreads(found.plan.run, found.pairs)
    repeated = len(found.run_ids) > 1
    shown = Table(*(Column(name, overflow="fold") for name in ["", "original", "reproduced", "difference"]))
    for name in ("spread", "") if repeated else ("",):
        shown.add_column(name, overflow="fold")
    same = [line for line in lines if line.kind == "parameter" and line.verdict is Verdict.REPRODUCED]
    for line in lines:
        if line in same:
            continue
        verdict = line.verdict.value if line.verdict else "not compared"
        label = Text(f"{verdict}{f', {line.note}' if line.note else ''}", style=_STYLES.get(line.verdict, "dim"))  # type: ignore[arg-type]
        name = f"{line.name} ({line.steps} steps)" if line.steps > 1 else line.name
        cells = [printable(name), *map(_cell, (line.original, line.reproduced, line.difference))]
        if repeated:
            cells.append(_cell(apart.get(line.name)))
        shown.add_row(*map(Text, cells), label)
    if same:
        blank = [""] * (4 if repeated else 3)
        shown.add_row(counted(len(same), "parameter"), *blank, Text("reproduced", style=_STYLES[Verdict.REPRODUCED]))
    return shown


def as_json(found: Reproduction) -> dict[str, Any]:
    """The reproduction as plain values. Numbers that JSON has no word for are texts: "nan", "inf"."""
    plan = found.plan
    return {
        "original": plan.run,
        "author": plan.author,
        "repository": plan.repository,
        "commit": plan.commit,
        "command": list(plan.command.arguments),
        "directory": plan.command.directory,
        "data": list(found.data),
        "verdict": found.verdict.value if found.verdict else None,
        "reason": found.reason,
        "runs": found.run_ids,
        "folder": str(found.folder) if found.folder else None,
        "notes": list(found.notes),
        "seconds": {name: round(value, 3) for name, value in found.seconds.items()},
        "spread": {name: plain(value) for name, value in spreads(plan.run, found.pairs).items()},
        "pairs": [
            {
                "original": pair.original,
                "made": pair.made,
                "verdict": pair.comparison.verdict.value if pair.comparison.verdict else None,
                "ignored": list(pair.comparison.ignored),
                "lines": [line.as_json() for line in pair.comparison.lines],
            }
            for pair in found.pairs
        ],
        "unmatched": found.unmatched,
    }


def _show_plan(console: Console, found: Reproduction) -> None:
    grid = Table.grid(padding=(0, 2))
    for name, value in facts(found.plan, found.subject):
        grid.add_row(name, Text(value))
    grid.add_row(
        "data", Text(f"{printable(', '.join(found.data))}, {size(found.data_bytes)}" if found.data else "none")
    )
    console.print(grid)


def _asked(found: Reproduction) -> list[Any]:
    return [pair for pair in found.pairs if pair.original == found.plan.run]


def _others(found: Reproduction) -> Iterator[str]:
    """What became of the other runs of the same command."""
    others = [pair for pair in found.pairs if pair.original != found.plan.run]
    if others:
        verdicts = [pair.comparison.verdict for pair in others if pair.comparison.verdict]
        counts = ", ".join(f"{verdicts.count(one)} {one.value}" for one in Verdict if one in verdicts)
        yield f"{len(others)} other runs of the same command: {counts or 'nothing to compare'}"
    for run, reason in found.unmatched.items():
        yield f"run {run} of the same command was not compared: {reason}"


def _cell(value: float | str | None) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return printable(value)
    return f"{value:g}" if value == round_number(value) else repr(value)


def round_number(value: float) -> float:
    """The nearest whole number; the value itself where it is not finite."""
    return float(round(value)) if math.isfinite(value) else value
