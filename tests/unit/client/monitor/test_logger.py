"""The logger for services: nothing recorded is lost, and recording never waits."""

from __future__ import annotations

import json
import math
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saigen.errors import UsageError
from saigen.monitor import Logger
from saigen.monitor.spool import Header, SpoolFile, encode, finish_abandoned, read_batch

SERVICE = """
import sys, time
from saigen.monitor import Logger
log = Logger("prod", model="birds-1", folder=sys.argv[1], rows=1000)
number = 0
while True:
    log.record({"x": number}, prediction=number * 2, key=number)
    number += 1
    if number % 100 == 0:
        print(number, flush=True)
        time.sleep(0.001)
"""
VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.floats(), max_size=3))


def eventually(condition: Callable[[], bool], within: float = 20.0) -> None:
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.01)


def numbers_in(folder: Path) -> list[int]:
    """The keys of every record in a folder, in the order of files and lines."""
    finish_abandoned(folder)
    return [one["key"] for path in sorted(folder.glob("*.batch")) for one in read_batch(path)[1]]


def test_what_was_recorded_is_in_a_finished_batch_when_the_service_ends(tmp_path: Path) -> None:
    with Logger("prod", model="birds-1", folder=tmp_path, key="id") as log:
        log.record({"wing": 10.5}, {"prediction": "owl", "probability": 0.8}, key="a")
    (path,) = tmp_path.iterdir()
    header, (record,) = read_batch(path)
    assert header == Header("prod", "birds-1", "id")
    assert record == {
        "time": record["time"],
        "key": "a",
        "inputs": {"wing": 10.5},
        "prediction": {"prediction": "owl", "probability": 0.8},
    }
    assert path.suffix == ".batch"
    assert path.stat().st_mode & 0o077 == 0


def test_a_killed_service_loses_at_most_what_it_recorded_in_the_last_moment(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", SERVICE, str(tmp_path)], stdout=subprocess.PIPE, text=True) as service:
        assert service.stdout
        said = 0
        while said < 5_000:
            said = int(service.stdout.readline())
        moment = time.time()
        time.sleep(0.3)
        service.send_signal(signal.SIGKILL)
        service.communicate()
    found = numbers_in(tmp_path)
    assert found == list(range(len(found))), "none is missing in between, and none is there twice"
    assert len(found) >= said
    files = sorted(tmp_path.glob("*.batch"))
    last = max(record["time"] for path in files for record in read_batch(path)[1])
    assert last > moment, "records of the 0.3 seconds before the end are there"


def test_a_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    file = SpoolFile(tmp_path, Header("prod", "birds-1"))
    file.append(encode({"key": 1}) + encode({"key": 2}), 2)
    file.leave()
    with file.path.open("ab") as torn:
        torn.write(b'{"key": 3, "inp')
    assert numbers_in(tmp_path) == [1, 2]


def test_a_file_that_somebody_writes_to_is_not_taken(tmp_path: Path) -> None:
    with Logger("prod", model="birds-1", folder=tmp_path) as log:
        log.record({"x": 1}, 2)
        assert log.flush()
        assert finish_abandoned(tmp_path) == []
        assert [path.suffix for path in tmp_path.iterdir()] == [".open"]


def test_batches_are_finished_by_rows_and_by_time(tmp_path: Path) -> None:
    with Logger("prod", model="birds-1", folder=tmp_path, rows=10, seconds=0.2) as log:
        for number in range(10):
            log.record({}, number, key=number)
        eventually(lambda: len(list(tmp_path.glob("*.batch"))) == 1)
        log.record({}, 10, key=10)
        eventually(lambda: len(list(tmp_path.glob("*.batch"))) == 2)
    assert sorted(numbers_in(tmp_path)) == list(range(11))


def test_a_full_disk_keeps_records_waiting_until_there_is_room(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    folder.write_text("a file where the folder should be")  # nothing can be made there
    with Logger("prod", model="birds-1", folder=folder) as log:
        for number in range(100):
            log.record({}, number, key=number)
        time.sleep(0.1)
        assert log.waiting == 100
        folder.unlink()
        eventually(lambda: log.waiting == 0)
    assert numbers_in(folder) == list(range(100))
    assert log.lost == 0


def test_a_write_that_broke_off_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write, room = os.write, [90]

    def write_while_there_is_room(descriptor: int, content: bytes) -> int:
        if not room[0]:
            raise OSError(28, "No space left on device")
        written = write(descriptor, content[: room[0]])
        room[0] -= written
        return written

    monkeypatch.setattr("saigen.monitor.spool.os.write", write_while_there_is_room)
    file = SpoolFile(tmp_path, Header("prod", "birds-1"))
    with pytest.raises(OSError, match="No space"):
        file.append(b"".join(encode({"key": number}) for number in range(10)), 10)
    room[0] = 10_000
    file.finish()
    assert numbers_in(tmp_path) == list(range(10))


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """A disk that hangs in every write until the event is set."""
    goes_on, write = threading.Event(), os.write

    def hang(descriptor: int, content: bytes) -> int:
        goes_on.wait(30)
        return write(descriptor, content)

    monkeypatch.setattr("saigen.monitor.spool.os.write", hang)
    return goes_on


def test_a_disk_that_hangs_never_holds_the_service_up(tmp_path: Path, hanging: threading.Event) -> None:
    log = Logger("prod", model="birds-1", folder=tmp_path, queue=1_000)
    log.record({}, 0, key=0)
    time.sleep(0.5)  # the writer is in its first write by now, for longer than counts as hanging
    longest = max(timed(lambda number=number: log.record({}, number, key=number)) for number in range(1, 3_000))  # type: ignore[misc]
    assert longest < 0.25
    assert log.lost > 1_000, "what the queue cannot hold is counted"
    hanging.set()
    log.close()
    kept = numbers_in(tmp_path)
    assert len(kept) + log.lost == 3_000
    assert kept == list(range(len(kept)))


def test_what_the_queue_cannot_hold_goes_to_another_disk(tmp_path: Path, hanging: threading.Event) -> None:
    other = tmp_path / "other"
    spilled = SpoolFile(other, Header("prod", "birds-1"))
    log = Logger("prod", model="birds-1", folder=tmp_path / "spool", queue=10, spill=other)
    log._spilled = spilled
    kept: list[int] = []
    spilled.append = lambda lines, _: kept.append(json.loads(lines)["key"])  # type: ignore[method-assign]
    log.record({}, 0, key=0)
    time.sleep(0.1)
    for number in range(1, 31):
        log.record({}, number, key=number)
    assert log.lost == 0
    assert kept == list(range(11, 31))
    hanging.set()
    log.close()
    assert numbers_in(tmp_path / "spool") == list(range(11))


def test_a_forked_worker_has_a_file_of_its_own(tmp_path: Path) -> None:
    with Logger("prod", model="birds-1", folder=tmp_path) as log:
        log.record({}, 0, key=0)
        assert log.flush()
        child = os.fork()
        if child == 0:
            log.record({}, 1, key=1)
            log.close()
            os._exit(0)
        os.waitpid(child, 0)
        log.record({}, 2, key=2)
    assert sorted(numbers_in(tmp_path)) == [0, 1, 2]


def test_threads_may_share_a_logger(tmp_path: Path) -> None:
    with Logger("prod", model="birds-1", folder=tmp_path, rows=500) as log:

        def serve(first: int) -> None:
            for number in range(first, first + 1_000):
                log.record({}, number, key=number)

        threads = [threading.Thread(target=serve, args=(first,)) for first in range(0, 4_000, 1_000)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(numbers_in(tmp_path)) == list(range(4_000))


def timed(call: Callable[[], None]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def test_recording_takes_microseconds(tmp_path: Path) -> None:
    inputs = {f"column{number}": number * 1.5 for number in range(20)}
    with Logger("prod", model="birds-1", folder=tmp_path) as log:
        times = [timed(lambda: log.record(inputs, 12.5, key="UA-1545")) for _ in range(20_000)]
    middle, p99 = statistics.median(times), statistics.quantiles(times, n=100)[98]
    print(f"record: median {middle * 1e6:.1f} us, p99 {p99 * 1e6:.1f} us")
    assert middle < 100e-6
    assert log.lost == 0


@given(st.dictionaries(st.text(), VALUES, max_size=4), VALUES)
@settings(max_examples=200, deadline=None)
def test_every_value_becomes_one_line_of_json(inputs: dict[str, Any], prediction: Any) -> None:
    line = encode({"inputs": inputs, "prediction": prediction})
    assert line.count(b"\n") == 1
    found = json.loads(line, parse_constant=pytest.fail)
    assert found["inputs"].keys() == inputs.keys()


def test_numbers_of_numpy_are_numbers_and_what_is_no_number_is_missing() -> None:
    values = {"a": np.float32(1.5), "b": np.int64(3), "c": np.array([1, 2]), "d": math.nan, "e": np.bool_(True)}
    assert json.loads(encode(values)) == {"a": 1.5, "b": 3, "c": [1, 2], "d": None, "e": True}


def test_what_cannot_be_written_down_is_counted_and_stops_nothing(tmp_path: Path) -> None:
    endless: dict[str, Any] = {}
    endless["self"] = endless
    with Logger("prod", model="birds-1", folder=tmp_path) as log:
        log.record(endless, 1, key=1)
        log.record({}, 2, key=2)
    assert (numbers_in(tmp_path), log.lost) == ([2], 1)


@pytest.mark.parametrize(("environment", "model"), [("prod 1", "birds-1"), ("prod", "birds"), ("prod", "flights_v1")])
def test_only_a_released_model_in_an_environment_is_logged(tmp_path: Path, environment: str, model: str) -> None:
    with pytest.raises(UsageError, match="no environment, or no released model"):
        Logger(environment, model=model, folder=tmp_path)


def test_importing_it_loads_nothing_heavy() -> None:
    code = "import sys; from saigen.monitor import Logger; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {"pandas", "numpy", "duckdb", "mlflow", "boto3", "evidently", "requests"}.isdisjoint(loaded)
