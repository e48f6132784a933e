"""Which run repeats which: by parent and rank, and otherwise not at all."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from saigen.reproduce.match import Node, descendants, match


def test_single_run_matches_single_run() -> None:
    assert match([Node("a", None, 7)], [Node("x", None, 1_700_000)]).made == {"a": "x"}


def test_ordinals_may_have_gaps() -> None:
    then = [Node("c", None, 9), Node("a", None, 0), Node("b", None, 4)]
    now = [Node("x", None, 10), Node("y", None, 11), Node("z", None, 12)]

    assert match(then, now).made == {"a": "x", "b": "y", "c": "z"}


def test_nested_runs_are_matched_below_their_parents() -> None:
    then = [Node("p", None, 0), Node("a", "p", 1), Node("q", None, 2), Node("b", "q", 3)]
    now = [Node("P", None, 0), Node("Q", None, 1), Node("B", "Q", 2), Node("A", "P", 3)]

    assert match(then, now).made == {"p": "P", "a": "A", "q": "Q", "b": "B"}


def test_another_number_of_runs_matches_nothing_on_that_level_or_below() -> None:
    found = match([Node("a", None, 0), Node("b", "a", 1)], [Node("x", None, 0), Node("y", None, 1)])

    assert found.made == {}
    assert set(found.unmatched) == {"a", "b"}
    assert found.unmatched["a"] == "the command made 1 run then and 2 runs now"


def test_other_levels_match_although_one_does_not() -> None:
    then = [Node("p", None, 0), Node("a", "p", 1), Node("b", "p", 2), Node("q", None, 3)]
    now = [Node("P", None, 0), Node("A", "P", 1), Node("Q", None, 2)]
    found = match(then, now)

    assert found.made == {"p": "P", "q": "Q"}
    assert set(found.unmatched) == {"a", "b"}


def test_runs_of_the_same_moment_are_not_told_apart_by_guess() -> None:
    found = match([Node("a", None, 5), Node("b", None, 5)], [Node("x", None, 1), Node("y", None, 2)])

    assert found.made == {}
    assert "nothing says which is which" in found.unmatched["a"]


def test_parent_outside_of_the_session_counts_as_none() -> None:
    assert match([Node("a", "elsewhere", 0)], [Node("x", None, 0)]).made == {"a": "x"}


def test_descendants_are_all_runs_below() -> None:
    nodes = [Node("p", None, 0), Node("a", "p", 2), Node("b", "p", 1), Node("c", "a", 3), Node("q", None, 4)]

    assert descendants("p", nodes) == ["p", "b", "a", "c"]


def test_nothing_matches_nothing() -> None:
    assert match([], []).made == {}


@given(st.lists(st.integers(min_value=-1, max_value=30), max_size=30))
def test_the_same_tree_matches_completely_whatever_its_shape(parents: list[int]) -> None:
    def tree(prefix: str, stride: int) -> list[Node]:
        return [
            Node(f"{prefix}{number}", f"{prefix}{parent}" if 0 <= parent < number else None, number * stride)
            for number, parent in enumerate(parents)
        ]

    found = match(tree("a", 3), tree("b", 1000))

    assert found.made == {f"a{number}": f"b{number}" for number in range(len(parents))}
    assert found.unmatched == {}


def at(id: str, order: int, begin: int, end: int, **params: str) -> Node:
    """A run of the top level."""
    return Node(id, None, order, begin, end, frozenset(params.items()))


THEN = [at("a", 0, 0, 50, depth="1"), at("b", 1, 10, 60, depth="2")]


def test_runs_beside_each_other_are_told_by_their_parameters() -> None:
    now = [at("x", 5, 5, 40, depth="2"), at("y", 6, 6, 40, depth="1")]
    assert match(THEN, now).made == {"a": "y", "b": "x"}


def test_one_execution_beside_each_other_is_enough_for_that() -> None:
    now = [at("x", 5, 5, 6, depth="2"), at("y", 6, 6, 7, depth="1")]
    assert match(THEN, now).made == {"a": "y", "b": "x"}
    assert match(now, THEN).made == {"x": "b", "y": "a"}


def test_runs_beside_each_other_whose_parameters_do_not_tell_are_not_matched() -> None:
    then = [*THEN, at("c", 2, 20, 70, depth="2"), at("d", 3, 20, 70, depth="4"), Node("e", "d", 4)]
    now = [at(name, 5, 5, 40, depth=depth) for name, depth in zip("wxyz", "2125", strict=True)]
    found = match(then, now)
    assert found.made == {"a": "x"}
    assert found.unmatched.keys() == {"b", "c", "d", "e"}
    assert "beside others" in found.unmatched["d"]


def test_runs_one_after_the_other_are_told_by_their_order_whatever_their_parameters() -> None:
    then = [at("a", 0, 0, 50, depth="1"), at("b", 1, 50, 60, depth="2")]
    assert match(then, [at("x", 5, 5, 9, depth="2"), at("y", 9, 9, 12, depth="1")]).made == {"a": "x", "b": "y"}
