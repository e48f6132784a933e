"""`[monitor]`: how what a model saw is read and compared, and where alerts go."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from saigen.project.values import one_of, texts

KEYS = (
    "key",
    "reference",
    "ignore",
    "task",
    "prediction",
    "probability",
    "label",
    "target",
    "check_seconds",
    "webhook",
    "email",
)
TASKS = ("regression", "classification")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class MonitorRules:
    """How what a model saw is read and compared, and where alerts go.

    Attributes:
        key: columns that recognise a row in inputs, predictions and labels; none: rows belong together by their place.
        reference: path of the data that inputs are compared with, in the commit of the model's tag; None: the training
            split below `data/split`.
        ignore: columns of the inputs that are not compared.
        task: regression or classification; None: found from the labels.
        prediction, probability, label: columns of predictions and labels. target: that of the label in the reference.
        check_seconds: how long one check of the team's own may take.
        webhook: name of the environment variable that holds the URL alerts are posted to; None: nowhere.
        email: who gets alerts by mail.
    """

    key: tuple[str, ...] = ()
    reference: str | None = None
    ignore: tuple[str, ...] = ()
    task: str | None = None
    prediction: str = "prediction"
    probability: str = "probability"
    label: str = "label"
    target: str | None = None
    check_seconds: float = 60.0
    webhook: str | None = None
    email: tuple[str, ...] = ()


def errors(table: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong in the section."""
    for key in ("key", "ignore", "email"):
        yield from texts("monitor", key, table)
    yield from one_of("monitor", "task", table, TASKS)
    for key in ("prediction", "probability", "label", "target", "reference"):
        value = table.get(key, "column")
        if not isinstance(value, str) or not value:
            yield f"[monitor] {key}: expected a text, found {value!r}"
    seconds = table.get("check_seconds", 1)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
        yield f"[monitor] check_seconds: expected a number above 0, found {seconds!r}"
    webhook = table.get("webhook", "NAME")
    if not isinstance(webhook, str) or not _VARIABLE.fullmatch(webhook):
        yield "[monitor] webhook: expected the name of an environment variable that holds the URL, found something else"


def read(table: Mapping[str, Any]) -> MonitorRules:
    """The section, which has no errors."""
    said: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in table.items() if key in KEYS
    }
    return MonitorRules(**said)
