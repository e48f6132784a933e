"""What a repository says of itself: `saigen.toml`, checked, all errors at once."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from saigen.errors import UsageError
from saigen.tags import NAME_RULE, is_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = "saigen.toml"
_BYTES = re.compile(r"(\d+(?:\.\d+)?)\s*(B|KB|MB|GB)")
_UNITS = {"B": 1, "KB": 1000, "MB": 1000**2, "GB": 1000**3}
# Metrics in which two runs of the same commit differ by nature. Shown by every comparison that used it.
IGNORED_METRICS = ("system/*", "*_seconds", "*_time", "*_time_ms", "*_duration", "time", "duration", "fit_time*")


@dataclass(frozen=True)
class MetricRules:
    """How metrics of two runs of the same commit are compared.

    ignore: patterns (as in a shell) of names that are left out, beside IGNORED_METRICS.
    tolerance: pattern -> largest |difference| that still counts as the same.
    """

    ignore: tuple[str, ...] = ()
    tolerance: Mapping[str, float] = field(default_factory=dict)

    def ignored(self, name: str) -> bool:
        """Whether a metric is left out of comparisons."""
        return any(fnmatchcase(name, pattern) for pattern in (*IGNORED_METRICS, *self.ignore))

    def tolerance_of(self, name: str) -> float:
        """The largest difference that counts as the same; 0 is exact."""
        return max((value for pattern, value in self.tolerance.items() if fnmatchcase(name, pattern)), default=0.0)


@dataclass(frozen=True)
class RecordRules:
    """What a recording takes, and where it may go.

    push_to: URLs of further remotes that recordings may be pushed to, beside the platform one is logged in to.
    largest_file, largest_total: bytes of untracked files, one and together. most_files: how many of them.
    environment: names of variables whose values a recording may show, beside those that it always does.
    """

    push_to: tuple[str, ...] = ()
    largest_file: int = 1_000_000
    largest_total: int = 20_000_000
    most_files: int = 2_000
    environment: tuple[str, ...] = ()


@dataclass(frozen=True)
class Project:
    """One repository's settings. `datasets` maps a name to a path relative to the root, with `/`."""

    name: str
    datasets: Mapping[str, str] = field(default_factory=dict)
    metrics: MetricRules = MetricRules()
    record: RecordRules = RecordRules()


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
    """The settings that the text of a `saigen.toml` gives.

    Raises:
        UsageError: with everything that is wrong in it.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _wrong([str(error)]) from error
    if wrong := list(_errors(document)):
        raise _wrong(wrong)
    metrics, record = document.get("metrics", {}), document.get("record", {})
    defaults = RecordRules()
    return Project(
        name=document["project"]["name"],
        datasets={name: path.strip("/") for name, path in document.get("datasets", {}).items()},
        metrics=MetricRules(
            tuple(metrics.get("ignore", ())),
            {name: float(value) for name, value in metrics.get("tolerance", {}).items()},
        ),
        record=RecordRules(
            push_to=tuple(record.get("push_to", ())),
            largest_file=_bytes(record.get("largest_file"), defaults.largest_file),
            largest_total=_bytes(record.get("largest_total"), defaults.largest_total),
            most_files=record.get("most_files", defaults.most_files),
            environment=tuple(record.get("environment", ())),
        ),
    )


def _wrong(errors: list[str]) -> UsageError:
    return UsageError(f"{FILE} is wrong", "\n  ".join(errors), f"edit {FILE}")


def _errors(document: Mapping[str, Any]) -> Iterator[str]:
    sections = {name: document.get(name, {}) for name in ("project", "datasets", "metrics", "record")}
    for name, section in sections.items():
        if not isinstance(section, dict):
            yield f"[{name}]: expected a table, found {section!r}"
            return
    if not isinstance(sections["project"].get("name"), str) or not sections["project"]["name"].strip():
        yield "[project] name: expected a name, found none"
    yield from _dataset_errors(sections["datasets"])
    yield from _texts("metrics", "ignore", sections["metrics"])
    yield from _texts("record", "push_to", sections["record"])
    yield from _texts("record", "environment", sections["record"])
    tolerance = sections["metrics"].get("tolerance", {})
    if not isinstance(tolerance, dict):
        yield f"[metrics] tolerance: expected a table of name = number, found {tolerance!r}"
    else:
        for name, value in tolerance.items():
            if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
                yield f"[metrics.tolerance] {name}: expected a number of 0 or more, found {value!r}"
    for key in ("largest_file", "largest_total"):
        value = sections["record"].get(key, "1 MB")
        if not isinstance(value, str) or not _BYTES.fullmatch(value):
            yield f"[record] {key}: expected a size such as '1 MB', found {value!r}"
    most = sections["record"].get("most_files", 0)
    if isinstance(most, bool) or not isinstance(most, int) or most < 0:
        yield f"[record] most_files: expected a whole number, found {most!r}"


def _dataset_errors(datasets: Mapping[str, Any]) -> Iterator[str]:
    paths: dict[str, str] = {}
    for name, path in datasets.items():
        if not is_name(name):
            yield f"[datasets] {name}: expected {NAME_RULE}"
        inside = isinstance(path, str) and path.strip("/") and not {"..", "."} & set(path.split("/"))
        if not inside or path.startswith("/") or "\\" in path:
            yield f"[datasets] {name}: expected a path inside the repository such as 'data/flights.csv', found {path!r}"
            continue
        if path in paths:
            yield f"[datasets] {name}: expected a path of its own, found that of {paths[path]}"
        paths[path] = name


def _texts(section: str, key: str, table: Mapping[str, Any]) -> Iterator[str]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        yield f"[{section}] {key}: expected a list of texts, found {value!r}"


def _bytes(text: str | None, default: int) -> int:
    match = _BYTES.fullmatch(text) if text else None
    return int(float(match[1]) * _UNITS[match[2]]) if match else default
