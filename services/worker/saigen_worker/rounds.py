"""One round: every project is brought up to date, what is due in it is released, what was recorded is checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from saigen.errors import SaigenError
from saigen_worker import beat
from saigen_worker.account import Account
from saigen_worker.checkout import freshen, state_of
from saigen_worker.steps import LONGEST, Say, Steps

RELEASE = ("saigen", "release", "watch", "--once")
MONITOR = ("saigen", "monitor", "watch", "--once")
UNREACHABLE = 4
ALERT = 1  # of MONITOR


@dataclass(frozen=True)
class Desk:
    """Where the worker works: the forge's URL with the organisation, the folder of clones, and its programs' variables.

    alerts: what the channels of alerts need besides; no release is given it.
    release, monitor: what is run in each project.
    """

    url: str
    folder: Path
    environment: Mapping[str, str]
    alerts: Mapping[str, str]
    release: tuple[str, ...] = RELEASE
    monitor: tuple[str, ...] = MONITOR


@dataclass(frozen=True)
class Round:
    """What a round came to. `troubles`: project to what went wrong in it."""

    reached: tuple[str, ...]
    troubles: Mapping[str, tuple[str, ...]]


def play(account: Account, desk: Desk, steps: Steps, say: Say, tell: Callable[[beat.Beat], None]) -> Round:
    """Go through the account's projects. What goes wrong in one is told, and the others go on."""
    reached: list[str] = []
    troubles: dict[str, tuple[str, ...]] = {}
    for project in account.projects:
        if steps.stopping.is_set():
            break
        apart = tuple(name for name in troubles if name not in reached)
        tell(beat.Beat(f"the round, at {project}", beat.soon(2 * LONGEST), len(reached), apart))
        try:
            found = _visit(project, desk, steps, say, reached)
        except (SaigenError, OSError) as error:
            found = (f"{error.what}: {error.why}" if isinstance(error, SaigenError) else str(error),)
        for trouble in found:
            say(f"{project}: FAIL: {trouble}")
        if found:
            troubles[project] = found
    return Round(tuple(reached), troubles)


def _visit(project: str, desk: Desk, steps: Steps, say: Say, reached: list[str]) -> tuple[str, ...]:
    root = desk.folder / project
    repository = freshen(f"{desk.url}/{project}.git", root, lambda line: say(f"{project}: {line}"))
    reached.append(project)
    found = []

    def run(command: tuple[str, ...], environment: Mapping[str, str]) -> int:
        if steps.stopping.is_set():
            return 0
        return steps.run(command, root, environment, lambda line: say(f"{project}: {line}"))

    memory = Refused(desk.folder / f".{project}.refused")
    if memory.is_about(before := state_of(repository)):
        found.append("the last release failed, and there is nothing new since")
    elif code := run(desk.release, desk.environment):
        found.append(_said(desk.release, code))
        if code != UNREACHABLE and not steps.stopping.is_set():
            memory.keep(before)
    else:
        memory.forget()
    code = run(desk.monitor, {**desk.environment, **desk.alerts})
    if code == ALERT:
        say(f"{project}: monitoring ended with 1: an alert, or a check that failed (above)")
    elif code:
        found.append(_said(desk.monitor, code))
    return tuple(found)


def _said(command: tuple[str, ...], code: int) -> str:
    return f"{' '.join(command)} ended with {code}"


def forget_refused(folder: Path) -> None:
    """Let every release be tried again: an operator who has put something right restarts the worker."""
    for file in folder.glob(".*.refused"):
        file.unlink()


@dataclass(frozen=True)
class Refused:
    """The state of a project whose release failed: without anything new it would fail again, at the cost of another
    training, and of another look at the test set."""

    file: Path

    def is_about(self, state: str) -> bool:
        """Whether the release failed on this very state."""
        return self.file.exists() and self.file.read_text(encoding="utf-8") == state

    def keep(self, state: str) -> None:
        """It failed on this."""
        self.file.write_text(state, encoding="utf-8")

    def forget(self) -> None:
        """It went well, or there was nothing to do."""
        self.file.unlink(missing_ok=True)
