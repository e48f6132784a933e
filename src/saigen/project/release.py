"""`[release]`: how a model line is tested, trained, judged and served."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from saigen.project.values import known, texts

COMMANDS = ("tests", "tune", "evaluate", "final")
KEYS = ("code", *COMMANDS, "model", "needs", "serving", "card", "task", "license", "image", "thresholds")
_TEXTS = ("code", "model", "card", "task", "license")
_PATHS = ("needs", "serving")
_FORM = re.compile(r"(?P<sign>>=|<=)\s*(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")


@dataclass(frozen=True)
class Threshold:
    """What a metric of the evaluation must reach for a release: `least`, `most`, or both; inclusive."""

    metric: str
    least: float | None = None
    most: float | None = None

    def __str__(self) -> str:
        bounds = ((">=", self.least), ("<=", self.most))
        return f"{self.metric} " + " and ".join(f"{sign} {value:g}" for sign, value in bounds if value is not None)

    def holds(self, value: float | None) -> bool:
        """Whether a value reaches it. A metric that was not logged, or is no number, does not."""
        if value is None or math.isnan(value):
            return False
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)


@dataclass(frozen=True)
class ReleaseRules:
    """How releases of a project's model lines are made.

    Attributes:
        code: branch that code comes from, where a client has none of its own.
        tests, tune, evaluate, final: commands, a word each; empty: there is no such step.
        model: name of the logged model that ships; None: the only one that the run logged.
        needs: paths of the data that tests and phases need; empty: all of it.
        serving: paths of the data that serving needs beside the model.
        card: a Markdown file whose text goes into the model card: what the model is for, and its limits.
        task, license: for the card, in the words of the Hugging Face hub.
        image: whether a release builds the serving image and tries it.
        thresholds: what the evaluation must reach.
    """

    code: str = "dev/main"
    tests: tuple[str, ...] = ("uv", "run", "pytest")
    tune: tuple[str, ...] = ()
    evaluate: tuple[str, ...] = ()
    final: tuple[str, ...] = ()
    model: str | None = None
    needs: tuple[str, ...] = ()
    serving: tuple[str, ...] = ()
    card: str | None = None
    task: str | None = None
    license: str | None = None
    image: bool = False
    thresholds: tuple[Threshold, ...] = ()

    @property
    def phases(self) -> dict[str, tuple[str, ...]]:
        """The commands that train, by the name of their phase, in order."""
        every = {"tune": self.tune, "evaluate": self.evaluate, "final": self.final}
        return {name: words for name, words in every.items() if words}

    @property
    def ships(self) -> str:
        """The phase whose model is released: the last one."""
        return "final" if self.final else "evaluate"


def errors(table: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong in the section."""
    yield from known("release", table, KEYS)
    for key in (*COMMANDS, *_PATHS):
        yield from texts("release", key, table)
    for key in _TEXTS:
        value = table.get(key, "x")
        if not isinstance(value, str) or not value.strip():
            yield f"[release] {key}: expected a text, found {value!r}"
    if not isinstance(table.get("image", False), bool):
        yield f"[release] image: expected true or false, found {table['image']!r}"
    if table and not table.get("evaluate"):
        yield "[release] evaluate: expected the command that trains and measures once on the test set, found none"
    thresholds = table.get("thresholds", {})
    if not isinstance(thresholds, dict):
        yield f"[release] thresholds: expected a table such as {{accuracy = '>= 0.8'}}, found {thresholds!r}"
        return
    for metric, said in thresholds.items():
        yield from _threshold_errors(metric, said)


def read(table: Mapping[str, Any]) -> ReleaseRules:
    """The section, which has no errors."""
    said: dict[str, Any] = {key: value for key, value in table.items() if key in KEYS}
    lists = {key: tuple(value) for key, value in said.items() if isinstance(value, list)}
    thresholds = tuple(_threshold(metric, one) for metric, one in said.pop("thresholds", {}).items())
    return ReleaseRules(**{**said, **lists, "thresholds": thresholds})


def _threshold_errors(metric: str, said: Any) -> Iterator[str]:
    if isinstance(said, str):
        if not _FORM.fullmatch(said.strip()):
            yield f"[release.thresholds] {metric}: expected such as '>= 0.8' or '<= 12', found {said!r}"
        return
    if not isinstance(said, dict) or not said:
        yield f"[release.thresholds] {metric}: expected such as '>= 0.8' or {{min = 0.8}}, found {said!r}"
        return
    yield from known(f"release.thresholds.{metric}", said, ("min", "max"))
    for key, value in said.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
            yield f"[release.thresholds.{metric}] {key}: expected a number, found {value!r}"


def _threshold(metric: str, said: str | Mapping[str, float]) -> Threshold:
    if isinstance(said, Mapping):
        return Threshold(metric, said.get("min"), said.get("max"))
    found = _FORM.fullmatch(said.strip())
    number = float(found["number"]) if found else math.nan
    return Threshold(metric, number) if found and found["sign"] == ">=" else Threshold(metric, None, number)
