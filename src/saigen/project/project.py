"""`saigen.toml`, checked, all errors at once."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from saigen.errors import UsageError
from saigen.project import alerts, branches, datasets, gate, metrics, monitor, record, release
from saigen.project.alerts import ALERT_RULES, AlertRule
from saigen.project.branches import BranchRules
from saigen.project.gate import GateRules
from saigen.project.metrics import MetricRules
from saigen.project.monitor import MonitorRules
from saigen.project.record import RecordRules
from saigen.project.release import ReleaseRules
from saigen.project.values import known

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = "saigen.toml"
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
class Project:
    """One repository's settings. `datasets` maps a name to a path relative to the root, with `/`."""

    name: str
    datasets: Mapping[str, str] = field(default_factory=dict)
    metrics: MetricRules = field(default_factory=MetricRules)
    record: RecordRules = field(default_factory=RecordRules)
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
    try:
        text = (root / FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    return parse_project(text)


def parse_project(text: str) -> Project:
    """The settings that the text of a `saigen.toml` gives. What it does not know it leaves to later versions.

    Raises:
        UsageError: with everything that is wrong in it.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _wrong([str(error)]) from error
    if wrong := list(_errors(document)):
        raise _wrong(wrong)
    section = {name: document.get(name, {}) for name in SECTIONS}
    return Project(
        name=section["project"]["name"],
        datasets=datasets.read(section["datasets"]),
        metrics=metrics.read(section["metrics"]),
        record=record.read(section["record"]),
        branches=branches.read(section["branches"], section["clients"], section["merge"]),
        gate=gate.read(section["gate"]),
        release=release.read(section["release"]),
        monitor=monitor.read(section["monitor"]),
        alerts=alerts.read(document.get("alerts")),
    )


def unknown(text: str) -> list[str]:
    """Sections and keys of a `saigen.toml` that this version does not know: a later one's, or misspelt."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return []
    sections = (*SECTIONS, *LISTS)
    found = [f"[{name}]: expected one of {', '.join(sections)}" for name in document if name not in sections]
    for name, keys in _KEYS.items():
        table = document.get(name, {})
        found += known(name, table if isinstance(table, dict) else {}, keys)
    return found


def _wrong(errors: list[str]) -> UsageError:
    return UsageError(f"{FILE} is wrong", "\n  ".join(errors), f"edit {FILE}")


def _errors(document: Mapping[str, Any]) -> Iterator[str]:
    section = {name: document.get(name, {}) for name in SECTIONS}
    for name, table in section.items():
        if not isinstance(table, dict):
            yield f"[{name}]: expected a table, found {table!r}"
            return
    if not isinstance(section["project"].get("name"), str) or not section["project"]["name"].strip():
        yield "[project] name: expected a name, found none"
    yield from datasets.errors(section["datasets"])
    yield from metrics.errors(section["metrics"])
    yield from record.errors(section["record"])
    yield from gate.errors(section["gate"])
    yield from branches.errors(section["branches"], section["clients"], section["merge"])
    yield from release.errors(section["release"])
    yield from monitor.errors(section["monitor"])
    yield from alerts.errors(document.get("alerts", []))
