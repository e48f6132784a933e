"""A training that is a container's own command: when it ends, the system ends every other process of the container.

There no helper can outlive it. So the end of the training waits a little, for what would be lost with it.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
from pathlib import Path

from saigen.record import launch, spool
from saigen.record.spool import Entry

_LONGEST = 8.0  # seconds that the end waits at most: `docker stop` kills after ten
# What process 1 of a container is called where it ends with the one program that it was started for.
_FRONT = frozenset(
    {"sh", "bash", "dash", "ash", "zsh", "docker-init", "tini", "dumb-init", "catatonit", "uv", "saigen"}
)


def finish_at_exit(entry: Entry) -> None:
    """See to it that this process's recordings are finished before it ends, if nobody else could do it later."""
    if takes_all_along():
        atexit.register(_finish, entry)


def takes_all_along(pid: int | None = None, parent: int | None = None, proc: Path = Path("/proc")) -> bool:
    """Whether the end of this process (or of another, with its parent) is the end of all.

    So it is for process 1 of a container, and for what that, a shell or `docker run --init`, was started for; not for a
    kernel of a notebook's server, or a worker of a training that is process 1 itself.
    """
    if (os.getpid() if pid is None else pid) == 1:
        return True
    if (os.getppid() if parent is None else parent) != 1:
        return False
    try:
        return (proc / "1" / "comm").read_text(encoding="utf-8").strip() in _FRONT
    except OSError:
        return False


def _finish(entry: Entry) -> None:
    if entry.pid != os.getpid():  # a fork of the one that registered this
        return
    from saigen.record.helper import FINISH  # where there is no /proc it could not be imported, and is not asked for

    words = [sys.executable, "-c", FINISH, spool.LAST, str(entry.pid), str(entry.started)]
    try:
        subprocess.run(
            words,
            env=launch.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_LONGEST,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return  # it is over: the state of the run says what is not known
