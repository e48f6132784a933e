"""Checks of single values that several sections share. Each yields what is wrong, in one line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_BYTES = re.compile(r"(\d+(?:\.\d+)?)\s*(B|KB|MB|GB)")
_UNITS = {"B": 1, "KB": 1000, "MB": 1000**2, "GB": 1000**3}


def texts(section: str, key: str, table: Mapping[str, Any]) -> Iterator[str]:
    """Unless `key` is absent, or a list of texts that are not empty."""
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        yield f"[{section}] {key}: expected a list of texts, found {value!r}"


def one_of(section: str, key: str, table: Mapping[str, Any], choices: Sequence[str]) -> Iterator[str]:
    """Unless `key` is absent, or one of `choices`."""
    if key in table and table[key] not in choices:
        yield f"[{section}] {key}: expected {' or '.join(choices)}, found {table[key]!r}"


def known(section: str, table: Mapping[str, Any], keys: Sequence[str]) -> Iterator[str]:
    """Keys that nobody reads: most are misspelt, and a rule that is not read protects nothing."""
    for key in table:
        if key not in keys:
            yield f"[{section}] {key}: expected one of {', '.join(keys)}, found a key that means nothing"


def size(section: str, key: str, table: Mapping[str, Any]) -> Iterator[str]:
    """Unless `key` is absent, or a size such as '1 MB'."""
    value = table.get(key, "1 MB")
    if not isinstance(value, str) or not _BYTES.fullmatch(value):
        yield f"[{section}] {key}: expected a size such as '1 MB', found {value!r}"


def in_bytes(text: str | None, default: int) -> int:
    """The bytes of a size that has no errors."""
    match = _BYTES.fullmatch(text) if text else None
    return int(float(match[1]) * _UNITS[match[2]]) if match else default
