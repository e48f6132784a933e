"""Folds: commits below `refs/saigen/keep/` that do nothing but hold what runs ran. The forge makes them, and its rules
tell them from all else by their whole content. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

EMPTY_TREE = {  # id of a tree without entries, by the length of ids
    40: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    64: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
_NOBODY = "Saigen <saigen@noreply.localhost> 0 +0000"


def fold_text(tree: str, parents: Iterable[str]) -> bytes:
    """A commit that does nothing but hold others, as folds below `refs/saigen/keep/` are: the same for the same."""
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents), f"author {_NOBODY}", f"committer {_NOBODY}"]
    return ("\n".join(lines) + "\n\nKeep what runs ran\n").encode()


def is_fold(commit: str, parents: Iterable[str]) -> bool:
    """Whether a commit with these parents is such a one, by its id: nothing else in it could be otherwise."""
    text = fold_text(EMPTY_TREE[len(commit)], parents)
    new = hashlib.sha256 if len(commit) == 64 else hashlib.sha1  # Git's own hashes
    return new(b"commit %d\0" % len(text) + text).hexdigest() == commit


def unfolded(commits: Iterable[str], parents_of: Callable[[Collection[str]], Mapping[str, Sequence[str]]]) -> set[str]:
    """These commits, with what folds among them hold in their place, by way of other folds as well.

    Args:
        parents_of: asks Git for the parents of some commits at once.
    """
    seen: set[str] = set()
    folds: set[str] = set()
    level = set(commits)
    while level := level - seen:
        seen |= level
        parents = parents_of(level)
        folds |= {commit for commit in level if is_fold(commit, parents[commit])}
        level = {parent for commit in level & folds for parent in parents[commit]}
    return seen - folds
