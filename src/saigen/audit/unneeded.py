"""Which objects below a project's prefix nobody needs: the rules. Pure.

The rules err on one side only. Whatever hash a pointer mentions, in any commit of any repository that is known, is
needed; so is everything that a run recorded, deleted runs included, and everything that is not old enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import datetime

from saigen.data.bucket import Stored
from saigen.data.remote import Remotes

_MENTIONED = re.compile(rb"(?<![0-9a-f])[0-9a-f]{32}(?:\.dir)?(?![0-9a-f])")
_LAYOUT = re.compile(r"(?:files/md5/)?([0-9a-f]{2})/([0-9a-f]{30}(?:\.dir)?)")


@dataclass(frozen=True)
class Sorted:
    """The objects below a prefix.

    Attributes:
        unneeded: those that nobody needs. needed, young: how many are needed, or too new to tell.
        foreign: how many are not in DVC's layout; they are left alone.
    """

    unneeded: tuple[Stored, ...] = ()
    needed: int = 0
    young: int = 0
    foreign: int = 0

    @property
    def bytes(self) -> int:
        """Bytes of what nobody needs."""
        return sum(stored.size for stored in self.unneeded)


def mentioned(content: bytes) -> set[str]:
    """Every md5 that a pointer's text mentions, whatever else it says and whether it can be parsed or not."""
    return {found.decode() for found in _MENTIONED.findall(content)}


def content_of(key: str, prefix: str) -> str | None:
    """The md5 that a key below a prefix stands for in DVC's layouts; None for any other key."""
    inside = key.removeprefix(f"{prefix}/") if prefix else key
    match = _LAYOUT.fullmatch(inside)
    return match[1] + match[2] if match else None


def sort_out(stored: Iterable[Stored], prefix: str, needed: Set[str], shorts: Set[str], before: datetime) -> Sorted:
    """Which objects nobody needs.

    Args:
        needed: hashes, `.dir` at the end for lists. shorts: first seven characters of further hashes.
        before: an object that was written later, or nobody knows when, is too young to tell.
    """
    unneeded, kept, young, foreign = [], 0, 0, 0
    for one in stored:
        md5 = content_of(one.key, prefix)
        if md5 is None:
            foreign += 1
        elif md5 in needed or md5[:7] in shorts:
            kept += 1
        elif one.modified is None or one.modified >= before:
            young += 1
        else:
            unneeded.append(one)
    return Sorted(tuple(unneeded), kept, young, foreign)


def overlaps(remotes: Remotes, bucket: str, prefix: str) -> bool:
    """Whether one of a repository's remotes reaches into a prefix, or holds it."""
    ours = f"{prefix}/"
    theirs = [f"{remote.prefix}/" for remote in remotes.by_name.values() if remote.bucket == bucket]
    return any(ours.startswith(other.lstrip("/")) or other.startswith(ours) for other in theirs)
