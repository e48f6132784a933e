"""Work on a branch without leaving the one that is checked out: a worktree beside it, published when it is done.

Nothing is lost when it is cut off: until `publish` nothing but a folder inside `.git` is there, and a push moves the
branch and its tags together or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from configparser import ConfigParser
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from saigen.branches.push import LOST
from saigen.branches.tips import HEADS
from saigen.data.configuration import FOLDER as DVC
from saigen.data.configuration import cache_folder
from saigen.data.remote_tags import fetch, remote_error
from saigen.errors import BlockedError
from saigen.git.repository import GitError, Repository
from saigen.scratch import scratch

# What is said where the branch is not at the commit that the push goes on from: by Git, and by the forge's gate, which
# is asked earlier. A push of ours never takes commits away by itself.
_MOVED = ("non-fast-forward", "fetch first", "failed to update ref", "cannot lock ref", "incorrect old value", LOST)


class BranchMovedError(BlockedError):
    """Somebody else published on the branch meanwhile. Nothing was published; the work can be done again on theirs."""


@dataclass(frozen=True)
class BranchTree:
    """A worktree on a branch. Commit in `repository`; nobody sees it before `publish`.

    Attributes:
        repository: the worktree, on a detached HEAD. main: the checkout that it belongs to.
        start: the commit that it began with. new: whether the branch did not exist yet.
        remote: name of the Git remote; None where the repository has none.
    """

    repository: Repository
    main: Repository
    branch: str
    start: str
    new: bool
    remote: str | None


@contextmanager
def on_branch(
    repository: Repository, branch: str, *, start: str | None = None, remote: str = "origin"
) -> Iterator[BranchTree]:
    """A worktree with the newest state of a branch: the remote's, or the local one where that is ahead of it.

    Its DVC cache is that of the checkout, so data that is there is there. It is removed at the end, whatever happens.

    Args:
        start: where a branch begins that does not exist yet; by default at the remote's default branch, else HEAD.

    Raises:
        BlockedError: the local branch and the remote's went different ways. UnreachableError, NotPermittedError: the
            remote does not answer, or refuses.
    """
    known = remote if repository.remote_url(remote) else None
    if known:
        fetch(repository, known)
    tip = _tip(repository, branch, known)
    beginning = tip or _beginning(repository, start, known)
    trees = Path(repository.run("rev-parse", "--path-format=absolute", "--git-common-dir")) / "saigen" / "trees"
    with scratch(trees) as place:
        _forget_gone(repository, trees)
        folder = place / "tree" / repository.root.name
        repository.run("worktree", "add", "--quiet", "--detach", str(folder), beginning)
        try:
            _share_cache(repository.root, folder)
            yield BranchTree(Repository(folder), repository, branch, beginning, tip is None, known)
        finally:
            repository.ask("worktree", "remove", "--force", str(folder))


def newest(repository: Repository, branch: str, *, remote: str = "origin") -> str | None:
    """The newest commit of a branch, fetched from the remote where there is one; None where there is no such branch.

    Raises:
        As `on_branch` does.
    """
    known = remote if repository.remote_url(remote) else None
    if known:
        fetch(repository, known)
    return _tip(repository, branch, known)


def publish(tree: BranchTree, *tags: str, options: Sequence[str] = ()) -> str:
    """Push what was committed, with tags, in one step, and let the local branch follow. The commit's id.

    Args:
        tags: names of tags that exist here. options: of `git push`, such as `--push-option=...`.

    Raises:
        BranchMovedError: the branch is not where it was any more, or a tag is taken by now. UnreachableError,
            NotPermittedError: the remote does not answer, or refuses.
    """
    commit = tree.repository.run("rev-parse", "HEAD")
    if tree.remote:
        refs = [f"HEAD:{HEADS}{tree.branch}", *(f"refs/tags/{tag}" for tag in tags)]
        try:
            tree.repository.run("push", "--quiet", "--atomic", *options, tree.remote, *refs)
        except GitError as error:
            # A tag that was free a moment ago: the platform's rules may say so, or Git before it looks at the branch.
            taken = [f"refused: tag {tag} cannot be moved" for tag in tags]
            taken += [f"{tag} -> {tag} (already exists)" for tag in tags]
            if any(words in error.output for words in (*_MOVED, *taken)):
                raise BranchMovedError(
                    f"somebody else published on {tree.branch} meanwhile",
                    f"it was at {tree.start[:12]}, and is not any more; nothing of yours was published",
                    "the same command again",
                ) from error
            raise remote_error(tree.remote, error) from error
    _follow(tree, commit)
    return commit


def _forget_gone(repository: Repository, trees: Path) -> None:
    """Let Git forget those in `trees` whose process was killed, and whose folder is gone since."""
    for folder, _ in _worktrees(repository):
        if trees in folder.parents and not folder.exists():
            repository.ask("worktree", "remove", "--force", str(folder))


def _tip(repository: Repository, branch: str, remote: str | None) -> str | None:
    """The newest commit of a branch; None where there is no such branch."""
    here = repository.commit(HEADS + branch)
    there = repository.commit(f"refs/remotes/{remote}/{branch}") if remote else None
    if not here or not there or here == there:
        return there or here
    base = repository.ask("merge-base", here, there)
    if base == here:
        return there
    if base == there:
        return here
    raise BlockedError(
        f"your {branch} and that of {remote} went different ways",
        f"here it is {here[:12]}, there {there[:12]}, and neither contains the other",
        f"git switch {branch} && git pull",
    )


def _beginning(repository: Repository, start: str | None, remote: str | None) -> str:
    names = [start] if start else [f"refs/remotes/{remote}/HEAD", f"refs/remotes/{remote}/main", "HEAD"]
    for name in names:
        if found := repository.commit(name):
            return found
    raise BlockedError(
        "there is no commit to begin the branch with", f"expected {' or '.join(names)}, found none", "git commit"
    )


def _share_cache(main: Path, folder: Path) -> None:
    """Let the worktree use the cache, and the local settings, of the checkout."""
    if not (main / DVC).is_dir():
        return
    settings = ConfigParser(interpolation=None)
    settings.read(main / DVC / "config.local", encoding="utf-8")
    if not settings.has_section("cache"):
        settings.add_section("cache")
    settings["cache"]["dir"] = str(cache_folder(main))
    (folder / DVC).mkdir(exist_ok=True)
    with (folder / DVC / "config.local").open("w", encoding="utf-8") as file:
        settings.write(file)


def _follow(tree: BranchTree, commit: str) -> None:
    """Move the local branch, where there is one. One that is checked out moves only where nothing gets in the way."""
    ref = HEADS + tree.branch
    here = tree.main.commit(ref)
    if here is None and tree.remote:
        return
    for folder, held in _worktrees(tree.main):
        if held == ref:
            Repository(folder).ask("merge", "--quiet", "--ff-only", commit)
            return
    tree.main.run("update-ref", ref, commit, here or "")


def _worktrees(repository: Repository) -> Iterator[tuple[Path, str | None]]:
    """Every worktree of the repository, and the full name of the branch that is checked out there, if one is."""
    for block in repository.run("worktree", "list", "--porcelain").split("\n\n"):
        lines = dict(line.partition(" ")[::2] for line in block.splitlines())
        yield Path(lines["worktree"]), lines.get("branch")
