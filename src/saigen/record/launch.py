"""Starts the helper that outlives the training. Takes a few milliseconds, and waits for nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import saigen
from saigen.record.spool import Entry, folder
from saigen.record.started import OFF

_HELPER = Path(__file__).with_name("helper.py")
_LONGEST = 5.0  # seconds that a fork waits for a helper that starts
_waiting: list[threading.Thread] = []


def helper(entry: Entry, *, wait: bool) -> None:
    """Start it for one recording.

    Args:
        wait: whether it also waits for the process that makes the runs to end, and finishes all its recordings then.
    """
    if not sys.executable:
        return  # an embedded interpreter: `saigen push` completes what it recorded
    mode = "wait" if wait else "once"
    words = [str(folder(entry.record)), str(entry.pid), str(entry.started), str(entry.process)]
    started = subprocess.Popen(
        [sys.executable, "-I", "-S", str(_HELPER), mode, *words],
        cwd=entry.folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    # It forks and ends at once, so that it is no child of the training, which may wait for all of its children.
    _waiting[:] = [thread for thread in _waiting if thread.is_alive()]
    _waiting.append(threading.Thread(target=started.wait, daemon=True, name="saigen"))
    _waiting[-1].start()


def _join() -> None:
    """Let no fork of the training meet our thread: Python 3.12 and later warn of that in the training's own code."""
    for thread in tuple(_waiting):
        thread.join(_LONGEST)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_join)


def environment() -> dict[str, str]:
    """The variables of the helper: those of the training, but recording is off, and only Saigen is put on its path."""
    dropped = {"PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONHOME", "MLFLOW_RUN_ID", "MLFLOW_RUN_CONTEXT"}
    variables = {key: value for key, value in os.environ.items() if key not in dropped}
    return {**variables, OFF: "off", "PYTHONPATH": str(Path(saigen.__file__).parents[1])}
