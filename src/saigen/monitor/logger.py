"""A logger for services: what a model was asked and what it answered, kept without ever making the model wait.

    from saigen.monitor import Logger

    log = Logger("prod", model="acme-7", folder="/var/spool/acme")
    log.record({"distance": 1400, "carrier": "UA"}, prediction=12.5, key="UA-1545")

`record` puts the record into a bounded queue, and a thread appends it to a file:

  the process is killed     what was recorded in the last INTERVAL (20 ms) may be lost; everything before is in the file
  the machine loses power   what was recorded in the last `sync` seconds (0.2) as well
  the disk is full or slow  records wait in the queue and are written when it goes again; above `queue` records they go
                            to the folder `spill`, or are counted in `lost`

The service never waits for a disk that hangs.

`saigen monitor send FOLDER` records what is finished: after `rows` records or `seconds`, and when the process ends.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from saigen.errors import UsageError
from saigen.monitor.spool import Header, SpoolFile, encode
from saigen.tags import ReleasedModel, is_name, parse_tag

INTERVAL = 0.02  # seconds between two looks at the queue
_STALLED = 0.25  # seconds in one write after which the disk counts as hanging
_RETRY = 0.5  # seconds after a failed write
_WARN_EVERY = 60.0
_AT_ONCE = 2_000  # records that are encoded before the next look at the file

_Item = tuple[float, dict[str, Any], Any, Any]


class Logger:
    """Keeps what a model did, for `saigen monitor send`. Threads may share one; after a fork it goes on in the child.

    Args:
        environment: such as `prod`. model: tag of the released model that answers.
        folder: of its own for each service; holds what was recorded, readable by its owner only.
        key: name of the column that recognises a row, so that labels can come later.
        rows, seconds: after how many records, or how long, a batch is finished.
        sync: seconds after which what was written is on the disk.
        queue: records that may wait for the disk. spill: folder on another disk, for what the queue cannot hold.

    Raises:
        UsageError: the environment or the model's tag is not one.
    """

    def __init__(
        self,
        environment: str,
        *,
        model: str,
        folder: str | os.PathLike[str],
        key: str | None = None,
        rows: int = 10_000,
        seconds: float = 300.0,
        sync: float = 0.2,
        queue: int = 50_000,
        spill: str | os.PathLike[str] | None = None,
    ) -> None:
        if not is_name(environment) or not isinstance(parse_tag(model), ReleasedModel):
            raise UsageError(
                "this names no environment, or no released model",
                f"expected for example 'prod' and 'acme-7', found {environment!r} and {model!r}",
                "git tag    (lists the models)",
            )
        self._header = Header(environment, model, key)
        self._folder = Path(folder)
        self._spill = Path(spill) if spill else None
        self._rows, self._seconds, self._sync, self._most = rows, seconds, sync, queue
        self._start()
        _forget = weakref.WeakMethod(self.close)
        atexit.register(lambda: (close := _forget()) and close())

    def record(self, inputs: Mapping[str, Any], prediction: Any, *, key: Any = None) -> None:
        """Keep one answer. Returns at once, whatever the disk does, and raises nothing because of it.

        Args:
            inputs: column -> value. prediction: a value, or column -> value: `{"prediction": 1, "probability": 0.8}`.
            key: recognises the row; by default the input of the key's name.
        """
        if self._process != os.getpid():
            self._leave()
        item = (time.time(), dict(inputs), prediction, key)
        if len(self._queue) < self._most:
            self._queue.append(item)
        else:
            self._overflow(item)
        if not self._thread_started:
            self._run()

    @property
    def waiting(self) -> int:
        """Records that are not written yet."""
        return len(self._queue)

    def flush(self, timeout: float = 5.0) -> bool:
        """Wait until all that was recorded is on the disk; False where that takes longer than `timeout` seconds."""
        end = time.monotonic() + timeout
        self._flush.set()
        while (self._queue or self._dirty or self._flush.is_set()) and self._thread_started:
            if time.monotonic() > end:
                return False
            time.sleep(INTERVAL / 4)
        return True

    def close(self, timeout: float = 5.0) -> None:
        """Write what waits, and finish the batch. The logger may be used again afterwards."""
        if self._process != os.getpid() or not self._thread_started:
            return
        self._ending.set()
        self._thread.join(timeout)
        if self._thread.is_alive():
            self._warn(f"the folder {self._folder} hangs: {self.waiting} records wait for it")
            return
        self.lost += self.waiting
        for file in (self._file, self._spilled):
            if file:
                file.leave()
        self._start()

    def __enter__(self) -> Logger:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> None:
        self._process = os.getpid()
        self._queue: deque[_Item] = deque()
        self._file: SpoolFile | None = None
        self._spilled: SpoolFile | None = None
        self._starting, self._spilling = threading.Lock(), threading.Lock()
        self._ending, self._flush = threading.Event(), threading.Event()
        self._thread_started = self._dirty = False
        self._busy_since: float | None = None
        self._warned = -_WARN_EVERY
        self.lost = getattr(self, "lost", 0)

    def _run(self) -> None:
        with self._starting:
            if not self._thread_started:
                self._thread = threading.Thread(target=self._work, name="saigen-monitor", daemon=True)
                self._thread.start()
                self._thread_started = True

    def _leave(self) -> None:
        """In a forked child: what the parent holds is the parent's."""
        for file in (self._file, self._spilled):
            if file:
                file.leave()
        self._start()

    def _work(self) -> None:
        synced = time.monotonic()
        while True:
            ending = self._ending.wait(INTERVAL)
            flush = self._flush.is_set()
            try:
                self._busy_since = time.monotonic()
                self._write()
                if self._dirty and (ending or flush or time.monotonic() - synced >= self._sync):
                    self._dirty = False
                    assert self._file is not None  # noqa: S101 - something was written to it
                    self._file.sync()
                    synced = time.monotonic()
                self._rotate(ending=ending)
                if flush:
                    self._flush.clear()
            except OSError as error:
                self._dirty = self._file is not None
                self._warn(f"records wait: the folder {self._folder} cannot be written to: {error}")
                self._busy_since = None
                if ending:
                    return
                time.sleep(_RETRY)
            finally:
                self._busy_since = None
            if ending and not self._queue:
                return

    def _write(self) -> None:
        """Append what waits. What the file does not take at once it keeps, and writes first the next time."""
        if self._file is not None:
            self._file.write()
        while self._queue:
            if self._file is None:
                self._file = SpoolFile(self._folder, self._header)
            items = [self._queue[place] for place in range(min(_AT_ONCE, len(self._queue)))]
            lines = b"".join(map(self._line, items))
            self._dirty = True
            for _ in items:
                self._queue.popleft()
            self._file.append(lines, len(items))
            if self._file.rows >= self._rows:
                self._rotate()

    def _rotate(self, *, ending: bool = False) -> None:
        file = self._file
        if file and (ending or file.rows >= self._rows or time.monotonic() - file.born >= self._seconds):
            file.finish()
            self._file, self._dirty = None, False
        with self._spilling:
            if self._spilled and (ending or time.monotonic() - self._spilled.born >= self._seconds):
                self._spilled.finish()
                self._spilled = None

    def _overflow(self, item: _Item) -> None:
        """The queue is full: the record goes straight to a file, unless that could hang."""
        busy = self._busy_since
        hangs = busy is not None and time.monotonic() - busy > _STALLED
        folder = self._spill or (None if hangs else self._folder)
        if folder is not None and self._spilling.acquire(timeout=INTERVAL):
            try:
                if self._spilled is None:
                    self._spilled = SpoolFile(folder, self._header)
                self._spilled.append(self._line(item), 1)
            except OSError as error:
                self._warn(f"the folder {folder} cannot be written to: {error}")
            else:
                return
            finally:
                self._spilling.release()
        self.lost += 1
        self._warn(f"{self.lost} records were lost: {self._most} wait for the disk already")

    def _line(self, item: _Item) -> bytes:
        when, inputs, prediction, key = item
        try:
            return encode({"time": when, "key": key, "inputs": inputs, "prediction": prediction})
        except Exception as error:  # somebody's own object that cannot be written down in any way
            self.lost += 1
            self._warn(f"a record cannot be written down: {type(error).__name__}: {error}")
            return b""

    def _warn(self, text: str) -> None:
        if time.monotonic() - self._warned >= _WARN_EVERY:
            self._warned = time.monotonic()
            logging.getLogger("saigen.monitor").warning("%s", text)
