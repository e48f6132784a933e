"""Which of the runs that a command made this time repeats which recorded one. Pure.

By parent and ordinal; where runs were made beside each other, in a pool or by threads, their order is an accident, so
their parameters have to tell. Never by guess: what cannot be told is not matched, and the reason is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_UNTOLD = "it was made beside others, and no parameters tell which one of now repeats it"


@dataclass(frozen=True)
class Node:
    """One run of one command.

    Attributes:
        order: its ordinal in the session, or the time it began; only its rank counts.
        begin, end: when it ran, in ms. params: name and value of each parameter.
    """

    id: str
    parent: str | None
    order: int
    begin: int = 0
    end: int = 0
    params: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class Matching:
    """`made` by original id, and for originals that have none the reason."""

    made: Mapping[str, str]
    unmatched: Mapping[str, str]


def match(originals: Sequence[Node], made: Sequence[Node]) -> Matching:
    """Match the runs of two executions of the same command.

    Runs without a parent among them are the top level. On each level the n-th of one execution is the n-th of the
    other; ordinals may have gaps. Where two of a level ran at the same time in either execution, the one with the same
    parameters is, and one that shares its parameters with another is not matched. A level with different numbers of
    runs, or with two of the same order, is not matched. Nor is anything below what is not.
    """
    found: dict[str, str] = {}
    unmatched: dict[str, str] = {}
    left, right = _levels(originals), _levels(made)
    waiting: list[tuple[str | None, str | None]] = [(None, None)]
    while waiting:
        parent, other = waiting.pop()
        ours, theirs = left.get(parent, []), right.get(other, [])
        beside = _beside_each_other(ours) or _beside_each_other(theirs)
        reason = _reason(ours, theirs, top=parent is None, beside=beside)
        if reason:
            unmatched.update(dict.fromkeys(_below(ours, left), reason))
            continue
        pairs = _by_params(ours, theirs) if beside else {one.id: two.id for one, two in zip(ours, theirs, strict=True)}
        untold = [one for one in ours if one.id not in pairs]
        unmatched.update(dict.fromkeys(_below(untold, left), _UNTOLD))
        found.update(pairs)
        waiting.extend(pairs.items())
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


def _by_params(ours: Sequence[Node], theirs: Sequence[Node]) -> dict[str, str]:
    then, now = (Counter(node.params for node in nodes) for nodes in (ours, theirs))
    ids = {two.params: two.id for two in theirs}
    return {one.id: ids[one.params] for one in ours if then[one.params] == now[one.params] == 1}


def _beside_each_other(nodes: Sequence[Node]) -> bool:
    times = sorted((node.begin, node.end) for node in nodes)
    return any(later < end for (_, end), (later, _) in pairwise(times))


def _reason(ours: Sequence[Node], theirs: Sequence[Node], *, top: bool, beside: bool) -> str | None:
    where = "the command made" if top else "a run of it holds"
    if len(ours) != len(theirs):
        return f"{where} {_count(ours)} then and {_count(theirs)} now"
    if not beside and any(len({node.order for node in nodes}) < len(nodes) for nodes in (ours, theirs)):
        return f"{where} {_count(ours)} at the same moment, and nothing says which is which"
    return None


def _count(nodes: Sequence[Node]) -> str:
    return f"{len(nodes)} run{'' if len(nodes) == 1 else 's'}"
