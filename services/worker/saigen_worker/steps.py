"""Runs the programs of a step, one at a time, and lets SIGTERM end what runs and whatever would come after it."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

LONGEST = 24 * 3600.0  # seconds that one step may take
PATIENCE = 30.0  # seconds between the request to end and the end
TIMED_OUT = 124

Say = Callable[[str], None]


@dataclass
class Steps:
    """`stopping` is set by SIGTERM: nothing is begun from then on."""

    stopping: threading.Event = field(default_factory=threading.Event)
    process: subprocess.Popen[str] | None = None

    def heed_signals(self) -> None:
        """Let SIGTERM and SIGINT end the worker between two steps, and this one's program take back what it began."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)

    def run(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str], say: Say, seconds: float = LONGEST
    ) -> int:
        """Run a program, hand on each line that it prints, and return its exit code; 124: it took too long."""
        with subprocess.Popen(
            list(command),
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        ) as process:
            self.process = process
            if self.stopping.is_set():  # asked for between the last look at it and here
                process.terminate()
            overdue = threading.Event()
            late = threading.Timer(seconds, _kill, (process, overdue))
            late.start()
            try:
                for line in process.stdout or ():
                    say(line.rstrip())
                code = process.wait()
            finally:
                late.cancel()
                self.process = None
        return TIMED_OUT if overdue.is_set() else code

    def rest(self, seconds: float) -> None:
        """Do nothing for so long, or until the worker is to end."""
        self.stopping.wait(seconds)

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping.set()
        if self.process is not None:
            self.process.terminate()


def _kill(process: subprocess.Popen[str], overdue: threading.Event) -> None:
    """End a program: by request, and its whole group by force where that is not heeded."""
    overdue.set()
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
