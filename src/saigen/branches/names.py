"""Which kind a branch is of, and which branches belong to a line. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from saigen.branches.kinds import Kind
from saigen.tags import is_name

LINE = "<line>"


@dataclass(frozen=True)
class Branch:
    """A branch that has a meaning.

    Attributes:
        name: without `refs/heads/`. line: what `<line>` stands for in its name; None for a branch without a line.
    """

    name: str
    kind: Kind
    line: str | None = None


def branch_of(kinds: Mapping[str, Kind], name: str) -> Branch | None:
    """What a branch means; None where it matches no pattern, which leaves it free.

    A pattern without `<line>` and `*` comes before one with them, so that `data/raw/acme` may have rules of its own.
    """
    patterns = [(pattern, kind) for kind in kinds.values() for pattern in kind.names]
    for pattern, kind in sorted(patterns, key=lambda one: (LINE in one[0] or "*" in one[0], -len(one[0]))):
        if match := _expression(pattern).fullmatch(name):
            line = match.groupdict().get("line")
            if line is None or is_name(line):
                return Branch(name, kind, line)
    return None


def branch_for(kind: Kind, line: str | None) -> str | None:
    """Name of the branch of a kind for a line; for None the one without a line. None where no pattern gives one."""
    for pattern in kind.names:
        if "*" not in pattern and (LINE in pattern) == (line is not None):
            return pattern.replace(LINE, line or "")
    return None


@lru_cache
def _expression(pattern: str) -> re.Pattern[str]:
    parts = (
        "(?P<line>[^/]+)" if part == LINE else ".+" if part == "*" else re.escape(part)
        for part in re.split(rf"({re.escape(LINE)}|\*)", pattern)
    )
    return re.compile("".join(parts))
