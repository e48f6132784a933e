"""Who looks on at a terminal: progress on standard error, and the question before somebody else's code is run."""

from __future__ import annotations

import sys
from types import TracebackType

from rich.console import Console
from rich.prompt import Confirm, Prompt
from rich.status import Status
from rich.table import Table
from rich.text import Text

from saigen.reproduce.plan import Plan
from saigen.reproduce.report import facts


class Terminal:
    """Shows steps and what the command prints. Where standard error is no terminal, only the latter."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._status: Status | None = None

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._rest()

    def step(self, text: str) -> None:
        """A step begins."""
        if not self._console.is_terminal:
            return
        self._rest()
        self._status = self._console.status(Text(f"{text} ..."))
        self._status.start()

    def output(self, chunk: bytes) -> None:
        """What the command prints, as it comes."""
        self._rest()
        sys.stderr.buffer.write(chunk)
        sys.stderr.buffer.flush()

    def say(self, text: str) -> None:
        """One line for the person."""
        self._rest()
        self._console.print(Text(text))

    def agree(self, plan: Plan, subject: str, reason: str) -> bool:
        """Show what would be run, and ask."""
        self._rest()
        table = Table.grid(padding=(0, 2))
        for name, value in facts(plan, subject):
            table.add_row(name, Text(value))
        self._console.print(table)
        self._console.print(Text(f"It runs with your rights on this machine, and {reason}."))
        return Confirm.ask("Run it?", console=self._console, default=False)

    def secret(self, name: str) -> str:
        """Ask for the value of a variable, without showing it."""
        self._rest()
        return Prompt.ask(name, console=self._console, password=True)

    def _rest(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None
