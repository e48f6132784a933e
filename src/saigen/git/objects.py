"""Which objects of a repository belong to some commits alone, so that they may go with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from saigen.git.repository import Repository

_OBJECTS = ("rev-list", "--objects", "--no-object-names")


def only_below(
    repository: Repository, commits: Sequence[str], *kept: str, environment: Mapping[str, str] | None = None
) -> list[str]:
    """Ids of the objects that these commits lead to, and that nothing kept leads to; each before what it leads to.

    `rev-list A --not B` is no answer to that: it also names what only an older commit of B's history holds. What is
    missing already is passed over.

    Args:
        kept: what stays, in the words of git-rev-list(1), such as `--all`.

    Raises:
        GitError: there is no such commit, or the repository is damaged.
    """
    words = (*_OBJECTS, "--missing=allow-any", *dict.fromkeys(commits), "--not", *kept)
    found = dict.fromkeys(repository.lines(*words, environment=environment))
    if found:
        for id_ in repository.lines(*_OBJECTS, *kept, environment=environment):
            found.pop(id_, None)
    return list(found)
