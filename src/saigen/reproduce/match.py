"""Which of the runs that a command made this time repeats which recorded one. Pure.

By parent and ordinal, never by guess: what cannot be told is not matched, and the reason is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Node:
    """One run of one command. `order`: its ordinal in the session, or the time it began; only its rank counts."""

    id: str
    parent: str | None
    order: int


@dataclass(frozen=True)
class Matching:
    """`made` by original id, and for originals that have none the reason."""

    made: Mapping[str, str]
    unmatched: Mapping[str, str]


def match(originals: Sequence[Node], made: Sequence[Node]) -> Matching:
    """Match the runs of two executions of the same command.

    Runs without a parent among them are the top level. On each level the n-th of one execution is the n-th of the
    other; ordinals may have gaps. A level with different numbers of runs, or with two runs of the same order, is not
    matched, nor is anything below it.
    """
    found: dict[str, str] = {}
    unmatched: dict[str, str] = {}
    left, right = _levels(originals), _levels(made)
    waiting: list[tuple[str | None, str | None]] = [(None, None)]
    while waiting:
        parent, other = waiting.pop()
        ours, theirs = left.get(parent, []), right.get(other, [])
        reason = _reason(ours, theirs, top=parent is None)
        if reason:
            unmatched.update(dict.fromkeys(_below(ours, left), reason))
            continue
        pairs = [(one.id, two.id) for one, two in zip(ours, theirs, strict=True)]
        found.update(pairs)
        waiting.extend(pairs)
    return Matching(found, unmatched)


def descendants(root: str, nodes: Sequence[Node]) -> list[str]:
    """The run itself and all runs nested in it, at any depth, in order."""
    levels = _levels(nodes)
    return [root, *_below(levels.get(root, []), levels)]


def _levels(nodes: Sequence[Node]) -> dict[str | None, list[Node]]:
    known = {node.id for node in nodes}
    levels: dict[str | None, list[Node]] = {}
    for node in sorted(nodes, key=lambda node: (node.order, node.id)):
        levels.setdefault(node.parent if node.parent in known else None, []).append(node)
    return levels


def _below(nodes: Sequence[Node], levels: Mapping[str | None, list[Node]]) -> list[str]:
    return [id_ for node in nodes for id_ in (node.id, *_below(levels.get(node.id, []), levels))]


def _reason(ours: Sequence[Node], theirs: Sequence[Node], *, top: bool) -> str | None:
    where = "the command made" if top else "a run of it holds"
    if len(ours) != len(theirs):
        return f"{where} {_count(ours)} then and {_count(theirs)} now"
    if len({node.order for node in ours}) < len(ours) or len({node.order for node in theirs}) < len(theirs):
        return f"{where} {_count(ours)} at the same moment, and nothing says which is which"
    return None


def _count(nodes: Sequence[Node]) -> str:
    return f"{len(nodes)} run{'' if len(nodes) == 1 else 's'}"
