"""Which items make up a merge: properties that hold for every kind of data, whatever its items are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saigen.merge.plan import Items, merge

VALUES = st.lists(st.sampled_from("abc"), max_size=6)
KEYED = st.dictionaries(st.sampled_from("klmnop"), st.integers(0, 2), max_size=6)
Keyed = dict[str, int]


def counted(base: Sequence[str], current: Sequence[str], incoming: Sequence[str]) -> list[str]:
    plan = merge(Items(base), Items(current), Items(incoming))
    return [current[pick] if pick >= 0 else incoming[~pick] for pick in plan.indexes]


def keyed(base: Keyed, current: Keyed, incoming: Keyed, prefer: str | None = None) -> tuple[Keyed, set[str]]:
    sides = [Items(list(side.values()), list(side)) for side in (base, current, incoming)]
    plan = merge(sides[0], sides[1], sides[2], prefer=prefer)
    both = [list(side.items()) for side in (current, incoming)]
    picked = [both[0][pick] if pick >= 0 else both[1][~pick] for pick in plan.indexes]
    assert len(picked) == len(dict(picked)), "a key came out twice"
    return dict(picked), {str(clash.key) for clash in plan.clashes}


@given(VALUES, VALUES, VALUES)
def test_no_item_is_lost_and_none_invented(base: list[str], current: list[str], incoming: list[str]) -> None:
    merged, was, mine, theirs = map(Counter, (counted(base, current, incoming), base, current, incoming))
    for value in "abc":
        low, high = sorted((mine[value], theirs[value]))
        if low >= was[value]:
            assert high <= merged[value] <= low + high - was[value]
        elif high <= was[value]:
            assert max(0, low + high - was[value]) <= merged[value] <= low
        else:
            assert merged[value] == low + high - was[value]


@given(VALUES, VALUES, VALUES)
def test_rows_that_only_two_batches_share_are_both_there(base: list[str], one: list[str], other: list[str]) -> None:
    current, incoming = [*base, "left", *one], [*base, "right", *other]
    assert Counter(counted(base, current, incoming)) == Counter([*base, "left", *one, "right", *other])


@given(VALUES, VALUES, VALUES)
def test_it_does_not_matter_which_side_merges(base: list[str], current: list[str], incoming: list[str]) -> None:
    assert Counter(counted(base, current, incoming)) == Counter(counted(base, incoming, current))


@given(VALUES, VALUES)
def test_what_only_one_side_changed_is_that_side(base: list[str], changed: list[str]) -> None:
    assert counted(base, changed, base) == changed
    assert Counter(counted(base, base, changed)) == Counter(changed)
    assert counted(base, changed, changed) == changed


@given(VALUES, VALUES, VALUES)
def test_merging_again_changes_nothing(base: list[str], current: list[str], incoming: list[str]) -> None:
    merged = counted(base, current, incoming)
    assert counted(incoming, merged, incoming) == merged


@given(VALUES, VALUES)
def test_appended_items_keep_their_order(base: list[str], added: list[str]) -> None:
    new = [f"{value}{number}" for number, value in enumerate(added)]
    assert counted(base, [*base, "mine"], [*base, *new]) == [*base, "mine", *new]


def test_a_commit_that_both_sides_have_counts_once() -> None:
    assert counted(["a"], ["a", "b", "c"], ["a", "b", "c", "d"]) == ["a", "b", "c", "d"]


@given(KEYED, KEYED, KEYED)
def test_each_key_is_what_one_side_made_of_it(base: Keyed, current: Keyed, incoming: Keyed) -> None:
    merged, clashes = keyed(base, current, incoming)
    for key in "klmnop":
        was, mine, theirs = base.get(key), current.get(key), incoming.get(key)
        if mine == theirs or was == theirs:
            assert merged.get(key) == mine
        elif was == mine:
            assert merged.get(key) == theirs
        else:
            assert key in clashes
            assert key not in merged


@given(KEYED, KEYED, KEYED)
def test_keys_clash_whichever_side_merges(base: Keyed, current: Keyed, incoming: Keyed) -> None:
    assert keyed(base, current, incoming) == keyed(base, incoming, current)


@pytest.mark.parametrize("prefer", ["current", "incoming"])
@given(KEYED, KEYED, KEYED)
def test_the_preferred_side_has_every_clash(prefer: str, base: Keyed, current: Keyed, incoming: Keyed) -> None:
    _, clashes = keyed(base, current, incoming)
    merged, left = keyed(base, current, incoming, prefer)
    side = current if prefer == "current" else incoming
    assert left == set()
    assert {key: merged.get(key) for key in clashes} == {key: side.get(key) for key in clashes}


@given(KEYED, KEYED)
def test_a_key_that_only_one_side_changed_is_that_side(base: Keyed, changed: Keyed) -> None:
    assert keyed(base, changed, base) == keyed(base, base, changed) == (changed, set())
