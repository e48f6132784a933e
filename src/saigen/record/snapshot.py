"""A working tree as a commit, without touching branch, index or files.

The commit is a pure function of its content: fixed author, fixed message, the parent's date. A thousand runs over one
tree share one commit, on whichever machine they ran.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from saigen.errors import BlockedError
from saigen.git.submodules import SUBMODULE
from saigen.project import RecordRules
from saigen.record import status
from saigen.record.asking import POINTERS, STATUS, Asked, Parent
from saigen.record.secrets import LARGEST, found_in
from saigen.record.status import Candidate, Change, Status
from saigen.record.worktree import Worktree

MESSAGE = b"What a run ran\n\nThe working tree, written by Saigen. It belongs to no branch.\n"
_AUTHOR = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in {"NAME": "Saigen", "EMAIL": "saigen@invalid"}.items()
}


class Snapshot(NamedTuple):
    """What ran, as a commit.

    Attributes:
        commit: its full id. head: that of HEAD, None before the first commit. They are the same for a clean tree.
        branch: None on a detached HEAD.
        left_out: what differs from the commit and is not in it, each with its reason.
        notes: what else cannot be captured.
        changed: files that differ from HEAD, tracked and untracked, relative to the root.
    """

    commit: str
    head: str | None
    branch: str | None
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


class Seen(NamedTuple):
    """A working tree as Git sees it, before anything of it is written.

    Attributes:
        status: what differs from HEAD. parent: HEAD; None before the first commit.
        pointers: paths of DVC's files, tracked or not, that are there.
    """

    status: Status
    parent: Parent | None
    pointers: tuple[str, ...]


class Chosen(NamedTuple):
    """What of it goes into the commit.

    Attributes:
        taken: paths to take from the working tree. restored: tracked files that stay as HEAD has them.
        left_out: what differs and is in neither, each with its reason.
    """

    seen: Seen
    taken: tuple[str, ...]
    restored: tuple[Change, ...]
    left_out: tuple[str, ...]


def take(asked: Asked, rules: RecordRules, files: Callable[[], Mapping[str, bytes]] = dict) -> Snapshot:
    """Write the working tree as a commit, if HEAD is not already that.

    Args:
        files: further files for the commit, path to content; asked for when all else is known.

    Raises:
        BlockedError: Git refused, or there is none.
    """
    tree = asked.tree
    return write(tree, choose(tree, look(asked), rules), lambda: store(tree, files()))


def look(asked: Asked) -> Seen:
    """What Git answered. Raises BlockedError."""
    found, parent = status.parse(asked.status.result()), asked.parent.result()
    flagged, pointers = asked.listed.result()
    if flagged:
        _unflag(asked.tree, flagged)
        found = status.parse(asked.tree.git_bytes(*STATUS))
    if (parent.commit if parent else None) != found.head:
        raise BlockedError("HEAD moved", f"expected {found.head}, found {parent}", "start the run again")
    new = (path for path in found.untracked if path.endswith(POINTERS))
    return Seen(found, parent, tuple(sorted({*pointers, *new})))


def write(tree: Worktree, chosen: Chosen, files: Callable[[], Mapping[str, str]] = dict) -> Snapshot:
    """Write what was chosen as a commit, if HEAD is not already that. Raises BlockedError.

    Args:
        files: further files for the commit, path to id of a blob that is stored; asked for when all else is known.
    """
    found, parent = chosen.seen.status, chosen.seen.parent
    changed = tuple(sorted({change.path for change in found.changes} | set(chosen.taken)))
    commit, added = parent.commit if parent else None, files()
    if changed or added or commit is None:
        commit = _write(tree, parent, chosen, added)
    return Snapshot(commit, found.head, found.branch, chosen.left_out, _notes(tree, found), changed)


def store(tree: Worktree, files: Mapping[str, bytes]) -> dict[str, str]:
    """Write contents as blobs; id by path. Raises BlockedError."""
    return {path: tree.git("hash-object", "-w", "--stdin", given=content) for path, content in files.items()}


def _unflag(tree: Worktree, paths: Sequence[str]) -> None:
    given = _lines(paths)
    for option in ("--no-assume-unchanged", "--no-skip-worktree"):
        tree.git("update-index", option, "-z", "--stdin", given=given)


def choose(tree: Worktree, seen: Seen, rules: RecordRules) -> Chosen:
    """Decide what to take from the working tree: not what is too large, unreadable or a secret. Raises BlockedError."""
    found = seen.status
    untracked, environments = status.without_environments(found.untracked)
    choice = status.choose([_candidate(tree, path) for path in untracked], rules)
    taken: list[str] = []
    left_out = [*choice.left_out, *(f"{folder} (a virtual environment)" for folder in environments)]
    restored: list[Change] = []
    for change in found.changes:
        reason = _refused_change(tree, change)
        if reason is None:
            taken.append(change.path)
        else:
            restored.append(change)
            left_out.append(f"{change.path} ({reason})")
    for path in choice.taken:
        kind = _secret(tree, path, None)
        if kind is None:
            taken.append(path)
        else:
            left_out.append(f"{path} (it holds a secret: {kind})")
    left_out += (f"{path} (changes inside the submodule)" for path in found.dirty)
    return Chosen(seen, tuple(sorted(taken)), tuple(restored), tuple(sorted(left_out)))


def _candidate(tree: Worktree, path: str) -> Candidate:
    file = f"{tree.place.root}/{path}"
    found = _lstat(file)
    if found is None:
        return Candidate(path, 0, usable=False)
    if stat.S_ISLNK(found.st_mode):
        return Candidate(path, found.st_size)
    return Candidate(path, found.st_size, stat.S_ISREG(found.st_mode) and os.access(file, os.R_OK))


def _refused_change(tree: Worktree, change: Change) -> str | None:
    file = f"{tree.place.root}/{change.path}"
    found = _lstat(file)
    if change.mode == SUBMODULE or found is None or not stat.S_ISREG(found.st_mode):
        return None
    if not os.access(file, os.R_OK):
        return "it cannot be read"
    if found.st_size > status.LARGEST_CHANGE:
        return status.megabytes(found.st_size)
    kind = _secret(tree, change.path, change.id)
    return f"it holds a secret: {kind}" if kind else None


def _lstat(file: str) -> os.stat_result | None:
    try:
        return os.lstat(file)
    except OSError:
        return None


def _secret(tree: Worktree, path: str, known: str | None) -> str | None:
    """The kind of a secret that a file holds and that is not in the blob `known` already, which others have anyway."""
    try:
        descriptor = os.open(f"{tree.place.root}/{path}", os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None  # a link, which is recorded as what it points to and not with its content
    with os.fdopen(descriptor, "rb") as opened:
        largest = LARGEST if os.fstat(descriptor).st_size > LARGEST else -1  # reserves no more memory than it needs
        secrets = list(found_in(opened.read(largest)))
    if secrets and known is not None:
        before = tree.git_bytes("cat-file", "blob", known)
        secrets = [(kind, text) for kind, text in secrets if text not in before]
    return secrets[0][0] if secrets else None


def _notes(tree: Worktree, found: Status) -> tuple[str, ...]:
    notes = [f"{path} is a repository of its own and is not recorded" for path in found.nested]
    attributes = tree.place.root / ".gitattributes"
    if attributes.is_file() and b"filter=lfs" in attributes.read_bytes():
        notes.append("files in Git LFS are pointers in the commit, push their content with: git lfs push --all origin")
    return tuple(notes)


def _write(tree: Worktree, parent: Parent | None, chosen: Chosen, files: Mapping[str, str]) -> str:
    entries = [word for path, id_ in files.items() for word in ("--cacheinfo", f"100644,{id_},{path}")]
    for change in chosen.restored:
        if change.id:
            entries += ("--cacheinfo", f"{change.mode},{change.id},{change.path}")
    # In the place of a file that is gone there may be a folder, of which Git would want the files.
    folders = [path for path in chosen.taken if _is_plain_folder(f"{tree.place.root}/{path}")]
    paths = _lines([path for path in chosen.taken if path not in files and path not in folders])
    tree.git("update-index", "--add", "--remove", "--replace", *entries, "-z", "--stdin", given=paths)
    if gone := [*(change.path for change in chosen.restored if not change.id), *folders]:
        tree.git("update-index", "--force-remove", "-z", "--stdin", given=_lines(gone))
    written = tree.git("write-tree", "--missing-ok")  # all that is new was just written
    return _commit(tree, written, parent)


def _is_plain_folder(path: str) -> bool:
    """Whether it is a folder and neither a link to one nor a repository, in which Git sees one entry."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and not os.path.lexists(f"{path}/.git")


def _commit(tree: Worktree, written: str, parent: Parent | None) -> str:
    """The commit of a tree above a parent, which is the parent itself where that has the same tree."""
    if parent is not None and written == parent.tree:
        return parent.commit
    date = f"@{parent.date if parent else 0} +0000"
    above = ("-p", parent.commit) if parent else ()
    variables = {**_AUTHOR, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    return tree.git("commit-tree", written, *above, given=MESSAGE, **variables)


def _lines(paths: Sequence[str]) -> bytes:
    return b"".join(os.fsencode(path) + b"\0" for path in paths)
