"""JSON: lists and lines of records, recognised by a key or as a whole, and documents, field by field. Pure.

The elements of a list and the records of lines are compared by what they say and written as they stand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from saigen.merge.keys import SIDES, find, key_values
from saigen.merge.outcome import Result, conflict, plan_notes, unmergeable
from saigen.merge.plan import Items, Plan, merge
from saigen.merge.texts import decode, encode, marked, picked, read_text, write_text
from saigen.project.branches import MergeRule

_SPACE = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True)
class Records:
    """The records of one version: what each says, and as it stands in the file."""

    contents: Sequence[Any]
    texts: Sequence[str] = field(default=())

    @cached_property
    def values(self) -> Sequence[str]:
        """Each in one form: two that say the same are equal."""
        return [json.dumps(content, sort_keys=True) for content in self.contents]

    @cached_property
    def fields(self) -> Sequence[str]:
        """The fields that all records have, in the order of the first one; none where one is not an object."""
        if not self.contents or not all(isinstance(content, dict) for content in self.contents):
            return ()
        shared = set(self.contents[0]).intersection(*self.contents[1:])
        return [name for name in self.contents[0] if name in shared]

    def column(self, field: str, rows: int | None = None) -> Sequence[Hashable]:
        """The values of a field; None where it is missing or holds further fields."""
        return [_hashable(content[field]) for content in self.contents[:rows]]


def merge_json_lines(name: str, base: bytes, current: bytes, incoming: bytes, rule: MergeRule) -> Result:
    """The records of both sides, one a line. Raises UnmergeableError where a line is not JSON."""
    texts = [read_text(f"{name} ({side})", one) for side, one in zip(SIDES, (base, current, incoming), strict=True)]
    before, mine, theirs = (
        _line_records(f"{name} ({side})", text.lines) for side, text in zip(SIDES, texts, strict=True)
    )
    like = texts[1] if mine.texts else texts[2]
    plan, key, notes = _plan(name, before, mine, theirs, rule)
    if plan.clashes:
        lines = write_text(marked(plan, mine.texts, theirs.texts), like, closed=True)
        return conflict(plan, key, (before.texts, mine.texts, theirs.texts), notes, lines)
    return Result(write_text(picked(plan, mine.texts, theirs.texts), like, closed=True), notes)


def merge_json(name: str, base: bytes, current: bytes, incoming: bytes, rule: MergeRule) -> Result:
    """The elements of both sides' lists, or the fields of their documents. Raises UnmergeableError: it is not JSON."""
    contents = [content if content.strip() else b"[]" for content in (base, current, incoming)]
    named = list(zip((f"{name} ({side})" for side in SIDES), contents, strict=True))
    if all(isinstance(load(title, content), list) for title, content in named):
        return _merge_lists(name, contents, rule)
    from saigen.merge.json_documents import merge_documents

    documents = [load(title, content, exact=True) for title, content in named]
    return merge_documents(name, documents if base.strip() else [None, *documents[1:]], current, rule)


def load(name: str, content: bytes, *, exact: bool = False) -> Any:
    """What a JSON file says. Raises UnmergeableError where it is none, or `exact` and a number would be rounded."""
    try:
        return json.loads(content.decode("utf-8-sig"), parse_float=_float if exact else float)
    except (ValueError, RecursionError) as error:
        raise unmergeable(f"{name} cannot be read", f"expected JSON, found: {error}") from error


@dataclass(frozen=True)
class _List:
    """A list in a file: what is before, between and behind its elements."""

    records: Records
    start: str
    between: str
    end: str


def _merge_lists(name: str, contents: Sequence[bytes], rule: MergeRule) -> Result:
    before, mine, theirs = (_read_list(content) for content in contents)
    plan, key, notes = _plan(name, before.records, mine.records, theirs.records, rule)
    like = mine if mine.records.texts else theirs
    if not like.records.texts:
        return Result(contents[1], notes)
    texts = (before.records.texts, mine.records.texts, theirs.records.texts)
    if plan.clashes:
        comma = [[f"{text}," for text in side] for side in texts[1:]]
        lines = ["[", *marked(plan, *comma), "]", ""]
        return conflict(plan, key, texts, notes, encode("\n".join(lines)))
    body = like.between.join(picked(plan, texts[1], texts[2]))
    return Result(encode(f"{like.start}{body}{like.end}" if body else "[]\n"), notes)


def _plan(
    name: str, before: Records, mine: Records, theirs: Records, rule: MergeRule
) -> tuple[Plan, tuple[str, ...], tuple[str, ...]]:
    versions = (before, mine, theirs)
    key = find(name, [version for version in versions if version.contents], rule.key)
    sides = [Items(version.values, key_values(version, key) if version.contents else ()) for version in versions]
    if not key:
        sides = [Items(side.values) for side in sides]
    plan = merge(*sides, prefer=rule.prefer)
    return plan, key, plan_notes(plan, rule.prefer, "records")


def _line_records(name: str, lines: Sequence[str]) -> Records:
    texts = [line for line in lines if line.strip()]
    contents = []
    for number, line in enumerate(texts, 1):
        try:
            contents.append(json.loads(line))
        except (ValueError, RecursionError) as error:
            raise unmergeable(f"{name} cannot be read", f"expected JSON, found in line {number}: {error}") from error
    return Records(contents, texts)


def _read_list(content: bytes) -> _List:
    """A list that is known to be one."""
    text, decoder = decode(content).removeprefix("\ufeff"), json.JSONDecoder()
    place = _skip(text, text.index("[") + 1)
    start, between, contents, texts = text[:place], "", [], []
    while text[place] != "]":
        value, end = decoder.raw_decode(text, place)
        contents.append(value)
        texts.append(text[place:end])
        place = _skip(text, end)
        if text[place] == ",":
            comma = place
            place = _skip(text, comma + 1)
            between = between or text[end:place]
        last = end
    if not texts:
        return _List(Records([]), "[", ", ", "]")
    return _List(Records(contents, texts), start, between or f",{start.partition('[')[2] or ' '}", text[last:])


def _skip(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place


def _hashable(value: Any) -> Hashable:
    """A value of a field as a key; a fraction, a list or an object is none."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    return value


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")) or Decimal(text) != Decimal(repr(value)):
        raise ValueError(f"a number that would be rounded: {text}")
    return value
