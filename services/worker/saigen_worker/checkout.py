"""A project's clone in the worker's volume, and what in it a release depends on."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from saigen.data.remote_tags import remote_error
from saigen.errors import NotPermittedError, UnreachableError
from saigen.git.repository import GitError, Repository
from saigen_worker.steps import Say

# What monitoring and analysis write says nothing about what a release takes.
_APART = ("refs/remotes/origin/monitor/", "refs/remotes/origin/ds/", "refs/tags/monitor/")


def freshen(url: str, root: Path, say: Say) -> Repository:
    """Clone the project, or bring its clone to what the forge has now; the checkout is the default branch.

    A clone that cannot be brought there, such as one with what a killed Git left behind, is made again.

    Raises:
        SaigenError: the forge does not answer, or refuses.
    """
    try:
        if not root.exists():
            _clone(url, root)
            return _update(url, root)
        try:
            return _update(url, root)
        except GitError as error:
            if isinstance(remote_error(url, error), UnreachableError | NotPermittedError):
                raise
            _clone(url, root)
            repository = _update(url, root)
            found = error.output.strip().partition("\n")[0]
            say(f"its clone was damaged and has been made again: {found}")
            return repository
    except GitError as error:
        raise remote_error(url, error) from error


def _update(url: str, root: Path) -> Repository:
    repository = Repository(root)
    repository.run("remote", "set-url", "origin", url)
    repository.run("fetch", "--quiet", "--prune", "--force", "--tags", "origin")
    repository.run("remote", "set-head", "origin", "--auto")
    repository.run("worktree", "prune")
    repository.run("switch", "--quiet", "--force", "--detach", "origin/HEAD")
    repository.run("clean", "--quiet", "-d", "--force")
    return repository


def _clone(url: str, root: Path) -> None:
    """Clone beside, and put it in the place of what is there: what was cut off leaves no half clone at `root`."""
    root.parent.mkdir(parents=True, exist_ok=True)
    draft = root.with_name(f".{root.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    Repository(root.parent).run("clone", "--quiet", url, str(draft))
    if root.exists():
        shutil.rmtree(root)
    draft.rename(root)


def state_of(repository: Repository) -> str:
    """A digest of the branches and tags that a release is made from or has made."""
    listed = repository.run(
        "for-each-ref", "--format=%(refname) %(objectname)", "refs/remotes/origin", "refs/tags"
    ).splitlines()
    return digest(listed)


def digest(refs: list[str]) -> str:
    """The digest of such lines, whatever their order. Pure."""
    kept = sorted(line for line in refs if not line.startswith(_APART))
    return hashlib.sha256("\n".join(kept).encode()).hexdigest()
