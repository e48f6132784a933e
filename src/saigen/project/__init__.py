"""What a repository says of itself in `saigen.toml`: one module a section, each with what is wrong and how it reads.

A name is loaded when it is first used: recording, which runs inside somebody's training, needs few of them.
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # as in `typing`, whose import takes longer
if TYPE_CHECKING:
    from typing import Any

    from saigen.project.alerts import AlertRule
    from saigen.project.basics import FILE, Basics, parse_basics, read_basics
    from saigen.project.branches import BranchRules, MergeRule
    from saigen.project.metrics import IGNORED_METRICS, MetricRules
    from saigen.project.monitor import MonitorRules
    from saigen.project.project import Project, parse_project, read_project
    from saigen.project.record import RecordRules
    from saigen.project.release import ReleaseRules, Threshold

__all__ = [
    "FILE",
    "IGNORED_METRICS",
    "AlertRule",
    "Basics",
    "BranchRules",
    "MergeRule",
    "MetricRules",
    "MonitorRules",
    "Project",
    "RecordRules",
    "ReleaseRules",
    "Threshold",
    "parse_basics",
    "parse_project",
    "read_basics",
    "read_project",
]

_MODULES = {
    "alerts": ("AlertRule",),
    "basics": ("FILE", "Basics", "parse_basics", "read_basics"),
    "branches": ("BranchRules", "MergeRule"),
    "metrics": ("IGNORED_METRICS", "MetricRules"),
    "monitor": ("MonitorRules",),
    "project": ("Project", "parse_project", "read_project"),
    "record": ("RecordRules",),
    "release": ("ReleaseRules", "Threshold"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return found
