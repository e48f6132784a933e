"""The page about branches shows the kinds that the code has, and every rule that a push can break."""

from __future__ import annotations

import re
from pathlib import Path

from docs import branches
from saigen.branches.kinds import KINDS

PAGE = branches.PAGE.read_text(encoding="utf-8")
SOURCES = Path(__file__).resolve().parents[3] / "src" / "saigen"


def test_the_tables_are_those_of_the_code() -> None:
    assert branches.updated(PAGE) == PAGE, "run: python docs/branches.py"


def test_every_kind_and_what_is_merged_into_it_is_shown() -> None:
    for kind in KINDS.values():
        assert f"| {kind.name} | `{kind.names[0]}`" in PAGE
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| **{kind.name}** |"))
        assert row.count("●") == len(kind.merges)


def test_every_rule_is_explained() -> None:
    sources = [path for folder in ("branches", "gate") for path in (SOURCES / folder).glob("*.py")]
    rules = {rule for path in sources for rule in re.findall(r"Refusal\(\s*\"(\w+)\"", path.read_text())}
    assert rules >= {"writes", "origin", "secret", "pointer"}
    assert {rule for rule in rules if f"`{rule}`" not in PAGE} == set()
