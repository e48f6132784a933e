"""A clean checkout of one commit, as nobody's working tree: nothing that the repository brings along is run.

Only Git's own files are made. The person's and the system's configuration are left out (filters, hooks, fsmonitor,
templates, includes), submodules come from trusted hosts only, and links that lead out of the checkout are taken away
again.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from saigen.errors import BlockedError, SaigenError, UnreachableError, UsageError
from saigen.git.address import identity
from saigen.git.large_files import has_large_files, is_attributes
from saigen.git.mirror import Mirror
from saigen.git.repository import GitError, Repository
from saigen.git.submodules import Submodule, address, submodules
from saigen.login.profile import current
from saigen.reproduce.plan import Origin
from saigen.scratch import locked
from saigen.text import printable

# Git without anybody's configuration, and without the variables by which a shell would steer it.
ALONE = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_COUNT": "0",
    "GIT_ATTR_NOSYSTEM": "1",
}
_SAFE = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "submodule.recurse=false")
_LOCK = "saigen.lock"
_LINK = "120000"  # Git's mode of a symbolic link


def bring(mirror: Mirror, origin: Origin, beside: Repository | None = None) -> str:
    """Make sure that the code of a run is in the mirror, with its branches and tags; returns the full commit id.

    Args:
        beside: a checkout on this machine that may hold the commit of a run that was never pushed.

    Raises:
        BlockedError: it is not to be had. UnreachableError, NotPermittedError: the repository does not answer.
    """
    with locked(mirror.repository.root / _LOCK):
        if beside and origin.commit and not mirror.has(origin.commit):
            mirror.take(origin.commit, beside)
        try:
            mirror.fetch()
        except UnreachableError:
            # What was fetched before is enough, where it is there.
            if not (origin.commit and mirror.has(origin.commit)):
                raise
        if origin.commit:
            mirror.require(origin.commit)
            return origin.commit
    commit = mirror.repository.commit(f"refs/tags/{origin.tag}")
    if commit is None:
        raise BlockedError(
            f"{mirror.name} has no tag {origin.tag}", "the run's data_version names it", "git push origin --tags"
        )
    return commit


def subject_of(mirror: Mirror, commit: str) -> str:
    """Who committed what and when, in one line for a person."""
    return printable(mirror.repository.run("log", "-1", "--format=%an, %as: %s", commit))


def leaves(root: Path, path: Path) -> bool:
    """Whether a path, with all links on the way followed, is outside of the checkout at `root` or in its `.git`."""
    top = root.resolve()
    place = path.resolve()
    if not place.is_relative_to(top):
        return True
    return any(part.lower() == ".git" for part in place.relative_to(top).parts)


def check_out(mirror: Mirror, commit: str, folder: Path) -> list[str]:
    """Check a commit out into a new folder, with the repository's branches, tags and address, and with its submodules.

    Returns:
        What the checkout lacks, in words.

    Raises:
        UsageError: the folder is there already. BlockedError: Git refused.
        UnreachableError: a submodule's repository does not answer.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not empty", "expected a folder that is not there yet", "choose another one")
    folder.mkdir(parents=True, exist_ok=True)
    modes = mirror.repository.modes(commit)
    try:
        _clone(mirror, commit, folder)
        removed = _without_ways_out(folder, [path for path, mode in modes.items() if mode == _LINK])
    except (GitError, OSError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise BlockedError("the commit could not be checked out", str(error), "saigen doctor") from error
    notes = [f"a link is left out, because it leads out of the checkout: {printable(entry)}" for entry in removed]
    attributes = mirror.repository.contents(commit, [path for path in modes if is_attributes(path)])
    if has_large_files(mirror.repository, commit, attributes):
        notes.append("files that are kept in Git LFS are not fetched")
    try:
        for one in submodules(mirror.repository, commit, modes):
            notes += _check_out_submodule(mirror, one, folder)
    except UnreachableError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return notes


def _check_out_submodule(above: Mirror, one: Submodule, folder: Path) -> list[str]:
    """Check a submodule out where it belongs; what it lacks, or why it is not there. Raises UnreachableError."""
    place, profile = folder / one.path, current()
    name = printable(one.path)
    try:
        if leaves(folder, place):
            return [f"a submodule is left out, because it leads out of the checkout: {name}"]
        mirror = Mirror.of(identity(address(one.url, above.url), profile.git if profile else None), profile)
        bring(mirror, Origin(mirror.name, one.commit, None))
        return [f"in the submodule {name}: {note}" for note in check_out(mirror, one.commit, place)]
    except UnreachableError:
        raise
    except SaigenError as error:
        return [f"a submodule is not fetched: {name} ({printable(f'{error.what}: {error.why}')})"]


def _clone(mirror: Mirror, commit: str, folder: Path) -> None:
    with locked(mirror.repository.root / _LOCK):
        words = ("clone", "--quiet", "--local", "--no-checkout", "--template=", ".", str(folder.absolute()))
        mirror.repository.run(*_SAFE, *words, environment=ALONE)
    made = Repository(folder)
    made.run("remote", "set-url", "origin", mirror.url, environment=ALONE)
    made.run(*_SAFE, "update-ref", "--no-deref", "HEAD", commit, environment=ALONE)
    made.run(*_SAFE, "read-tree", commit, environment=ALONE)
    made.run(*_SAFE, "checkout-index", "--all", "--quiet", "-u", environment=ALONE)


def _without_ways_out(folder: Path, links: list[str]) -> list[str]:
    """Take the links away that lead out, and let Git think no worse of the checkout for it; returns what they were."""
    unsafe = [path for path in links if leaves(folder, folder / path)]
    removed = [f"{path} -> {(folder / path).readlink()}" for path in unsafe]
    for path in unsafe:
        (folder / path).unlink()
    if unsafe:
        given = b"".join(os.fsencode(path) + b"\0" for path in unsafe)
        words = ("update-index", "-z", "--skip-worktree", "--stdin")
        Repository(folder).run(*_SAFE, *words, environment=ALONE, given=given)
    return removed
