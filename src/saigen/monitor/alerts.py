"""Figures against the alert rules of saigen.toml. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from saigen.project import AlertRule


@dataclass(frozen=True)
class Alert:
    """A rule that holds, and the figures because of which it does."""

    when: str
    severity: str
    figures: Mapping[str, float]

    def __str__(self) -> str:
        found = ", ".join(f"{name} = {value:.4g}" for name, value in self.figures.items())
        return f"{self.severity}: {self.when}  ({found})"


def raised(figures: Mapping[str, float], rules: Iterable[AlertRule], environment: str) -> list[Alert]:
    """The alerts that these figures are worth in an environment, errors first."""
    alerts = []
    for rule in rules:
        if rule.environments and environment not in rule.environments:
            continue
        breached = {name: value for name, value in figures.items() if rule.breaches(name, value)}
        if breached:
            alerts.append(Alert(rule.when, rule.severity, breached))
    return sorted(alerts, key=lambda alert: alert.severity != "error")


def idle(figures: Mapping[str, float], rules: Iterable[AlertRule], environment: str) -> list[str]:
    """Rules that no figure of this check could breach: misspelt, or of labels that have not come yet."""
    held = [rule for rule in rules if not rule.environments or environment in rule.environments]
    return [rule.when for rule in held if not any(map(rule.is_about, figures))]


def unsent(alerts: Sequence[Alert], sent: Iterable[str]) -> list[Alert]:
    """The alerts that nobody was told of yet, by the rules that somebody was."""
    known = set(sent)
    return [alert for alert in alerts if alert.when not in known]
