"""What a repository says of itself in `saigen.toml`: one module a section, each with what is wrong and how it reads."""

from saigen.project.alerts import AlertRule
from saigen.project.branches import BranchRules, MergeRule
from saigen.project.metrics import IGNORED_METRICS, MetricRules
from saigen.project.monitor import MonitorRules
from saigen.project.project import FILE, Project, parse_project, read_project
from saigen.project.record import RecordRules
from saigen.project.release import ReleaseRules, Threshold

__all__ = [
    "FILE",
    "IGNORED_METRICS",
    "AlertRule",
    "BranchRules",
    "MergeRule",
    "MetricRules",
    "MonitorRules",
    "Project",
    "RecordRules",
    "ReleaseRules",
    "Threshold",
    "parse_project",
    "read_project",
]
