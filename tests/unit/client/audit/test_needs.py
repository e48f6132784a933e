"""What data a run needs."""

from __future__ import annotations

from dataclasses import replace

from saigen.audit.facts import CommitFacts, Lack
from saigen.audit.needs import needs_of
from saigen.data.pointer import Output
from tests.unit.client.audit.examples import FACTS, FILE, FOLDER, OTHER, PHOTOS, TABLE, need

RELEASED = replace(FACTS, outputs=(replace(TABLE, md5=OTHER),))


def test_a_run_needs_what_it_recorded_and_nothing_else() -> None:
    found = needs_of({"data/photos": FOLDER}, "flights_v1", FACTS, {})
    assert found.needs == (need(PHOTOS),)
    assert found.reasons == ()


def test_recorded_data_that_the_commit_does_not_point_to_is_missing() -> None:
    found = needs_of({"data/flights.csv": OTHER}, None, FACTS, {})
    assert [reason.lack for reason in found.reasons] == [Lack.DATA_POINTER]
    assert "data/flights.csv" in found.reasons[0].what


def test_data_that_moved_is_found_by_its_hash() -> None:
    assert needs_of({"elsewhere.csv": FILE}, None, FACTS, {}).needs == (need(TABLE),)


def test_a_named_version_needs_what_its_tag_holds() -> None:
    found = needs_of({}, "flights_v3", FACTS, {"flights_v3": RELEASED})
    assert [one.md5 for one in found.needs] == [OTHER]


def test_a_version_without_a_tag_is_missing() -> None:
    found = needs_of({}, "flights_v9", FACTS, {})
    assert found.reasons[0].what == "the repository has no tag flights_v9"


def test_an_unnamed_state_needs_what_its_commit_points_to() -> None:
    assert needs_of({}, "flights_v3+aaaaaaa", FACTS, {}).needs == (need(TABLE),)


def test_an_unnamed_state_that_was_never_committed_is_missing() -> None:
    found = needs_of({}, "flights_v3+1234567", FACTS, {})
    assert [reason.lack for reason in found.reasons] == [Lack.DATA_STATE]


def test_several_datasets_are_all_needed() -> None:
    found = needs_of({}, "flights_v3+aaaaaaa,photos_v0+bbbbbbb", FACTS, {})
    assert found.needs == (need(TABLE), need(PHOTOS))


def test_a_run_that_says_nothing_needs_everything_that_its_commit_tracks() -> None:
    assert needs_of({}, None, FACTS, {}).needs == (need(TABLE), need(PHOTOS))
    assert needs_of({}, "the one from tuesday", FACTS, {}).needs == (need(TABLE), need(PHOTOS))


def test_data_that_git_itself_holds_needs_no_object() -> None:
    metrics = Output("metrics.json", "dvc.lock", OTHER, elsewhere="it is not cached (cache: false)")
    facts = CommitFacts(outputs=(metrics,), remotes=FACTS.remotes, committed=frozenset({"metrics.json"}))
    assert needs_of({}, None, facts, {}) == needs_of({}, None, CommitFacts(), {})


def test_data_of_another_repository_cannot_be_decided_from_here() -> None:
    imported = Output("data/other", "data/other.dvc", OTHER, elsewhere="it is imported from X at Y")
    found = needs_of({}, None, CommitFacts(outputs=(imported,), remotes=FACTS.remotes), {})
    assert [(reason.lack, reason.what) for reason in found.reasons] == [
        (Lack.UNREADABLE, "data/other: it is imported from X at Y")
    ]


def test_a_broken_pointer_is_said() -> None:
    found = needs_of({}, None, replace(FACTS, broken="data/x.dvc cannot be read"), {})
    assert found.reasons[0].what == "data/x.dvc cannot be read"
