"""`saigen.toml`, checked, all errors at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from saigen.errors import UsageError
from saigen.project import alerts, basics, branches, gate, metrics, monitor, record, release
from saigen.project.alerts import ALERT_RULES, AlertRule
from saigen.project.basics import Basics
from saigen.project.branches import BranchRules
from saigen.project.gate import GateRules
from saigen.project.metrics import MetricRules
from saigen.project.monitor import MonitorRules
from saigen.project.release import ReleaseRules
from saigen.project.values import known

SECTIONS = (
    "project",
    "datasets",
    "metrics",
    "record",
    "branches",
    "clients",
    "merge",
    "gate",
    "release",
    "monitor",
)
LISTS = ("alerts",)  # sections that are lists of tables
_KEYS = {
    "project": ("name",),
    "metrics": metrics.KEYS,
    "record": record.KEYS,
    "gate": gate.KEYS,
    "monitor": monitor.KEYS,
}


@dataclass(frozen=True)
class Project(Basics):
    """All settings of one repository."""

    metrics: MetricRules = field(default_factory=MetricRules)
    branches: BranchRules = field(default_factory=BranchRules)
    gate: GateRules = field(default_factory=GateRules)
    release: ReleaseRules = field(default_factory=ReleaseRules)
    monitor: MonitorRules = field(default_factory=MonitorRules)
    alerts: tuple[AlertRule, ...] = ALERT_RULES


def read_project(root: Path) -> Project | None:
    """The settings of the checkout at `root`; None where it has no `saigen.toml`.

    Raises:
        UsageError: the file is there and wrong.
    """
    text = basics.text_of(root)
    return None if text is None else parse_project(text)


def parse_project(text: str) -> Project:
    """The settings that the text of a `saigen.toml` gives. What it does not know it leaves to later versions.

    Raises:
        UsageError: with everything that is wrong in it.
    """
    document = basics.parse(text)
    if found := [*basics.no_tables(document, SECTIONS)] or [*_errors(document)]:
        raise basics.refusal(found)
    section = {name: document.get(name, {}) for name in SECTIONS}
    return Project(
        **basics.values(document),
        metrics=metrics.read(section["metrics"]),
        branches=branches.read(section["branches"], section["clients"], section["merge"]),
        gate=gate.read(section["gate"]),
        release=release.read(section["release"]),
        monitor=monitor.read(section["monitor"]),
        alerts=alerts.read(document.get("alerts")),
    )


def unknown(text: str) -> list[str]:
    """Sections and keys of a `saigen.toml` that this version does not know: a later one's, or misspelt."""
    try:
        document = basics.parse(text)
    except UsageError:
        return []
    sections = (*SECTIONS, *LISTS)
    found = [f"[{name}]: expected one of {', '.join(sections)}" for name in document if name not in sections]
    for name, keys in _KEYS.items():
        table = document.get(name, {})
        found += known(name, table if isinstance(table, dict) else {}, keys)
    return found


def _errors(document: Mapping[str, Any]) -> Iterator[str]:
    section = {name: document.get(name, {}) for name in SECTIONS}
    yield from basics.wrong(document)
    yield from metrics.errors(section["metrics"])
    yield from gate.errors(section["gate"])
    yield from branches.errors(section["branches"], section["clients"], section["merge"])
    yield from release.errors(section["release"])
    yield from monitor.errors(section["monitor"])
    yield from alerts.errors(document.get("alerts", []))
