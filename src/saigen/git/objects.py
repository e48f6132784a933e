"""Which objects of a repository belong to some commits alone, so that they may go with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from saigen.git.repository import Repository

_OBJECTS = ("rev-list", "--objects", "--no-object-names")


def only_below(
    repository: Repository, commits: Sequence[str], *kept: str, environment: Mapping[str, str] | None = None
) -> set[str]:
    """Ids of the objects that these commits lead to, and that nothing kept leads to.

    `rev-list A --not B` is no answer to that: it also names what only an older commit of B's history holds.

    Args:
        kept: what stays, in the words of git-rev-list(1), such as `--all`.

    Raises:
        GitError: there is no such commit, or the repository is damaged.
    """
    words = (*_OBJECTS, *dict.fromkeys(commits), "--not", *kept)
    found = set(repository.lines(*words, environment=environment))
    if found:
        found.difference_update(repository.lines(*_OBJECTS, *kept, environment=environment))
    return found
