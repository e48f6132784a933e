"""The results of a release in `tracking/runs.json` on main: appended, each run once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from saigen.branches.kinds import RESULTS
from saigen.branches.worktree import BranchMovedError, on_branch, publish
from saigen.errors import SaigenError
from saigen.git.repository import Repository
from saigen.track.results import ID, append, parsed

_TRIES = 5


def recorded_runs(repository: Repository, revision: str) -> set[str]:
    """Ids of the runs that the results of a commit list."""
    content = repository.file(revision, RESULTS)
    return {str(one[ID]) for one in parsed(content.decode()) if ID in one} if content else set()


def append_results(
    repository: Repository,
    branch: str,
    entries: Sequence[Mapping[str, Any]],
    message: str,
    say: Callable[[str], None],
) -> bool:
    """Add runs to the results and publish them; again on top of whoever was faster. Whether anything was added."""
    moved: SaigenError | None = None
    for _ in range(_TRIES):
        with on_branch(repository, branch) as tree:
            if not append(tree.repository.root, entries):
                return False
            tree.repository.run("add", "--", RESULTS)
            tree.repository.run("commit", "--quiet", "--file=-", given=message.encode())
            say(f"push {branch}")
            try:
                publish(tree)
            except BranchMovedError as error:
                moved = error
            else:
                return True
    assert moved is not None  # noqa: S101 - the loop was left by it
    raise moved
