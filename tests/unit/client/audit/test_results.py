"""Which runs have no result: none of their own, and none below them."""

from __future__ import annotations

from dataclasses import replace

from saigen.audit.results import bare_of
from tests.unit.client.audit.examples import a_run

TOP, MIDDLE, LEAF, OTHER = (replace(a_run(), id=name * 32) for name in "tmlo")
NESTED = [(TOP.id, None), (MIDDLE.id, TOP.id), (LEAF.id, MIDDLE.id), (OTHER.id, None)]


def bare(*with_metrics: str) -> set[str]:
    """The ones without a result where these runs have metrics."""
    return bare_of((TOP, MIDDLE, LEAF, OTHER), [(run, above, run in with_metrics) for run, above in NESTED])


def test_a_run_without_metrics_has_no_result() -> None:
    assert bare() == {TOP.id, MIDDLE.id, LEAF.id, OTHER.id}


def test_the_result_of_a_nested_run_is_one_of_all_above_it() -> None:
    assert bare(LEAF.id) == {OTHER.id}
    assert bare(MIDDLE.id) == {LEAF.id, OTHER.id}


def test_runs_that_name_each_other_as_parent_end() -> None:
    loop = [(TOP.id, LEAF.id, True), (LEAF.id, TOP.id, False)]
    assert bare_of((TOP, LEAF), loop) == set()
