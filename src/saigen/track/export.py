"""`saigen track export`: the results of all runs, as a list on the main branch.

A run is written once it has ended, and what is written stays: the list says what was known when a result was taken
over, not what somebody thought of it later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from saigen.branches.kinds import RESULTS
from saigen.branches.worktree import BranchMovedError, BranchTree, on_branch, publish
from saigen.errors import BlockedError
from saigen.git.repository import Repository, repository_here
from saigen.track.names import COMPLETE
from saigen.track.results import ID, Entry, append, entry, merged, read
from saigen.tracking import Run, Tracking

MAIN = "main"
_TRIES = 5


@dataclass(frozen=True)
class TrackExport:
    """What came of an export.

    Attributes:
        runs: how many ended runs were selected. added: ids of those that the list did not have.
        running: how many have not ended, and wait for the next export.
        commit: what the branch is at now; None where nothing was to do, or in a dry run.
    """

    branch: str
    runs: int
    added: tuple[str, ...]
    running: int
    commit: str | None = None


def track_export(
    experiments: Sequence[str] = (),
    *,
    filter: str = "",
    branch: str = MAIN,
    dry_run: bool = False,
    repository: Repository | None = None,
    tracking: Tracking | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> TrackExport:
    """Add the runs that have ended to `tracking/runs.json` of a branch, and publish it.

    Args:
        experiments: names; without any, all experiments of the server. filter: MLflow's, on their runs.
        branch: the branch that holds the list. The one that is checked out does not change.
        dry_run: find out what is to be added, and add nothing. say: is told each step before it is taken.

    Raises:
        BlockedError: no such experiment or branch, the list is broken, or others publish faster than this.
        UnreachableError, NotPermittedError: tracking server or Git remote does not answer, or refuses.
    """
    where = repository or repository_here()
    server = tracking or Tracking()
    names = server.experiments(experiments)
    say(f"read the runs of {len(names)} experiment{'' if len(names) == 1 else 's'}")
    entries, running = _entries(server.search(list(names), filter), names)
    for _ in range(_TRIES):
        with on_branch(where, branch) as tree:
            if tree.new:
                raise BlockedError(f"there is no branch {branch}", "expected the branch that holds the list", _BRANCHES)
            added = _missing(tree, entries)
            done = TrackExport(branch, len(entries), added, running)
            if dry_run or not added:
                return done
            say(f"add {len(added)} to {RESULTS} on {branch}")
            try:
                return TrackExport(branch, len(entries), added, running, _publish(tree, entries, len(added)))
            except BranchMovedError:
                say(f"{branch} moved meanwhile: once more")
    raise BlockedError(
        f"{branch} moves faster than results can be added",
        f"somebody else published first, {_TRIES} times in a row; nothing was published",
        "saigen track export",
    )


_BRANCHES = "git branch --all    (then: saigen track export --branch NAME)"


def _entries(runs: Iterable[Run], names: dict[str, str]) -> tuple[list[Entry], int]:
    """An entry for each run that has ended, and how many have not."""
    entries: list[Entry] = []
    running = 0
    for run in runs:
        if is_final(run):
            entries.append(entry(run, names.get(run.experiment_id)))
        else:
            running += 1
    return entries, running


def is_final(run: Run) -> bool:
    """Whether nothing more is to come: it has ended, or it was imported as somebody else's history."""
    return run.end is not None or run.status not in {"RUNNING", "SCHEDULED"} or COMPLETE in run.tags


def _missing(tree: BranchTree, entries: Sequence[Entry]) -> tuple[str, ...]:
    there = read(tree.repository.root / RESULTS)
    return tuple(str(one[ID]) for one in merged(there, entries)[len(there) :])


def _publish(tree: BranchTree, entries: Sequence[Entry], count: int) -> str:
    append(tree.repository.root, entries)
    tree.repository.run("add", "--force", "--", RESULTS)
    message = f"Add {count} run{'' if count == 1 else 's'} to the results"
    tree.repository.run("commit", "--quiet", "-m", message, "--", RESULTS)
    return publish(tree)
