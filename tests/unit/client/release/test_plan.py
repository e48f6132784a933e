"""What a release would do, for each way that things can be."""

from __future__ import annotations

from dataclasses import replace

from saigen.project import ReleaseRules, Threshold
from saigen.release.facts import Facts, Source
from saigen.release.plan import plan_of

CODE = Source("code", "dev/main", "c" * 40, 2)
DATA = Source("data", "data/split/acme", "d" * 40, 1)
RULES = ReleaseRules(
    tests=("make", "test"), evaluate=("make", "evaluate"), thresholds=(Threshold("accuracy", least=0.8),)
)
RELEASED = Facts(
    "acme",
    "stable/acme",
    tip="a" * 40,
    new=False,
    sources=(replace(CODE, behind=0), replace(DATA, behind=0)),
    tags=frozenset({"acme-1", "acme-2", "other-7"}),
    last="acme-2",
    at_tip=True,
)


def test_nothing_is_due_where_the_last_release_has_everything() -> None:
    plan = plan_of(RELEASED, RULES)
    assert (plan.tag, plan.steps) == (None, ())
    assert plan.why == "acme-2 has everything of dev/main and data/split/acme"


def test_new_data_makes_a_release_due_with_the_next_number_of_all_tags() -> None:
    plan = plan_of(replace(RELEASED, sources=(DATA,), tags=RELEASED.tags | {"acme-9"}), RULES)
    assert plan.tag == "acme-10"
    assert plan.merges == (DATA,)
    assert plan.why == "new data on data/split/acme"


def test_the_steps_are_told_in_their_order() -> None:
    steps = plan_of(replace(RELEASED, sources=(CODE, DATA)), RULES).steps
    assert steps == (
        "merge code from dev/main (2 commits, to cccccccccccc)",
        "merge data from data/split/acme (1 commit, to dddddddddddd)",
        "choose the tag acme-3",
        "test: make test",
        "evaluate: make evaluate",
        "require accuracy >= 0.8",
        "commit the model of evaluate, its card and metrics; push the data",
        "push stable/acme and the tag acme-3",
        "register its model, and add its runs to the results on main",
    )


def test_what_was_merged_by_hand_and_never_released_is_due() -> None:
    plan = plan_of(replace(RELEASED, at_tip=False), RULES)
    assert (plan.tag, plan.merges) == ("acme-3", ())
    assert plan.why == "stable/acme holds what was not released"


def test_a_line_begins_where_there_is_something_to_take() -> None:
    new = Facts("acme", "stable/acme", "a" * 40, new=True, sources=(CODE,))
    assert plan_of(new, RULES).tag == "acme-1"
    assert plan_of(replace(new, sources=()), RULES).steps == ()


def test_a_published_release_that_lacks_something_is_completed_even_where_nothing_is_due() -> None:
    plan = plan_of(replace(RELEASED, unfinished=(("acme-2", ("registry", "results")),)), RULES)
    assert (plan.tag, plan.finish) == (None, ("acme-2",))
    assert plan.steps == ("complete acme-2: register its model and add its runs to the results on main",)


def test_a_tag_that_was_never_published_is_taken_away_and_its_number_used() -> None:
    facts = replace(RELEASED, sources=(DATA,), tags=RELEASED.tags | {"acme-3"}, abandoned=("acme-3",))
    plan = plan_of(facts, RULES)
    assert plan.tag == "acme-3"
    assert "take away the tag acme-3, which was never published" in plan.steps
