"""Which records a check looks at. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from saigen.errors import BlockedError, UsageError
from saigen.monitor.layout import Record
from saigen.tags import MonitoringRecord, ReleasedModel, parse_tag

LATE = 5  # earlier batches that labels by a key are looked for in


@dataclass(frozen=True)
class Selection:
    """What a check looks at, of one model.

    Attributes:
        batches: records with inputs and predictions, the oldest first. before: the earlier ones of the same model.
        by_place, by_key: records with labels for them, whose rows are recognised so.
        head: the newest record of the model, of whatever kind.
    """

    model: ReleasedModel
    batches: tuple[Record, ...]
    before: tuple[Record, ...]
    by_place: tuple[Record, ...]
    by_key: tuple[Record, ...]
    head: Record


def select(
    records: Sequence[Record], environment: str, *, model: str | None = None, last: int = 1, since: str | None = None
) -> Selection:
    """The newest `last` batches of a model, or all after the record `since`; by default of the model recorded last.

    Args:
        records: of the environment, the oldest first.

    Raises:
        UsageError: `since` is no record, or `last` is not 1 or more. BlockedError: there is no such batch.
    """
    if last < 1:
        raise UsageError(f"{last} batches cannot be checked", "expected 1 or more", "--last 1")
    after = _number_of(since, environment, records) if since else None
    wanted = after.model if after else _model(records, environment, model)
    of_model = sorted((one for one in records if one.record.model == wanted), key=lambda one: one.number)
    batches = [one for one in of_model if {"inputs", "predictions"} <= set(one.facts.parts)]
    chosen = [one for one in batches if one.number > after.number] if after else batches[-last:]
    if not chosen:
        raise BlockedError(
            f"there is nothing to check of {wanted.tag} in {environment}",
            f"expected batches{f' after {since}' if since else ''}, found none",
            f"saigen monitor record {environment} --inputs FILE --predictions FILE --model {wanted.tag}",
        )
    numbers = {one.number for one in chosen}
    labels = [one for one in of_model if "labels" in one.facts.parts]
    return Selection(
        model=wanted,
        batches=tuple(chosen),
        before=tuple(one for one in batches if one.number < chosen[0].number),
        by_place=tuple(one for one in labels if not one.facts.key and (one.facts.labels_of or one.number) in numbers),
        by_key=tuple(one for one in labels if one.facts.key and one.number >= chosen[0].number),
        head=of_model[-1],
    )


def models_in(records: Sequence[Record]) -> list[tuple[str, Record]]:
    """Each model of some records, and its newest record; only those of which there are batches to check."""
    newest: dict[str, Record] = {}
    checkable = set()
    for one in sorted(records, key=lambda one: one.number):
        newest[one.record.model.tag] = one
        if {"inputs", "predictions"} <= set(one.facts.parts):
            checkable.add(one.record.model.tag)
    return sorted((model, one) for model, one in newest.items() if model in checkable)


def pending(records: Sequence[Record], model: str, checked: int) -> int:
    """How many of a model's batches, the newest, a check must look at to see all that came after a record.

    Those that were recorded since; that whose labels came since, and later ones; where labels came by a key, which may
    be of any row, LATE of the earlier ones as well. The newest alone where nothing was checked yet.

    Args:
        checked: number of the newest record that a check has looked at; 0 for none.
    """
    of_model = [one for one in records if one.record.model.tag == model]
    batches = sorted(one.number for one in of_model if {"inputs", "predictions"} <= set(one.facts.parts))
    if not checked:
        return 1
    new = [one for one in of_model if one.number > checked]
    first = min([one.facts.labels_of or one.number for one in new], default=checked + 1)
    count = sum(number >= first for number in batches)
    late = any("labels" in one.facts.parts and "inputs" not in one.facts.parts and one.facts.key for one in new)
    return min(len(batches), max(1, count + (LATE if late else 0)))


def _number_of(since: str, environment: str, records: Sequence[Record]) -> MonitoringRecord:
    found = parse_tag(since)
    if not isinstance(found, MonitoringRecord) or found.environment != environment:
        expected = f"expected a tag monitor/{environment}/MODEL/N"
        raise UsageError(f"{since!r} is no record of {environment}", expected, f"saigen monitor list {environment}")
    if not any(one.record == found for one in records):
        raise BlockedError(f"there is no record {since}", "neither here nor on the remote", "saigen monitor list")
    return found


def _model(records: Sequence[Record], environment: str, model: str | None) -> ReleasedModel:
    if model is not None:
        found = parse_tag(model)
        if not isinstance(found, ReleasedModel):
            raise UsageError(f"{model!r} names no released model", "expected LINE-NUMBER, such as acme-7", "git tag")
        return found
    if not records:
        raise BlockedError(
            f"nothing was recorded in {environment} yet",
            f"expected tags monitor/{environment}/MODEL/N, found none",
            f"saigen monitor record {environment} --inputs FILE --predictions FILE --model TAG",
        )
    return records[-1].record.model
