"""What `saigen status` says of recordings."""

from __future__ import annotations

import os
import time

import pytest

from saigen.cli import main
from saigen.record import spool
from saigen.record.process import here
from saigen.record.recorder import started_at
from saigen.record.spool import ENDED, Entry

GONE = 4_194_305  # above the largest process id of Linux


def recorded(record: str, *, running: bool = False) -> Entry:
    """Keep a recording of this process, or of one that is gone."""
    pid, started = (os.getpid(), started_at()) if running else (GONE, 1)
    entry = Entry(record, pid, started, "http://127.0.0.1:9", "/work", 0, where=here())
    spool.write(entry)
    return entry


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The lines of `saigen status`."""
    assert main(["status"]) == 0
    return capsys.readouterr().out.splitlines()


def test_a_recording_that_is_being_finished_asks_for_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    recorded("a")
    first, advice = said(capsys)
    assert "ended, being finished" in first
    assert advice == "those being finished need nothing; if one stays: saigen push"


def test_a_recording_that_was_tried_waits_for_push(capsys: pytest.CaptureFixture[str]) -> None:
    recorded("a")
    spool.mark("a", ENDED)
    first, advice = said(capsys)
    assert "ended, waits" in first
    assert advice == "complete those that wait with: saigen push"


def test_a_training_that_runs_asks_for_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    recorded("a", running=True)
    [line] = said(capsys)
    assert f"process {os.getpid()} runs" in line


def test_a_training_of_another_machine_with_the_same_home_asks_for_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    now = int(time.time() * 1000)
    spool.write(recorded("a")._replace(where="another", created=now))
    [line] = said(capsys)
    assert f"process {GONE} runs, on another machine or in a container" in line
