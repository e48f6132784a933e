"""A release becomes one commit and one tag, pushed together: everybody sees all of it, or nothing."""

from __future__ import annotations

from collections.abc import Callable

from saigen.branches.worktree import BranchTree, publish
from saigen.git.repository import Repository
from saigen.release.card import summary
from saigen.release.data import send
from saigen.release.manifest import CARD, METRICS, MODELS, Manifest

Say = Callable[[str], None]
_WRITTEN = (MODELS, CARD, METRICS, "release")


def hand_on(repository: Repository, phase: str, tag: str) -> str:
    """Commit what a phase leaves for the next one below `release/` (such as chosen parameters) and in dvc.lock.

    So the next phase runs from a commit, and can be repeated. The commit's id; HEAD's where it left nothing.
    """
    made = [path for path in ("release",) if (repository.root / path).exists()] + _changed_locks(repository)
    repository.run("reset", "--quiet")  # DVC stages by itself
    if made:
        repository.run("add", "--all", "--", *made)
    if repository.run("diff", "--cached", "--name-only"):
        repository.run("commit", "--quiet", "-m", f"Keep what {phase} of {tag} found")
    return repository.run("rev-parse", "HEAD")


def commit(repository: Repository, manifest: Manifest) -> None:
    """Commit what the release made, and nothing else that its commands may have changed."""
    made = [path for path in _WRITTEN if (repository.root / path).exists()]
    repository.run("reset", "--quiet")  # DVC stages by itself
    repository.run("add", "--all", "--", *made, *_changed_locks(repository))
    repository.run("commit", "--quiet", "--file=-", given=message(manifest).encode())


def _changed_locks(repository: Repository) -> list[str]:
    return repository.run("ls-files", "--modified", "--", "dvc.lock", "*/dvc.lock").splitlines()


def left_over(repository: Repository) -> list[str]:
    """Tracked files that the commands of the release changed and that it does not commit."""
    return repository.run("diff", "--name-only").splitlines()


def send_and_push(tree: BranchTree, manifest: Manifest, say: Say) -> str:
    """Push the data, then branch and tag in one step; the commit that the tag names.

    Raises:
        BranchMovedError, UnreachableError, NotPermittedError, BlockedError: nothing but data was published, and the
            tag is gone again.
    """
    repository = tree.repository
    send(repository.root, say)
    repository.run("tag", "--annotate", "--file=-", manifest.tag, "HEAD", given=message(manifest).encode())
    say(f"push {tree.branch} and the tag {manifest.tag}")
    try:
        return publish(tree, manifest.tag)
    except BaseException:
        repository.ask("tag", "--delete", manifest.tag)
        raise


def message(manifest: Manifest) -> str:
    """What commit and tag say."""
    measured = manifest.phase("evaluate")
    lines = [f"Release {manifest.tag}", ""]
    lines += [f"Data: {manifest.versions}"] if manifest.versions else []
    lines += [f"Test: {summary(measured.metrics)}", f"Run: {manifest.shipped.run} ({manifest.ships})"]
    return "\n".join(lines) + "\n"
