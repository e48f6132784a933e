"""The decision on a run, rule by rule."""

from __future__ import annotations

from dataclasses import replace

import pytest

from saigen.audit.facts import Evidence, Lack, Objects, Reason
from saigen.audit.judge import Finding, Outcome, RunFacts, decide, examine
from saigen.data.pointer import Entry
from saigen.recording import Environment, Verdict
from tests.unit.client.audit.examples import (
    COMMIT_ID,
    FACTS,
    FILE,
    FOLDER,
    OTHER,
    PHOTOS,
    REMOTE,
    TABLE,
    a_recorded_run,
    a_run,
    need,
    place,
)

FIRST, SECOND = Entry("1.png", "1" * 32), Entry("2.png", "2" * 32)
ALL_THERE = Objects(
    sizes={place(FILE): 100, place(FOLDER): 90, place(FIRST.md5): 10, place(SECOND.md5): 20},
    lists={FOLDER: (FIRST, SECOND)},
)


def finding(run: object = None, **facts: object) -> Finding:
    known = {"run": run or a_recorded_run(), "commit": FACTS, **facts}
    return decide(RunFacts(**known), "delays")  # type: ignore[arg-type]


def lacks(found: Finding) -> list[Lack]:
    return [reason.lack for reason in found.reasons]


def test_a_recorded_run_with_everything_there_is_reproducible() -> None:
    assert finding().outcome is Outcome.REPRODUCIBLE


def test_a_run_without_saigen_is_reproducible_by_commit() -> None:
    tags = {
        "mlflow.source.git.commit": COMMIT_ID,
        "mlflow.source.git.repoURL": "team/demo",
        "data_version": "flights_v1",
    }
    assert finding(a_run(**tags)).outcome is Outcome.BY_COMMIT


def test_a_run_without_a_commit_was_not_recorded() -> None:
    found = finding(a_run(), commit=None)
    assert (found.outcome, lacks(found)) == (Outcome.MISSING, [Lack.RECORDING])


def test_a_run_without_a_repository_is_not_reproducible() -> None:
    assert lacks(finding(a_run(**{"saigen.commit": COMMIT_ID}), commit=None)) == [Lack.REPOSITORY]


def test_a_commit_that_is_not_there_is_named() -> None:
    found = finding(commit=None)
    assert found.reasons == (Reason(Lack.COMMIT, "team/demo has no commit cccccccccccc"),)


def test_a_commit_that_was_never_pushed_is_said_to_be_on_one_machine() -> None:
    run = a_recorded_run(**{"saigen.state": "code=local; data=pushed"})
    assert "only on the machine that ran it" in finding(run, commit=None).reasons[0].what


def test_a_repository_that_cannot_be_read_leaves_a_run_undecided() -> None:
    found = finding(commit=None, unreadable="it does not let you read")
    assert (found.outcome, lacks(found)) == (Outcome.UNDECIDED, [Lack.UNREADABLE])


@pytest.mark.parametrize("status", ["FAILED", "KILLED", "RUNNING", "SCHEDULED"])
def test_a_run_without_a_result_is_not_counted_as_missing(status: str) -> None:
    assert finding(replace(a_recorded_run(), status=status)).outcome is Outcome.NO_RESULT


@pytest.mark.parametrize(
    ("state", "lack"),
    [
        ("code=partial; data=pushed; note=vendor/lib", Lack.CODE),
        ("code=pushed; data=modified; note=data/flights.csv", Lack.DATA_STATE),
        ("code=pushed; data=unknown", Lack.DATA_STATE),
    ],
)
def test_what_the_recording_says_is_missing_is_missing(state: str, lack: Lack) -> None:
    assert lacks(finding(a_recorded_run(**{"saigen.state": state}))) == [lack]


def test_a_note_of_the_recording_is_passed_on() -> None:
    run = a_recorded_run(**{"saigen.state": "code=pushed; data=modified; note=data/flights.csv"})
    assert "data/flights.csv" in finding(run).reasons[0].what


def test_unknown_data_does_not_matter_where_none_was_used() -> None:
    run = a_recorded_run(data={}, **{"saigen.state": "code=pushed; data=unknown"})
    assert finding(run).outcome is Outcome.REPRODUCIBLE


def test_data_that_was_pushed_since_counts_as_pushed() -> None:
    run = a_recorded_run(**{"saigen.state": "code=unpushed; data=unpushed"})
    assert finding(run).outcome is Outcome.REPRODUCIBLE


def test_files_that_nobody_tracks_are_named() -> None:
    found = finding(a_recorded_run(**{"saigen.unrecorded": "2: /etc/model.cfg, ~/weights.bin"}))
    assert lacks(found) == [Lack.UNRECORDED]
    assert "/etc/model.cfg" in found.reasons[0].what


def test_no_untracked_file_is_no_reason() -> None:
    assert finding(a_recorded_run(**{"saigen.unrecorded": "0"})).outcome is Outcome.REPRODUCIBLE


def test_uncommitted_changes_of_a_run_without_saigen_are_lost() -> None:
    tags = {"mlflow.source.git.commit": COMMIT_ID, "mlflow.source.git.repoURL": "t/d", "uncommitted_changes": "yes"}
    assert lacks(finding(a_run(**tags))) == [Lack.CODE]


def environment(lock: str, path: str) -> dict[str, str]:
    return {"saigen.environment": Environment(lock, path, "3.11.7", "Linux", "x86_64").to_json()}


def test_the_recorded_lock_is_the_one_in_the_commit() -> None:
    assert finding(a_recorded_run(**environment("1" * 64, "uv.lock"))).outcome is Outcome.REPRODUCIBLE


@pytest.mark.parametrize(("lock", "path"), [("2" * 64, "uv.lock"), ("1" * 64, ".saigen/environment.lock")])
def test_another_lock_or_none_is_missing(lock: str, path: str) -> None:
    assert lacks(finding(a_recorded_run(**environment(lock, path)))) == [Lack.LOCK]


@pytest.mark.parametrize("lock", [None, "1" * 64])
def test_an_environment_that_is_in_no_file_is_missing(lock: str | None) -> None:
    recorded = Environment(lock, None, "3.11.7", "Linux", "x86_64").to_json()
    assert lacks(finding(a_recorded_run(**{"saigen.environment": recorded}))) == [Lack.LOCK]


def test_a_lock_with_what_nobody_else_can_install_is_missing_something() -> None:
    path = ".saigen/environment.lock"
    commit = replace(FACTS, locks={path: "1" * 64}, lacking={path: ("numpy 2.1.0 comes from conda",)})
    found = finding(a_recorded_run(**environment("1" * 64, path)), commit=commit)
    assert found.reasons == (Reason(Lack.LOCK, "numpy 2.1.0 comes from conda"),)


def test_a_lock_that_is_an_artifact_is_as_good_as_one_in_the_commit() -> None:
    run = a_recorded_run(**{"saigen.environment": Environment("1" * 64, None, "3.11.7", "Linux", "x86_64").to_json()})
    assert finding(run, lock=()).outcome is Outcome.REPRODUCIBLE
    assert lacks(finding(run, lock=(Reason(Lack.LOCK, "it is gone"),))) == [Lack.LOCK]


def test_a_missing_submodule_is_a_reason() -> None:
    lost = Reason(Lack.SUBMODULE, "vendor/lib: team/lib has no commit 0123456789ab")
    assert finding(submodules=(lost,)).reasons == (lost,)


def test_files_in_lfs_are_not_in_the_commit() -> None:
    assert lacks(finding(commit=replace(FACTS, large=True))) == [Lack.CODE]


def test_a_run_without_a_metric_has_no_result() -> None:
    assert finding(bare=True).outcome is Outcome.NO_RESULT


@pytest.mark.parametrize("path", ["requirements.txt", ".saigen/environment.lock"])
def test_any_lock_that_uv_installs_serves(path: str) -> None:
    assert finding(commit=replace(FACTS, locks={path: "1" * 64})).outcome is Outcome.REPRODUCIBLE


@pytest.mark.parametrize("locks", [{}, {"other/uv.lock": "1" * 64}, {"poetry.lock": "1" * 64}])
def test_a_commit_without_a_usable_lock_is_not_reproducible(locks: dict[str, str]) -> None:
    assert lacks(finding(commit=replace(FACTS, locks=locks))) == [Lack.LOCK]


def test_a_lock_serves_what_runs_below_it() -> None:
    run = a_recorded_run(**{"saigen.command": '{"argv":["python","train.py"],"cwd":"models/delay"}'})
    assert finding(run, commit=replace(FACTS, locks={"models/uv.lock": "1"})).outcome is Outcome.REPRODUCIBLE


def test_missing_artifacts_are_a_reason() -> None:
    assert lacks(finding(artifacts="the server cannot list them")) == [Lack.ARTIFACTS]


def test_what_cannot_be_read_does_not_hide_what_is_missing() -> None:
    data = (Reason(Lack.UNREADABLE, "x"), Reason(Lack.DATA_OBJECT, "y"))
    assert finding(data=data).outcome is Outcome.MISSING


def test_the_same_reason_is_said_once() -> None:
    same = Reason(Lack.DATA_OBJECT, "data/flights.csv")
    assert finding(data=(same, same)).reasons == (same,)


def test_evidence_is_kept() -> None:
    evidence = (Evidence("e" * 32, "reviewer", Verdict.REPRODUCED),)
    assert finding(evidence=evidence).evidence == evidence


# One output in the storage


def test_an_output_that_is_there_lacks_nothing() -> None:
    assert examine(need(TABLE), ALL_THERE) == ()
    assert examine(need(PHOTOS), ALL_THERE) == ()


def without(md5: str) -> Objects:
    return replace(ALL_THERE, sizes={**ALL_THERE.sizes, place(md5): None})


def test_a_missing_file_is_named_with_its_object() -> None:
    (reason,) = examine(need(TABLE), without(FILE))
    assert reason == Reason(Lack.DATA_OBJECT, f"data/flights.csv: s3://dvc/demo/files/md5/aa/{'a' * 30}")


def test_a_missing_file_of_a_directory_is_named() -> None:
    (reason,) = examine(need(PHOTOS), without(SECOND.md5))
    assert reason.lack is Lack.DATA_OBJECT
    assert reason.what.startswith("data/photos: 1 of 2 files: 2.png (s3://dvc/demo/files/md5/22/")


def test_a_missing_list_of_a_directory_is_named() -> None:
    (reason,) = examine(need(PHOTOS), without(FOLDER))
    assert reason.what.endswith(".dir")


def test_many_missing_files_are_counted() -> None:
    entries = tuple(Entry(f"{number}.png", f"{number:032x}") for number in range(10))
    objects = Objects(sizes={place(FOLDER): 1}, lists={FOLDER: entries})
    (reason,) = examine(need(PHOTOS), objects)
    assert reason.what.startswith("data/photos: 10 of 10 files: 0.png")
    assert reason.what.endswith("and 7 more")


def test_a_file_of_another_size_is_said() -> None:
    objects = replace(ALL_THERE, sizes={**ALL_THERE.sizes, place(FILE): 99})
    assert examine(need(TABLE), objects)[0].what.endswith("the pointer says 100 bytes, the storage has 99")


def test_files_that_do_not_sum_up_to_the_pointers_size_are_said() -> None:
    objects = replace(ALL_THERE, sizes={**ALL_THERE.sizes, place(FIRST.md5): 9})
    assert examine(need(PHOTOS), objects)[0].lack is Lack.DATA_SIZE


def test_a_list_with_fewer_files_than_the_pointer_says_is_said() -> None:
    objects = replace(ALL_THERE, lists={FOLDER: (FIRST,)})
    assert "the pointer says 2 files, the list has 1" in examine(need(PHOTOS), objects)[0].what


def test_sizes_that_no_pointer_records_are_not_compared() -> None:
    objects = replace(ALL_THERE, sizes={**ALL_THERE.sizes, place(FILE): 99})
    assert examine(need(replace(TABLE, size=None)), objects) == ()


@pytest.mark.parametrize("damaged", [FILE, FOLDER, FIRST.md5])
def test_damaged_content_is_said(damaged: str) -> None:
    objects = replace(ALL_THERE, damaged=frozenset({place(damaged)}))
    found = [reason.lack for output in (TABLE, PHOTOS) for reason in examine(need(output), objects)]
    assert found == [Lack.DATA_CONTENT]


def test_a_list_that_cannot_be_read_is_damaged() -> None:
    assert examine(need(PHOTOS), replace(ALL_THERE, lists={}))[0].lack is Lack.DATA_CONTENT


def test_a_remote_that_refuses_leaves_its_data_undecided() -> None:
    objects = Objects(unreadable={REMOTE: "the storage refuses"})
    assert examine(need(TABLE), objects) == (Reason(Lack.UNREADABLE, "data/flights.csv: the storage refuses"),)


def test_an_object_that_was_not_asked_for_counts_as_missing() -> None:
    assert examine(need(replace(TABLE, md5=OTHER)), ALL_THERE)[0].lack is Lack.DATA_OBJECT
