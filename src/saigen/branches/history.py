"""The commits of a push, as facts: one `git log` for all of them, whatever their number."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from saigen.git.repository import GitError, Repository

_HEAD = re.compile(rb"\x01([0-9a-f]{40}|[0-9a-f]{64})")
_FORMAT = "%x01%H%x00%P%x00%an%x00%s%x00%(trailers:only,unfold)%x00"
_AS_IT_IS = ("-c", "log.showRoot=true", "-c", "log.showSignature=false", "-c", "core.quotePath=false")
_PLAIN = ("--no-renames", "--no-color", "--no-ext-diff", "--no-textconv")


@dataclass(frozen=True)
class Commit:
    """What is known of a commit.

    Attributes:
        id: full. parents: full ids. trailers: name and value of each, in their order.
        changes: path -> what happened to it (`A` added, `M` changed, `D` deleted, `T` another type). For a merge only
            the paths that differ from all parents, with one letter for each parent: `MM`.
    """

    id: str
    parents: tuple[str, ...]
    author: str
    subject: str
    trailers: tuple[tuple[str, str], ...]
    changes: Mapping[str, str]

    @property
    def is_merge(self) -> bool:
        """Whether it has several parents."""
        return len(self.parents) > 1

    def values(self, trailer: str) -> list[str]:
        """The values of a trailer that are not empty. Git takes `source:` for `Source:`."""
        return [value for name, value in self.trailers if name.lower() == trailer.lower() and value]


def commits(repository: Repository, new: Sequence[str], known: Iterable[str]) -> list[Commit]:
    """The commits that `new` brings beside those reachable from `known`, parents before children.

    Raises:
        GitError: one of the commits is not in the repository.
    """
    asked = "".join(f"{commit}\n" for commit in new) + "".join(f"^{commit}\n" for commit in sorted(set(known)))
    said = repository.run_bytes(
        *_AS_IT_IS, "log", "--stdin", "--topo-order", "--reverse", "-z", "-c", "--name-status", *_PLAIN,
        f"--format={_FORMAT}", given=asked.encode(),
    )  # fmt: skip
    return list(_parsed(said))


def by_hand(repository: Repository, merge: str) -> frozenset[str] | None:
    """Paths of a merge that are not what Git's own merge of its parents gives. None where this Git cannot tell."""
    try:
        said = repository.run_bytes(
            *_AS_IT_IS, "show", "-z", "--remerge-diff", "--name-only", *_PLAIN, "--format=", merge
        )
    except GitError:
        return None  # before Git 2.35
    return frozenset(os.fsdecode(path.lstrip(b"\n")) for path in said.split(b"\0") if path.strip(b"\n"))


def is_ancestor(repository: Repository, old: str, new: str) -> bool:
    """Whether `new` contains `old`. A commit that is not in the repository is contained in none."""
    return repository.ask("merge-base", "--is-ancestor", old, new) is not None


def _parsed(said: bytes) -> Iterator[Commit]:
    """Read field by field: an author or a subject may hold whatever its writer liked, but no NUL."""
    fields = iter(said.split(b"\0"))
    head = next(fields, b"").lstrip(b"\n")
    while match := _HEAD.fullmatch(head):
        parents, author, subject, trailers = (next(fields) for _ in range(4))
        changes: dict[str, str] = {}
        head = b""
        for field in fields:
            head = field.lstrip(b"\n")
            if _HEAD.fullmatch(head):
                break
            if head:  # a letter or more, and then a path
                changes[os.fsdecode(next(fields))] = head.decode()
        yield Commit(
            id=match[1].decode(),
            parents=tuple(parents.decode().split()),
            author=author.decode(errors="replace"),
            subject=subject.decode(errors="replace"),
            trailers=tuple(_trailer(line) for line in trailers.decode(errors="replace").splitlines() if ":" in line),
            changes=changes,
        )


def _trailer(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip(), value.strip()
