"""Texts of which each line is an item of its own, such as lists of names. Pure."""

from __future__ import annotations

from saigen.merge.outcome import Result, plan_notes
from saigen.merge.plan import Items, merge
from saigen.merge.texts import picked, read_text, write_text
from saigen.project.branches import MergeRule


def merge_lines(name: str, base: bytes, current: bytes, incoming: bytes, rule: MergeRule) -> Result:
    """The lines of both sides, each as often as they have it. There are no clashes.

    Raises:
        UnmergeableError: a version is not a text.
    """
    before, mine, theirs = (read_text(name, content) for content in (base, current, incoming))
    plan = merge(Items(before.lines), Items(mine.lines), Items(theirs.lines))
    like = mine if mine.lines else theirs
    closed = (mine.closed and bool(mine.lines)) or (theirs.closed and bool(theirs.lines))
    content = write_text(picked(plan, mine.lines, theirs.lines), like, closed=closed)
    return Result(content, plan_notes(plan, rule.prefer, "lines"))
