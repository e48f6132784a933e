"""A training that is a container's own command: when it ends, the system ends every other process of the container.

There no helper can outlive it. So the end of the training waits a little, for what would be lost with it.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import time
from pathlib import Path

from saigen.record import launch, spool
from saigen.record.spool import Entry

_LONGEST = 10.0  # seconds that the end waits at most
_PAUSE = 0.05
# What process 1 is called on a machine that goes on when one of its children ends.
_INIT = frozenset({"systemd", "init", "launchd", "runit", "runsvdir", "s6-svscan", "openrc-init", "supervisord"})


def finish_at_exit(entry: Entry) -> None:
    """See to it that this process's recordings are finished before it ends, if nobody else could do it later."""
    if takes_all_along():
        atexit.register(_finish, entry)


def takes_all_along(pid: int | None = None, parent: int | None = None, proc: Path = Path("/proc")) -> bool:
    """Whether the end of this process (or of another, with its parent) is the end of all: it is process 1 of a
    container, or what process 1, a shell or `docker run --init`, was started for.
    """
    if (os.getpid() if pid is None else pid) == 1:
        return True
    if (os.getppid() if parent is None else parent) != 1:
        return False
    try:
        return (proc / "1" / "comm").read_text(encoding="utf-8").strip() not in _INIT
    except OSError:
        return False


def _finish(entry: Entry) -> None:
    if entry.pid != os.getpid():  # a fork of the one that registered this
        return
    until = time.monotonic() + _LONGEST
    while time.monotonic() < until and not spool.is_marked(entry.record, spool.BEGUN):
        time.sleep(_PAUSE)  # its helper is at it
    words = [sys.executable, "-m", "saigen.record.finish", spool.LAST, str(entry.pid), str(entry.started)]
    try:
        subprocess.run(
            words,
            env=launch.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=max(until - time.monotonic(), _PAUSE),
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return  # it is over: the state of the run says what is not known
