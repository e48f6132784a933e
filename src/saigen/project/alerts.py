"""`[[alerts]]`: which figures of a monitoring check are worth an alert. `when = "drift_share > 0.3"`."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from saigen.project.values import known, one_of, texts

KEYS = ("when", "severity", "environments")
SEVERITIES = ("warning", "error")
OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_FORM = re.compile(r"\s*(?P<metric>[^\s<>=]+)\s*(?P<operator>>=|<=|>|<)\s*(?P<threshold>[-+0-9.eE]+)\s*")


@dataclass(frozen=True)
class AlertRule:
    """When there is an alert.

    Attributes:
        metric: name of a figure, or a pattern (as in a shell) of names: `drift.*`. operator: one of OPERATORS.
        environments: where it holds; none: everywhere.
    """

    metric: str
    operator: str
    threshold: float
    severity: str = "warning"
    environments: tuple[str, ...] = ()

    @property
    def when(self) -> str:
        """The rule as saigen.toml says it."""
        return f"{self.metric} {self.operator} {self.threshold:g}"

    def is_about(self, metric: str) -> bool:
        """Whether the rule is about a figure of this name."""
        return fnmatchcase(metric, self.metric)

    def breaches(self, metric: str, value: float) -> bool:
        """Whether a figure is worth an alert. What is not a number never is."""
        return self.is_about(metric) and OPERATORS[self.operator](value, self.threshold)


# What holds where saigen.toml has no [[alerts]].
ALERT_RULES = (
    AlertRule("drift_share", ">", 0.3),
    AlertRule("columns_missing", ">", 0, "error"),
    AlertRule("checks_failed", ">", 0, "error"),
)


def parse_when(text: str) -> tuple[str, str, float] | None:
    """Metric, operator and threshold of a text such as `drift_share > 0.3`; None where it is something else."""
    match = _FORM.fullmatch(text)
    try:
        threshold = float(match["threshold"]) if match else math.nan
    except ValueError:
        return None
    return (match["metric"], match["operator"], threshold) if match and math.isfinite(threshold) else None


def errors(rules: Any) -> Iterator[str]:
    """What is wrong in the section."""
    if not isinstance(rules, list):
        yield f"[[alerts]]: expected tables, each begun by [[alerts]], found {rules!r}"
        return
    for number, rule in enumerate(rules, 1):
        section = f"alerts {number}"
        if not isinstance(rule, dict):
            yield f"[{section}]: expected a table, found {rule!r}"
            continue
        yield from known(section, rule, KEYS)
        yield from one_of(section, "severity", rule, SEVERITIES)
        yield from texts(section, "environments", rule)
        when = rule.get("when")
        if not isinstance(when, str) or parse_when(when) is None:
            yield f"[{section}] when: expected METRIC {' or '.join(OPERATORS)} NUMBER, found {when!r}"


def read(rules: list[Mapping[str, Any]] | None) -> tuple[AlertRule, ...]:
    """The section, which has no errors; ALERT_RULES where there is none."""
    if rules is None:
        return ALERT_RULES
    return tuple(_rule(rule) for rule in rules)


def _rule(rule: Mapping[str, Any]) -> AlertRule:
    parsed = parse_when(rule["when"])
    assert parsed is not None  # noqa: S101 - `errors` was asked before
    return AlertRule(*parsed, rule.get("severity", "warning"), tuple(rule.get("environments", ())))
