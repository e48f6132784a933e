"""`saigen release watch`: release every line as soon as anything is due, and go on with the others where one fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from saigen.branches.names import branch_of
from saigen.data.remote_tags import fetch
from saigen.errors import SaigenError, UnreachableError
from saigen.git.repository import Repository, repository_here
from saigen.project import Project
from saigen.release.making import FAILED, failed_on
from saigen.release.rules import project_of
from saigen.release.train import Say, Trained, train_release
from saigen.tracking import Run, Tracking

_REMOTE = "refs/remotes/origin/"


@dataclass(frozen=True)
class Outcome:
    """What a look at one line came to: `trained`, or the reason why not."""

    line: str
    trained: Trained | None = None
    error: SaigenError | None = None


def watch_releases(
    lines: Sequence[str] = (),
    *,
    folder: Path | None = None,
    once: bool = False,
    interval: float = 300,
    say: Say = lambda _: None,
    tracking: Tracking | None = None,
    rest: Callable[[float], None] = time.sleep,
) -> Iterator[Outcome]:
    """Look at every line, again and again; yields what came of each look that was not idle, or of each with `once`.

    A release that failed is tried again when there is something new to release, or when a service was away. Whoever
    watches next knows as well, by the runs of the attempt: a second one would only be another look at the test set.

    Args:
        lines: which ones; without any, those of all clients and stable branches. interval: seconds between two looks.

    Raises:
        SaigenError: the project cannot be read. What goes wrong with a line is in its outcome.
    """
    repository = repository_here(folder)
    failed: dict[str, str] = {}
    while True:
        try:
            fetch(repository, "origin", "--prune")
            wanted = lines or lines_of(repository, project_of(repository))
        except UnreachableError as error:
            if once:
                raise
            say(str(error))
            wanted = ()
        for line in wanted:
            outcome = _look(line, repository.root, tracking or Tracking(), failed, say)
            if once or (outcome and (outcome.error or (outcome.trained and outcome.trained.steps))):
                yield outcome or Outcome(line)
        if once:
            return
        rest(interval)


def lines_of(repository: Repository, project: Project) -> tuple[str, ...]:
    """The lines of a project: its clients, and what has a stable branch on the remote."""
    listed = repository.run("for-each-ref", "--format=%(refname)", _REMOTE).splitlines()
    found = (branch_of(project.branches.kinds, ref.removeprefix(_REMOTE)) for ref in listed)
    stable = {one.line for one in found if one and one.kind.name == "stable" and one.line}
    return tuple(sorted(stable | set(project.branches.clients)))


def _look(line: str, folder: Path, tracking: Tracking, failed: dict[str, str], say: Say) -> Outcome | None:
    """Release a line where anything is due; None where the same failed before, which was told then."""
    try:
        due = train_release(line, folder=folder, dry_run=True, tracking=tracking)
        if not due.steps:
            return Outcome(line, due)
        wanted = due.state or " ".join(due.steps)
        if failed.get(line) == wanted:
            return None
        failed[line] = wanted
        if due.state and (run := failed_on(tracking, due.state)):
            return Outcome(line, error=_again(line, run))
        for step in due.steps:
            say(f"{line}: {step}")
        done = train_release(line, folder=folder, yes=True, say=lambda step: say(f"{line}: {step}"), tracking=tracking)
    except SaigenError as error:
        if isinstance(error, UnreachableError):
            failed.pop(line, None)
        return Outcome(line, error=error)
    failed.pop(line, None)
    return Outcome(line, done)


def _again(line: str, run: Run) -> SaigenError:
    return SaigenError(
        f"{line} is not released: it failed on the same code and data before",
        run.tags.get(FAILED, f"run {run.id}"),
        f"put it right, or try it again all the same: saigen release train {line}",
    )
