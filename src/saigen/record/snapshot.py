"""A working tree as a commit, without touching branch, index or files.

The commit is a pure function of its content: fixed author, fixed message, the parent's date. A thousand runs over one
tree share one commit, on whichever machine they ran.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from saigen.errors import BlockedError
from saigen.git.repository import GitError
from saigen.project import RecordRules
from saigen.record import status
from saigen.record.secrets import LARGEST, found_in
from saigen.record.status import Candidate, Change, Status
from saigen.record.worktree import Worktree

MESSAGE = b"What a run ran\n\nThe working tree, written by Saigen. It belongs to no branch.\n"
_AUTHOR = {
    f"GIT_{role}_{key}": value
    for role in ("AUTHOR", "COMMITTER")
    for key, value in {"NAME": "Saigen", "EMAIL": "saigen@invalid"}.items()
}
_SUBMODULE = "160000"


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


class _Parent(NamedTuple):
    """HEAD's commit, its committer's date in seconds since 1970, and its tree."""

    commit: str
    date: str
    tree: str


class Seen(NamedTuple):
    """A working tree as Git sees it, before anything of it is written.

    Attributes:
        status: what differs from HEAD. parent: HEAD; None before the first commit.
        pointers: paths of DVC's files, tracked or not, that are there.
    """

    status: Status
    parent: _Parent | None
    pointers: tuple[str, ...]


def take(tree: Worktree, rules: RecordRules, files: Callable[[], Mapping[str, bytes]] = dict) -> Snapshot:
    """Write the working tree as a commit, if HEAD is not already that.

    Args:
        files: further files for the commit, path to content; asked for when all else is known.

    Raises:
        BlockedError: Git refused, or there is none.
    """
    return write(tree, look(tree), rules, files)


def look(tree: Worktree) -> Seen:
    """Ask Git what differs, with several processes at once. Raises BlockedError."""
    tree.check()
    tree.copy_index()
    with ThreadPoolExecutor(2) as pool:
        parent_later = pool.submit(_parent, tree)
        listed_later = pool.submit(tree.git_bytes, "ls-files", "-v", "-z")
        found = status.parse(tree.git_bytes(*status.COMMAND))
        parent, listed = parent_later.result(), listed_later.result()
    if flagged := _flagged(tree, listed):
        _unflag(tree, flagged)
        found = status.parse(tree.git_bytes(*status.COMMAND))
    if (parent.commit if parent else None) != found.head:
        raise BlockedError("HEAD moved", f"expected {found.head}, found {parent}", "start the run again")
    return Seen(found, parent, _pointers(listed, found.untracked))


def write(tree: Worktree, seen: Seen, rules: RecordRules, files: Callable[[], Mapping[str, bytes]] = dict) -> Snapshot:
    """Write what `look` saw as a commit, if HEAD is not already that. Raises BlockedError."""
    found, parent = seen.status, seen.parent
    choice, restored = _choose(tree, found, rules)
    changed = tuple(sorted({change.path for change in found.changes} | set(choice.taken)))
    left_out = tuple(sorted([*choice.left_out, *(f"{path} (changes inside the submodule)" for path in found.dirty)]))
    commit, added = parent.commit if parent else None, files()
    if changed or added or commit is None:
        commit = _write(tree, parent, choice.taken, restored, added)
    return Snapshot(commit, found.head, found.branch, left_out, _notes(tree, found), changed)


def _parent(tree: Worktree) -> _Parent | None:
    """What HEAD is, or None before the first commit."""
    try:
        return _Parent(*tree.git("log", "-1", "--format=%H %ct %T", "HEAD").split(" "))
    except GitError:
        return None


def _flagged(tree: Worktree, listed: bytes) -> list[str]:
    """Tracked files that Git was told not to look at (assume-unchanged, skip-worktree) and that are there."""
    if listed.count(b"\0") == listed.count(b"\0H ") + listed.startswith(b"H "):
        return []  # none, and ten thousand lines need not be looked at one by one
    marked = [os.fsdecode(line) for line in listed.split(b"\0") if line[:1].islower() or line[:1] == b"S"]
    return [line[2:] for line in marked if (tree.place.root / line[2:]).exists()]


def _pointers(listed: bytes, untracked: Sequence[str]) -> tuple[str, ...]:
    tracked = (
        os.fsdecode(path) for path in re.findall(rb"(?:^|\0)\S ([^\0]*(?:\.dvc|dvc\.lock|dvc\.yaml))(?=\0)", listed)
    )
    names = (path for path in (*tracked, *untracked) if path.endswith((".dvc", "dvc.lock", "dvc.yaml")))
    return tuple(sorted(set(names)))


def _unflag(tree: Worktree, paths: Sequence[str]) -> None:
    given = _lines(paths)
    for option in ("--no-assume-unchanged", "--no-skip-worktree"):
        tree.git("update-index", option, "-z", "--stdin", given=given)


def _choose(tree: Worktree, found: Status, rules: RecordRules) -> tuple[status.Choice, list[Change]]:
    """What to take from the working tree, and the tracked files that stay as HEAD has them."""
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
    return status.Choice(tuple(sorted(taken)), tuple(sorted(left_out))), restored


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
    if change.mode == _SUBMODULE or found is None or not stat.S_ISREG(found.st_mode):
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
        secrets = list(found_in(opened.read(LARGEST)))
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


def _write(
    tree: Worktree, parent: _Parent | None, taken: Sequence[str], restored: Sequence[Change], files: Mapping[str, bytes]
) -> str:
    entries: list[str] = []
    for path, content in files.items():
        id_ = tree.git("hash-object", "-w", "--stdin", given=content)
        entries += ["--cacheinfo", f"100644,{id_},{path}"]
    for change in restored:
        entries += (
            ["--cacheinfo", f"{change.mode},{change.id},{change.path}"]
            if change.id
            else ["--force-remove", change.path]
        )
    paths = _lines([path for path in taken if path not in files])
    tree.git("update-index", "--add", "--remove", "--replace", *entries, "-z", "--stdin", given=paths)
    written = tree.git("write-tree", "--missing-ok")  # all that is new was just written
    return _commit(tree, written, parent)


def _commit(tree: Worktree, written: str, parent: _Parent | None) -> str:
    """The commit of a tree above a parent, which is the parent itself where that has the same tree."""
    if parent is not None and written == parent.tree:
        return parent.commit
    date = f"@{parent.date if parent else 0} +0000"
    above = ("-p", parent.commit) if parent else ()
    variables = {**_AUTHOR, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    return tree.git("commit-tree", written, *above, given=MESSAGE, **variables)


def _lines(paths: Sequence[str]) -> bytes:
    return b"".join(os.fsencode(path) + b"\0" for path in paths)
