"""A project's clone in the worker's volume, and what in it a release depends on."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from saigen.data.remote_tags import remote_error
from saigen.git.repository import GitError, Repository

# What monitoring and analysis write says nothing about what a release takes.
_APART = ("refs/remotes/origin/monitor/", "refs/remotes/origin/ds/", "refs/tags/monitor/")


def freshen(url: str, root: Path) -> Repository:
    """Clone the project, or bring its clone to what the forge has now; the checkout is the default branch.

    Raises:
        SaigenError: the forge does not answer, or refuses.
    """
    try:
        repository = Repository(root) if root.exists() else _clone(url, root)
        repository.run("remote", "set-url", "origin", url)
        repository.run("fetch", "--quiet", "--prune", "--force", "--tags", "origin")
        repository.run("remote", "set-head", "origin", "--auto")
        repository.run("worktree", "prune")
        repository.run("switch", "--quiet", "--force", "--detach", "origin/HEAD")
        repository.run("clean", "--quiet", "-d", "--force")
    except GitError as error:
        raise remote_error(url, error) from error
    return repository


def _clone(url: str, root: Path) -> Repository:
    """Clone beside and rename: what was cut off leaves no half clone at `root`."""
    root.parent.mkdir(parents=True, exist_ok=True)
    draft = root.with_name(f".{root.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    Repository(root.parent).run("clone", "--quiet", url, str(draft))
    draft.rename(root)
    return Repository(root)


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
