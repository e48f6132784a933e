"""Where the branches of a repository are: on the forge its own, in a clone those of the remote that it pushes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from saigen.git.repository import Repository

HEADS = "refs/heads/"


@dataclass(frozen=True)
class Tips:
    """The branches before a push.

    Attributes:
        branches: name -> id of its newest commit. default: name of the default branch; None where it is not known.
    """

    branches: Mapping[str, str]
    default: str | None = None


def tips_of(repository: Repository, below: str = HEADS) -> Tips:
    """The branches below a ref: `refs/heads/` on the forge, `refs/remotes/origin/` in a clone."""
    listed = repository.run("for-each-ref", "--format=%(objectname) %(refname)", below)
    found = {ref.removeprefix(below): commit for commit, _, ref in (line.partition(" ") for line in listed.split("\n"))}
    found.pop("", None)
    if below != HEADS:
        found.pop("HEAD", None)
    head = repository.ask("symbolic-ref", "--quiet", "HEAD" if below == HEADS else below + "HEAD")
    default = head.removeprefix(below) if head and head.startswith(below) else None
    if default is None and below != HEADS and "main" in found:
        default = "main"
    return Tips(found, default)
