"""By which fields rows are recognised in three versions: those of the rule, else one that is found. Pure.

A key has a value in every row, and no value twice in any version. The first field that is called `id`, `key`, `uuid`,
`guid` or `index`, or ends so (`flight_id`), else the first one that does not hold fractions. The rule `key = ["*"]`
says that rows have no key: a whole row is recognised, as often as it occurs.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from typing import Protocol

from saigen.data.compare.keys import is_called_key
from saigen.merge.outcome import unmergeable

WHOLE = "*"
SIDES = ("base", "current", "incoming")
_SAMPLE = 2000  # rows in which most fields show themselves not to be a key
_FRACTION = re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?|[+-]?\d+\.?\d*[eE][+-]?\d+")


class Version(Protocol):
    """One version of a table."""

    @property
    def fields(self) -> Sequence[str]:
        """Names of the fields that every row has."""

    def column(self, field: str, rows: int | None = None) -> Sequence[Hashable]:
        """The values of a field in the first `rows` rows (None: all); None for a missing one."""


def find(name: str, versions: Sequence[Version], given: Sequence[str] = ()) -> tuple[str, ...]:
    """The key of the versions of a table; empty where whole rows are recognised.

    Args:
        name: of the table, for the message. versions: those that are there at all. given: by the rule.

    Raises:
        UnmergeableError: the rule's key does not recognise rows.
    """
    if tuple(given) == (WHOLE,) or not versions:
        return ()
    if given:
        return _given(name, versions, tuple(given))
    shared = [field for field in versions[0].fields if all(field in version.fields for version in versions[1:])]
    for field in sorted(shared, key=lambda field: not is_called_key(field)):
        named = is_called_key(field)
        if all(_may_be(version.column(field, _SAMPLE), named=named) for version in versions) and all(
            _may_be(version.column(field), named=named) for version in versions
        ):
            return (field,)
    return ()


def key_values(version: Version, key: Sequence[str]) -> Sequence[Hashable] | None:
    """The key of each row; None where there is no key."""
    if not key:
        return None
    if len(key) == 1:
        return version.column(key[0])
    return list(zip(*(version.column(field) for field in key), strict=True))


def _given(name: str, versions: Sequence[Version], key: tuple[str, ...]) -> tuple[str, ...]:
    edit = f'[merge] "{name}" in saigen.toml: another key, or key = ["{WHOLE}"] to recognise whole rows'
    for version in versions:
        for field in key:
            if field not in version.fields:
                raise unmergeable(
                    f"rows of {name} cannot be recognised by {field}",
                    f"expected one of {', '.join(version.fields) or 'the fields that all rows have'}",
                    edit,
                )
        values = key_values(version, key) or ()
        if len(set(values)) != len(values):
            raise unmergeable(
                f"rows of {name} cannot be recognised by {', '.join(key)}",
                "expected no value twice in any version, found one",
                edit,
            )
    return key


def _may_be(values: Sequence[Hashable], *, named: bool) -> bool:
    if None in values or len(set(values)) != len(values):
        return False
    return named or not any(_is_fraction(value) for value in values)


def _is_fraction(value: Hashable) -> bool:
    if isinstance(value, (bool, float)):
        return True
    return isinstance(value, str) and _FRACTION.fullmatch(value) is not None
