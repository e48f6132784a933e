"""Who does which pass over recordings, where many wait for the same."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest

from saigen import recording
from saigen.errors import UnreachableError
from saigen.record import spool
from saigen.record.attempts import again
from saigen.record.deliver import Delivered
from saigen.record.finish import _seen, _told, _write, finish_all, main
from saigen.record.process import here
from saigen.record.push import push
from saigen.record.spool import BEGUN, ENDED, Entry
from saigen.record.unrecorded import Opened
from saigen.recording import DATA_VERSION, Code, Data, State
from saigen.tracking import Run, Tracking
from tests.unit.client.answering import Answering
from tests.unit.client.record.checkouts import Checkout

NOBODY = "http://127.0.0.1:9"  # no server there
GONE = 4_194_305  # above the largest process id of Linux


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")


def waiting(record: str, tracking: str = NOBODY, started: int = 1) -> str:
    """A recording whose process has ended; returns its id."""
    spool.write(Entry(record, GONE, started, tracking, "/", 0, where=here()))
    return record


def test_a_server_that_is_away_is_tried_once_for_all_who_wait_for_it() -> None:
    ours, same, other = waiting("a"), waiting("b", started=2), waiting("c", "http://127.0.0.1:7", started=3)

    assert main([ENDED, str(GONE), "1"]) == 4

    assert spool.is_marked(same, ENDED)
    assert not spool.is_marked(other, ENDED)
    assert {entry.record for entry in spool.pending()} == {ours, same, other}


def test_a_recording_that_cannot_be_read_does_not_keep_the_others() -> None:
    for record in ("damaged", "whole"):
        waiting(record)
    spool.write(spool.pending()[0]._replace(record="damaged", root=1, git="", common=""))  # type: ignore[arg-type]
    damaged, whole = finish_all(spool.pending())
    assert damaged.problem is not None
    assert "TypeError" in damaged.problem.why
    assert isinstance(whole.problem, UnreachableError)
    assert [done.finished for done in push()] == [False, False]


def test_of_a_training_elsewhere_only_the_commit_is_delivered(checkout: Checkout) -> None:
    place, commit = checkout.worktree().place, checkout.git("rev-parse", "HEAD")
    folders = {"root": str(place.root), "git": str(place.git), "common": str(place.common)}
    now = int(time.time() * 1000)
    entry = Entry("a", GONE, 1, NOBODY, "/", now, where="another", commit=commit, branch="main", **folders)
    spool.write(entry)
    [early] = push()
    assert (early.finished, early.problem) == (False, None)  # the tracking server, which does not answer, was not asked
    assert early.state.code is Code.LOCAL  # there is no remote
    assert spool.read_result("a") == {}
    assert not spool.is_marked("a", BEGUN)


def test_of_a_checkout_that_is_gone_nothing_is_said_that_it_would_tell(checkout: Checkout) -> None:
    place, commit = checkout.worktree().place, checkout.git("rev-parse", "HEAD")
    folders = {"root": str(place.root), "git": str(place.git), "common": str(place.common)}
    entry = Entry("a", GONE, 1, NOBODY, "/", 0, commit=commit, **folders)  # type: ignore[arg-type]
    opened = Opened(read=frozenset({"notes.txt"}))
    checkout.write("notes.txt", "1")
    assert _seen({}, entry, opened) == {recording.UNRECORDED: "1: notes.txt"}
    assert _seen({recording.UNRECORDED: "2: old.txt, notes.txt"}, entry, opened) == {}
    shutil.rmtree(checkout.root)
    assert _seen({}, entry, opened) == {}


def test_a_recording_that_changes_waits_for_its_first_pass_again() -> None:
    record = waiting("a")
    spool.mark(record, BEGUN)
    assert spool.is_marked(record, BEGUN)
    waiting("a")
    assert not spool.is_marked(record, BEGUN)


@pytest.mark.parametrize(("said", "noted"), [("a_v1,c_v2", False), ("c_v2", False), ("a_v1,d_v1", True)])
def test_code_that_names_some_of_the_data_is_believed_and_other_data_is_noted(said: str, noted: bool) -> None:
    found = {"data/a": "a_v1", "data/b": "b_v1", "data/c": "c_v2"}
    entry = Entry("a", GONE, 1, NOBODY, "/", 0, versions=found, data_version="a_v1,b_v1,c_v2")
    state = _told({DATA_VERSION: said}, entry, State(Code.PUSHED, Data.PUSHED))
    assert bool(state.notes) is noted


def test_a_forge_that_knows_nobody_is_asked_thrice_and_one_that_is_away_for_ever() -> None:
    known, tries = Delivered(Code.UNPUSHED, pending=True, unknown=True), list[bool]()
    result: dict[str, object] = {}
    for _ in range(4):
        result = again(known, result)
        tries.append(bool(result["soon"]))
    assert tries == [True, True, False, False]
    assert again(Delivered(Code.UNPUSHED, pending=True, away=True), result)["soon"]


def test_a_run_says_its_state_after_all_that_the_state_speaks_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run("1", "0", "a", "RUNNING", "ann", 0, None, "s3://a", tags={recording.STATE: "code=unpushed; data=unknown"})
    entry = Entry("a", GONE, 1, NOBODY, "/", 0, commit="0" * 40, artifacts={recording.COMMAND_ARTIFACT: "{}"})
    spool.write(entry)
    monkeypatch.chdir(tmp_path)  # where MLflow puts the artifact: the answer names no other place
    with Answering() as server:
        _write(Tracking(server.url), run, entry, State(Code.PUSHED, Data.PUSHED), Opened(), ended=False)
    told = [json.loads(asked.body)["key"] if asked.method == "POST" else "upload" for asked in server.asked]
    assert (told[0], told[-1]) == (recording.COMMIT, recording.STATE)
    assert set(told[1:-1]) == {"upload"}
