"""Which monitoring records a group is made of: `acme-7`, `acme-7/12..20`, `monitor/prod/acme-7/12`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from saigen.errors import BlockedError, UsageError
from saigen.tags import MonitoringRecord, ReleasedModel, parse_tag

_FORM = re.compile(r"(monitor/(?P<env>[^/]+)/)?(?P<model>[^/]+)(/(?P<numbers>[^/]+))?")
_NUMBERS = re.compile(r"(?P<first>\d*)(?P<range>\.\.)?(?P<last>\d*)")


@dataclass(frozen=True)
class Selection:
    """Records of one model.

    Attributes:
        model: its tag. environment: None for any. first, last: numbers of records, both included.
    """

    model: str
    environment: str | None = None
    first: int = 1
    last: int | None = None

    def has(self, record: MonitoringRecord) -> bool:
        """Whether a record is one of them."""
        return (
            record.model.tag == self.model
            and self.environment in {None, record.environment}
            and record.number >= self.first
            and (self.last is None or record.number <= self.last)
        )


def parse_selection(text: str) -> Selection:
    """The records that a text names.

    Raises:
        UsageError: it names none.
    """
    match = _FORM.fullmatch(text.removeprefix("refs/tags/"))
    model = parse_tag(match["model"]) if match else None
    numbers = _NUMBERS.fullmatch(match["numbers"] or "..") if match else None
    if not match or not isinstance(model, ReleasedModel) or numbers is None or numbers.group() == "":
        raise UsageError(
            f"{text!r} names no monitoring records",
            "expected a model's tag such as acme-7, or some of its records: acme-7/12..20",
            "git tag --list 'monitor/*'",
        )
    first = int(numbers["first"] or 1)
    last = int(numbers["last"]) if numbers["last"] else None
    return Selection(model.tag, match["env"], first, last if numbers["range"] else first)


def select(
    control: Selection, candidate: Selection, tags: Iterable[str], *, environment: str | None, anywhere: bool = False
) -> tuple[list[MonitoringRecord], list[MonitoringRecord]]:
    """The records of both groups, in the order of their numbers.

    Args:
        tags: all tags of the repository. environment: which one; None for the only one in which both have records.
        anywhere: whether each may be of any environment, as offline.

    Raises:
        BlockedError: a group has no records. UsageError: both have records in several environments.
    """
    records = [found for found in map(parse_tag, tags) if isinstance(found, MonitoringRecord)]
    groups = [_of(selection, records, environment) for selection in (control, candidate)]
    for selection, found in zip((control, candidate), groups, strict=True):
        if not found:
            raise _none(selection, environment, records)
    if not anywhere and environment is None and control.environment is None and candidate.environment is None:
        shared = {one.environment for one in groups[0]} & {one.environment for one in groups[1]}
        if len(shared) != 1:
            raise _which(control, candidate, groups)
        groups = [[one for one in group if one.environment in shared] for group in groups]
    return groups[0], groups[1]


def _of(selection: Selection, records: Sequence[MonitoringRecord], environment: str | None) -> list[MonitoringRecord]:
    found = [one for one in records if selection.has(one) and environment in {None, one.environment}]
    return sorted(found, key=lambda one: (one.environment, one.number))


def _none(selection: Selection, environment: str | None, records: Sequence[MonitoringRecord]) -> BlockedError:
    known = sorted({f"{one.model.tag} in {one.environment}" for one in records})
    place = environment or selection.environment
    return BlockedError(
        f"there are no records of {selection.model}{f' in {place}' if place else ''}",
        f"expected tags monitor/{place or 'ENV'}/{selection.model}/N, found records of {', '.join(known) or 'none'}",
        f"saigen monitor record {place or 'ENV'} --model {selection.model} ...",
    )


def _which(control: Selection, candidate: Selection, groups: Sequence[Sequence[MonitoringRecord]]) -> UsageError:
    places = [", ".join(sorted({one.environment for one in group})) for group in groups]
    return UsageError(
        "it is not clear which environment is meant",
        f"{control.model} has records in {places[0]}; {candidate.model} in {places[1]}",
        "--env ENV, with one in which both have records (or --offline)",
    )
