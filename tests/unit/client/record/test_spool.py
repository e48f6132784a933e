"""What is kept on disk for later."""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from saigen.record import helper, spool
from saigen.record.recorder import started_at
from saigen.record.spool import Entry
from tests.waiting import eventually

ENTRY = Entry(
    "a1", 5, 100, "http://localhost:5000", "/work", 7, commit="c" * 40, notes=("left out: b",), data={"d": "m"}
)


def test_an_entry_is_read_as_it_was_written() -> None:
    spool.write(ENTRY)
    assert spool.read("a1") == ENTRY


def test_only_its_owner_can_read_it() -> None:
    folder = spool.write(ENTRY)
    assert stat.S_IMODE((folder / "entry.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_entries_come_in_the_order_in_which_they_were_made() -> None:
    for record, created in (("b", 3), ("c", 1), ("a", 2)):
        spool.write(ENTRY._replace(record=record, created=created))
    assert [entry.record for entry in spool.pending()] == ["c", "a", "b"]


def test_what_cannot_be_read_is_passed_over() -> None:
    folder = spool.write(ENTRY)
    (folder / "entry.json").write_text("{")
    assert spool.read("a1") is None
    (folder / "entry.json").write_text('{"format": 99}')
    assert spool.pending() == []


def test_one_process_at_a_time_finishes_a_recording() -> None:
    spool.write(ENTRY)
    with spool.locked("a1") as first, spool.locked("a1") as second:
        assert (first, second) == (True, False)
    with spool.locked("a1") as again:
        assert again


def test_a_recording_that_is_gone_cannot_be_locked() -> None:
    with spool.locked("gone") as held:
        assert not held


def test_runs_of_many_processes_are_numbered_once() -> None:
    with ProcessPoolExecutor(3, mp_context=get_context("fork")) as processes, ThreadPoolExecutor(4) as threads:
        numbers = [*processes.map(spool.next_ordinal, ["s"] * 30), *threads.map(spool.next_ordinal, ["s"] * 30)]
    assert sorted(numbers) == list(range(60))
    assert spool.next_ordinal("t") == 0


def test_a_process_of_another_machine_runs_as_long_as_its_file_is_held() -> None:
    entry = ENTRY._replace(where="another")
    entry.process.parent.mkdir(parents=True)
    with entry.process.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert entry.is_running
    assert not entry.is_running
    assert entry._replace(pid=6, created=int(time.time() * 1000)).is_running  # it may not hold it yet


def test_a_recording_of_a_client_that_did_not_say_where_is_of_this_machine() -> None:
    assert ENTRY._replace(where="", pid=os.getpid(), started=started_at()).is_running
    assert not ENTRY._replace(where="", pid=4_194_305, created=int(time.time() * 1000)).is_running


def test_a_training_in_a_container_with_a_shared_home_runs_until_it_ends(tmp_path: Path) -> None:
    ask = "from saigen.record.provider import RunContext; RunContext().tags(); print('asked', flush=True); input()"
    apart = ("unshare", "--map-root-user", "--pid", "--fork", "--mount-proc", sys.executable, "-c", ask)
    with subprocess.Popen(apart, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path) as training:
        assert training.stdout is not None
        assert training.stdout.readline() == b"asked\n"
        entry = spool.pending()[0]._replace(created=0)
        eventually(lambda: entry.is_running)
        training.communicate(b"\n")
    assert not entry.is_running
    assert not entry.is_here


def test_a_training_that_began_before_an_upgrade_calls_the_helper_with_less() -> None:
    folder = spool.write(ENTRY)
    (folder / "entry.json").unlink()
    words = ["wait", str(folder), "4194305", "1"]
    done = subprocess.run([sys.executable, "-I", "-S", helper.__file__, *words], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_file_that_cannot_be_held_does_not_end_the_helper(tmp_path: Path) -> None:
    (tmp_path / "processes").touch()
    helper.hold(str(tmp_path / "processes" / "one"))


def test_leftovers_of_yesterday_are_dropped_and_those_of_now_are_not(home: Path) -> None:
    scratch = home / ".local/state/saigen/scratch"
    for name in ("old", "new"):
        (scratch / name).mkdir(parents=True)
    os.utime(scratch / "old", (0, 0))
    spool.tidy()
    assert [one.name for one in scratch.iterdir()] == ["new"]


def test_many_who_tidy_at_once_do_not_meet(home: Path) -> None:
    sessions = home / ".local/state/saigen/sessions"
    sessions.mkdir(parents=True)
    for number in range(2_000):
        (sessions / str(number)).touch()
    with ProcessPoolExecutor(4, mp_context=get_context("fork")) as processes:
        for done in [processes.submit(spool.tidy) for _ in range(4)]:
            done.result()
    assert len(list(sessions.iterdir())) == 200
