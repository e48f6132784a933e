"""How far a transfer is: said on a terminal, nowhere else."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any


class Progress:
    """Says nothing. Steps follow each other; use as a context manager."""

    def step(self, what: str, total: int) -> None:
        """Begin a step of `total` parts."""

    def advance(self, count: int = 1) -> None:
        """`count` parts more are done."""

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is left to clean up."""


class Bar(Progress):
    """A bar on the terminal's error stream, gone when it is done."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bars

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bars = Bars(*columns, console=Console(stderr=True), transient=True)
        self._task: Any = None

    def step(self, what: str, total: int) -> None:
        if self._task is not None:
            self._bars.remove_task(self._task)
        self._task = self._bars.add_task(what, total=total)

    def advance(self, count: int = 1) -> None:
        self._bars.advance(self._task, count)

    def __enter__(self) -> Progress:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()


def for_terminal() -> Progress:
    """A bar where the error stream is a terminal; else silence."""
    return Bar() if sys.stderr.isatty() else Progress()
