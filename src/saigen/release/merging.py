"""What is due comes onto the stable branch as merges, each by the rules of its kind."""

from __future__ import annotations

from saigen.branches.worktree import BranchTree
from saigen.errors import BlockedError
from saigen.git.repository import GitError
from saigen.merge.setup import options
from saigen.release.facts import Source
from saigen.text import named


def merge(tree: BranchTree, source: Source) -> None:
    """Merge one source into the tree.

    Raises:
        BlockedError: there are conflicts; nothing of the merge is left.
    """
    repository = tree.repository
    message = f"Merge {source.role} from {source.branch} into {tree.branch}"
    try:
        repository.run(*options(), "merge", "--quiet", "--no-ff", "--no-edit", "-m", message, source.commit)
    except GitError as error:
        conflicts = (repository.ask("diff", "--name-only", "--diff-filter=U") or "").splitlines()
        repository.ask("merge", "--abort")
        raise BlockedError(
            f"{source.branch} cannot be merged into {tree.branch}",
            f"conflicts: {named(conflicts)}" if conflicts else error.why,
            f"git switch {tree.branch} && git merge {source.branch}    (and put them right), then the same again",
        ) from error
