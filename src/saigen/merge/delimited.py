"""CSV: rows as texts, recognised by a key or as a whole, the columns in the current side's order. Pure.

A row that needs no quotes is compared, and written, as it stands. The others are compared by what they say, so that
`"a"` is `a`. What a value means, such as 1.0 and 1.00, is not looked into: another text is another value.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from saigen.merge.keys import SIDES, find, key_values
from saigen.merge.outcome import Result, conflict, plan_notes, unmergeable
from saigen.merge.plan import Items, merge
from saigen.merge.texts import Text, marked, picked, read_text, write_text
from saigen.project.branches import MergeRule

_DELIMITERS = ",\t;|"
_LONGEST = 1 << 30  # characters of a value; Python's own limit is 128 KiB


@dataclass(frozen=True)
class Delimited:
    """One version of a CSV file.

    Attributes:
        fields: the columns. rows: each as it stands in the file, without its line end.
        values: each in one form: quotes only where they are needed.
    """

    text: Text
    delimiter: str
    header: str
    fields: Sequence[str]
    rows: Sequence[str]
    values: Sequence[str]

    @cached_property
    def places(self) -> dict[str, int]:
        """Column -> its number."""
        return {field: number for number, field in enumerate(self.fields)}

    def column(self, field: str, rows: int | None = None) -> Sequence[Hashable]:
        """The values of a column; None for an empty one."""
        place, delimiter = self.places[field], self.delimiter
        values = self.values if rows is None else self.values[:rows]
        return [
            (_split(value, delimiter)[place] if '"' in value else value.split(delimiter, place + 1)[place]) or None
            for value in values
        ]


def merge_csv(name: str, base: bytes, current: bytes, incoming: bytes, rule: MergeRule) -> Result:
    """The rows of both sides.

    Raises:
        UnmergeableError: a version is no CSV, or they have different columns.
    """
    contents = (base, current, incoming)
    read = [read_csv(f"{name} ({side})", content) for side, content in zip(SIDES, contents, strict=True)]
    present = [version for version in read if version is not None]
    like = read[1] or read[2]
    if like is None:
        return Result(b"")
    _check_columns(name, present)
    before, mine, theirs = (_in_form(version, like) for version in read)
    key = find(name, [version for version in (before, mine, theirs) if version.rows], rule.key)
    sides = [Items(version.values, key_values(version, key)) for version in (before, mine, theirs)]
    plan = merge(*sides, prefer=rule.prefer)
    notes = plan_notes(plan, rule.prefer, "rows")
    closed = like.text.closed or theirs.text.closed
    if plan.clashes:
        lines = [like.header, *marked(plan, mine.rows, theirs.rows)]
        rows = (before.rows, mine.rows, theirs.rows)
        return conflict(plan, key, rows, notes, marked=write_text(lines, like.text, closed=True))
    return Result(write_text([like.header, *picked(plan, mine.rows, theirs.rows)], like.text, closed=closed), notes)


def read_csv(name: str, content: bytes) -> Delimited | None:
    """A CSV file; None for an empty one. Raises UnmergeableError where it is none."""
    text = read_text(name, content)
    records = _records(name, text.lines, text.end)
    header = next(records, None)
    if header is None:
        return None
    delimiter = max(_DELIMITERS, key=header.count)  # the first of them where there is none
    fields = _split(header, delimiter, name)
    rows = [row for row in records if row or len(fields) == 1]
    values = [row if '"' not in row else _join(_split(row, delimiter, name), delimiter) for row in rows]
    wrong = _first_ragged(values, delimiter, len(fields))
    if wrong is not None:
        raise unmergeable(
            f"{name} cannot be read", f"expected {len(fields)} columns in every row, found otherwise in row {wrong + 1}"
        )
    return Delimited(text, delimiter, header, fields, rows, values)


def _records(name: str, lines: Sequence[str], end: str) -> Iterator[str]:
    """The rows as they stand: a quoted value may go on over lines."""
    open_row: list[str] = []
    quotes = 0
    for line in lines:
        if not open_row and '"' not in line:
            yield line
            continue
        open_row.append(line)
        quotes += line.count('"')
        if quotes % 2 == 0:
            yield end.join(open_row)
            open_row, quotes = [], 0
    if open_row:
        raise unmergeable(f"{name} cannot be read", "expected CSV, found a quoted value that does not end")


def _first_ragged(values: Sequence[str], delimiter: str, columns: int) -> int | None:
    for number, value in enumerate(values):
        found = value.count(delimiter) + 1 if '"' not in value else len(_split(value, delimiter))
        if found != columns:
            return number
    return None


def _split(row: str, delimiter: str, name: str = "") -> list[str]:
    if '"' not in row:
        return row.split(delimiter)
    csv.field_size_limit(_LONGEST)
    try:
        records = list(csv.reader(io.StringIO(row, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise unmergeable(f"{name} cannot be read", f"expected CSV, found: {error}") from error
    if len(records) != 1:
        raise unmergeable(f"{name} cannot be read", "expected CSV, found a line end inside a row that is not quoted")
    return records[0]


def _join(fields: Sequence[str], delimiter: str) -> str:
    """A row in one form. Only what would be read otherwise is quoted."""
    return delimiter.join(_quote(field, delimiter) for field in fields)


def _quote(field: str, delimiter: str) -> str:
    needed = '"' in field or delimiter in field or "\n" in field or "\r" in field
    return '"' + field.replace('"', '""') + '"' if needed else field


def _check_columns(name: str, versions: Sequence[Delimited]) -> None:
    first = versions[0]
    for version in versions[1:]:
        if list(version.fields) == list(first.fields):
            continue
        if sorted(version.fields) != sorted(first.fields) or len(set(first.fields)) != len(first.fields):
            raise unmergeable(
                f"{name} has other columns on the two sides",
                f"expected one set of columns, found {', '.join(first.fields)} and {', '.join(version.fields)}",
                "give both branches the same columns, and merge again",
            )


def _in_form(version: Delimited | None, like: Delimited) -> Delimited:
    """A version with the columns of another in their order, and its delimiter."""
    if version is None:
        return Delimited(like.text, like.delimiter, like.header, like.fields, [], [])
    if version.delimiter == like.delimiter and list(version.fields) == list(like.fields):
        return version
    order = [version.places[field] for field in like.fields]
    split = (_split(value, version.delimiter) for value in version.values)
    values = [_join([fields[place] for place in order], like.delimiter) for fields in split]
    return Delimited(version.text, like.delimiter, like.header, like.fields, values, values)
