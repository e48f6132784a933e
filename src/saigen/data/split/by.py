"""Which side a row or file is on: a function of the seed and of what it is, and of nothing else. Pure.

So a row never changes sides when others come or go. The text of what identifies it is hashed together with the seed
(md5: spread evenly, the same in Python and in DuckDB), and the hash's first 52 bits, as a fraction of 1, fall into one
of the shares.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from saigen.data.compare.engine import quoted, text
from saigen.data.rows import as_text
from saigen.errors import UsageError

TRAIN, VALIDATION, TEST = SIDES = ("train", "validation", "test")
APART = "\x1f"  # between the seed and the columns that identify a row
_DIGITS = 13  # hexadecimal ones: 52 bits, which a float holds exactly


@dataclass(frozen=True)
class Shares:
    """How much of the data each side gets, roughly: of many rows. Each between 0 and 1, together 1."""

    train: float = 0.7
    validation: float = 0.15
    test: float = 0.15

    def __post_init__(self) -> None:
        """Raises UsageError where they do not add up."""
        every = (self.train, self.validation, self.test)
        if min(every) < 0 or abs(sum(every) - 1) > 1e-9:
            raise UsageError(
                "the shares of a split do not add up",
                f"expected three of 0 or more with the sum 1, found {every}",
                "edit them",
            )


@dataclass(frozen=True, init=False)
class _Columns:
    """Rows with the same values in some columns are on the same side."""

    columns: tuple[str, ...]

    def __init__(self, *columns: str) -> None:
        object.__setattr__(self, "columns", columns)
        if not columns:
            raise UsageError(f"{type(self).__name__} names no column", "expected one at least", "edit the script")


class Key(_Columns):
    """Columns that recognise a row: no two rows of the data have the same values in them."""


class Group(_Columns):
    """Columns that several rows share which belong together, such as all pictures of one patient."""


@dataclass(frozen=True)
class Row:
    """A row's whole content: rows that are the same are on the same side."""

    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Time:
    """What came later measures: from `validation` on a row is for validation, from `test` on for the test.

    Both are fixed times (ISO 8601), so data that is appended later joins the test set and moves nothing.
    """

    column: str
    validation: str
    test: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The column with the time."""
        return (self.column,)


@dataclass(frozen=True)
class File:
    """Whole files: those with the same content are on the same side.

    Attributes:
        group: a regular expression with one group; files for whose path (relative to the source) it finds the same text
            are on the same side. None: by content.
    """

    group: str | None = None
    columns: tuple[str, ...] = ()

    def identity(self, path: str, md5: str) -> str:
        """What decides about a file. Raises UsageError where its path does not fit the expression."""
        if self.group is None:
            return md5
        match = re.search(self.group, path)
        if not match or not match.groups():
            raise UsageError(
                f"{path} belongs to no group",
                f"expected a path that fits {self.group!r} with one group",
                "edit the script",
            )
        return match[1]


By = Key | Group | Row | Time | File


def fraction(seed: int, identity: str) -> float:
    """Where on the line from 0 to 1 something is: the same for the same seed and identity, on every machine."""
    digest = hashlib.md5(f"{seed}{APART}{identity}".encode(), usedforsecurity=False).hexdigest()
    return float(int(digest[:_DIGITS], 16) / 16**_DIGITS)


def side_of(seed: int, identity: str, shares: Shares) -> str:
    """The side of what has this identity."""
    place = fraction(seed, identity)
    if place < shares.train:
        return TRAIN
    return VALIDATION if place < shares.train + shares.validation else TEST


def fraction_sql(seed: int, identity: str) -> str:
    """SQL for `fraction`. `identity`: SQL of the text that identifies a row."""
    digits = f"substr(md5({text(f'{seed}')} || chr(31) || {identity}), 1, {_DIGITS})"
    return f"(('0x' || {digits})::BIGINT / {16**_DIGITS}.0::DOUBLE)"


def side_sql(by: Key | Group | Row | Time, columns: tuple[str, ...], seed: int, shares: Shares) -> str:
    """SQL for the side of a row. `columns`: those of the file."""
    if isinstance(by, Time):
        when = f"TRY_CAST({quoted(by.column)} AS TIMESTAMP)"
        late, later = f"TIMESTAMP {text(by.validation)}", f"TIMESTAMP {text(by.test)}"
        return f"CASE WHEN {when} < {late} THEN '{TRAIN}' WHEN {when} < {later} THEN '{VALIDATION}' ELSE '{TEST}' END"
    place = fraction_sql(seed, as_text(by.columns or tuple(sorted(columns))))
    edges = (shares.train, shares.train + shares.validation)
    return (
        f"CASE WHEN {place} < {edges[0]!r}::DOUBLE THEN '{TRAIN}'"
        f" WHEN {place} < {edges[1]!r}::DOUBLE THEN '{VALIDATION}' ELSE '{TEST}' END"
    )


def unplaced_sql(by: Key | Group | Row | Time) -> str:
    """SQL that holds for a row which cannot be placed: it has no time, or nothing in any column that identifies it."""

    if isinstance(by, Time):
        return f"TRY_CAST({quoted(by.column)} AS TIMESTAMP) IS NULL"
    empty = [f"coalesce({quoted(column)}::VARCHAR, '') = ''" for column in by.columns]
    return " AND ".join(empty) or "false"
