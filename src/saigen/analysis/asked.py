"""From the words of a question to the question: which records there are now, and which branch is the answer's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from saigen.analysis.columns import Columns
from saigen.analysis.metric import parse_metric
from saigen.analysis.question import SPLITS, Group, Kind, Question, Record, check, name_of, parse_split
from saigen.analysis.selection import parse_selection, select
from saigen.errors import UsageError
from saigen.git.repository import Repository
from saigen.tags import MonitoringRecord

if TYPE_CHECKING:
    from saigen.project import Project

KEY = "Key"  # trailer of a record: the columns that recognise a row
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class Asked:
    """The words of a question, before anybody looked which records there are."""

    kind: Kind
    control: str
    candidate: str
    metric: str
    environment: str | None
    split: str | None
    offline: bool
    alpha: float
    detect: float | None
    better: str | None
    columns: Columns


def question_of(repository: Repository, asked: Asked) -> Question:
    """The question, about the records that there are now."""
    control, candidate = parse_selection(asked.control), parse_selection(asked.candidate)
    tags = repository.tags()
    found = select(control, candidate, tags, environment=asked.environment, anywhere=asked.offline)
    declared = parse_split(asked.split) if asked.split else SPLITS[asked.kind]
    groups = [_group(repository, one.model, records) for one, records in zip((control, candidate), found, strict=True)]
    key = asked.columns.key or _key(repository, [record for group in groups for record in group.records])
    return check(
        Question(
            kind=asked.kind,
            environments=tuple(sorted({record.environment for records in found for record in records})),
            control=groups[0],
            candidate=groups[1],
            metric=parse_metric(asked.metric, asked.better),
            split=None if asked.offline else declared,
            alpha=asked.alpha,
            detect=asked.detect,
            columns=replace(asked.columns, key=key),
        )
    )


def _key(repository: Repository, records: Iterable[Record]) -> tuple[str, ...]:
    """The columns that recognise a row, as the commits of the records say; none where they say none.

    Raises:
        UsageError: they do not all say the same.
    """
    commits = "".join(f"{record.commit}\n" for record in records).encode()
    form = f"--format=%(trailers:key={KEY},valueonly,separator=%x2C)"
    told = repository.run("log", "--no-walk=unsorted", form, "--stdin", given=commits)
    keys = sorted({line.strip() for line in told.splitlines() if line.strip()})
    if len(keys) > 1:
        raise UsageError(
            "it is not clear which columns recognise a row",
            f"the records say {' and '.join(repr(key) for key in keys)}",
            "--key COLUMN,...",
        )
    return tuple(name.strip() for name in keys[0].split(",")) if keys else ()


def _group(repository: Repository, model: str, records: list[MonitoringRecord]) -> Group:
    names = [f"refs/tags/{record.tag}" for record in records]
    commits = repository.run("rev-parse", *(f"{name}^{{commit}}" for name in names)).splitlines()
    return Group(model, tuple(Record(record.tag, commit) for record, commit in zip(records, commits, strict=True)))


def branch_of_experiment(asked: Asked, name: str | None, project: Project | None) -> str:
    """Name of the experiment's branch: by the pattern of the project's analysis branches, else `ds/<name>`."""
    control, candidate = parse_selection(asked.control).model, parse_selection(asked.candidate).model
    found = name or name_of(asked.kind, control, candidate, asked.metric)
    if not _NAME.fullmatch(found):
        raise UsageError(
            f"{found!r} cannot name an experiment", "expected letters, digits, '-' and '_'", "--name forward-2024-11"
        )
    kinds = project.branches.kinds if project else {}
    patterns = kinds["analysis"].names if "analysis" in kinds else ("ds/*",)
    return next((pattern.replace("*", found) for pattern in patterns if "*" in pattern), f"ds/{found}")
