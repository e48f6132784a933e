"""Which items of two sides make up their merge, given what both began with. Pure: the rule behind every kind of data.

An item is a row, a line, an element of a list or a file of a directory. With keys, each key is decided by itself: a
change of one side is taken, the same change of both is one, two different changes clash. Without keys an item is its
own key, and how many of it there are is decided:

- more of it on both sides: what both added. Where the additions of one side are how those of the other begin (a
  commit that both have, by cherry-pick or a squashed merge), that is one change, and counts once.
- fewer of it on both sides: as few as the side that has fewest. Otherwise both changes, one after the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field

INCOMING = "incoming"
CURRENT = "current"
_NOTHING: Hashable = object()


@dataclass(frozen=True)
class Items:
    """The items of one version, in order. Two items are the same where their values are equal.

    Attributes:
        values: one a item. keys: as many, no two of them equal; None: items have no keys.
    """

    values: Sequence[Hashable]
    keys: Sequence[Hashable] | None = None


@dataclass(frozen=True)
class Clash:
    """A key that both sides changed, in two ways. The index of its item in each version; None where it is not there."""

    key: Hashable
    base: int | None
    current: int | None
    incoming: int | None


@dataclass(frozen=True)
class Plan:
    """The merge.

    Attributes:
        picks: its items in order: i is item i of the current side, ~i item i of the incoming one, and a clash stands
            where a person has to decide.
        clashes: all of them. settled: how many were decided by what is preferred.
        shared: how many items without a key both sides added as one change.
    """

    picks: Sequence[int | Clash]
    clashes: tuple[Clash, ...] = ()
    settled: int = 0
    shared: int = 0

    @property
    def indexes(self) -> Iterator[int]:
        """The picks of a merge without clashes."""
        return (pick for pick in self.picks if isinstance(pick, int))


@dataclass
class _Draft:
    """A merge by keys while it is made."""

    prefer: str | None
    picks: list[int | Clash] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)
    settled: int = 0

    def clash(self, clash: Clash) -> None:
        """Both sides changed it: the preferred side has it, else a person decides."""
        if self.prefer is None:
            self.clashes.append(clash)
            self.picks.append(clash)
            return
        self.settled += 1
        if self.prefer == INCOMING and clash.incoming is not None:
            self.picks.append(~clash.incoming)
        elif self.prefer == CURRENT and clash.current is not None:
            self.picks.append(clash.current)


def merge(base: Items, current: Items, incoming: Items, *, prefer: str | None = None) -> Plan:
    """The merge of two versions: by keys where all three have them.

    Args:
        base: what both began with. prefer: `incoming` or `current`: the side that has a clash; None: a person.
    """
    if base.keys is None or current.keys is None or incoming.keys is None:
        return _by_count(base.values, current.values, incoming.values)
    return _by_key(base, current, incoming, prefer)


def _by_key(base: Items, current: Items, incoming: Items, prefer: str | None) -> Plan:
    before = {key: number for number, key in enumerate(base.keys or ())}
    theirs = {key: number for number, key in enumerate(incoming.keys or ())}
    draft = _Draft(prefer)
    for number, key in enumerate(current.keys or ()):
        was, other = before.get(key), theirs.pop(key, None)
        old = _NOTHING if was is None else base.values[was]
        new = _NOTHING if other is None else incoming.values[other]
        mine = current.values[number]
        if new in (mine, old):
            draft.picks.append(number)
        elif mine != old:
            draft.clash(Clash(key, was, number, other))
        elif other is not None:
            draft.picks.append(~other)
    for key, other in theirs.items():  # what the current side has not
        was = before.get(key)
        if was is None:
            draft.picks.append(~other)
        elif base.values[was] != incoming.values[other]:
            draft.clash(Clash(key, was, None, other))
    return Plan(draft.picks, tuple(draft.clashes), draft.settled)


def _by_count(base: Sequence[Hashable], current: Sequence[Hashable], incoming: Sequence[Hashable]) -> Plan:
    before, mine, theirs = Counter(base), Counter(current), Counter(incoming)
    ours_new, theirs_new = _added(before, current), _added(before, incoming)
    short, long = sorted((ours_new, theirs_new), key=len)
    once = short == long[: len(short)]
    wanted = {
        value: _count(before[value], mine[value], theirs[value], once=once) for value in mine.keys() | theirs.keys()
    }
    taken: Counter[Hashable] = Counter()
    picks: list[int | Clash] = []
    for number, value in enumerate(current):
        if taken[value] < wanted[value]:
            taken[value] += 1
            picks.append(number)
    late: list[int | Clash] = []
    for number in range(len(incoming) - 1, -1, -1):  # of equal items the last ones are those that were added
        value = incoming[number]
        if taken[value] < wanted[value]:
            taken[value] += 1
            late.append(~number)
    return Plan(picks + late[::-1], shared=len(short) if once else 0)


def _added(before: Counter[Hashable], values: Sequence[Hashable]) -> list[Hashable]:
    """The values that there are more of than before, in order: the last of those that are equal."""
    seen: Counter[Hashable] = Counter()
    added = []
    for value in values:
        seen[value] += 1
        if seen[value] > before[value]:
            added.append(value)
    return added


def _count(before: int, mine: int, theirs: int, *, once: bool) -> int:
    if mine > before and theirs > before:
        return max(mine, theirs) if once else mine + theirs - before
    if mine < before and theirs < before:
        return min(mine, theirs)
    return mine + theirs - before
