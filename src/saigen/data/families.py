"""Data states that belong together. Pure.

Two states are of one family where they are of one dataset or path in the same repository, where they are the same
content, or where they are directories that share at least half of the files of the smaller one, by content.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SHARED = 0.5  # of the files of the smaller directory


@dataclass(frozen=True, order=True)
class DataState:
    """One state of data that runs used.

    Attributes:
        repository: `saigen.repository` of those runs; "" where they say none.
        path: its DVC path; "" where runs tell only an id. dataset: its name; "" where none names it.
        md5: hash of the content; "" where runs tell only an id. id: `flights_v3`, `flights_v3+1a2b3c4`, or "".
    """

    repository: str
    path: str
    dataset: str
    md5: str
    id: str

    @property
    def name(self) -> str:
        """How to call it: its id, else path and hash."""
        return self.id or f"{self.path}+{self.md5[:7]}"


def families(states: Sequence[DataState], contents: Mapping[str, frozenset[str]]) -> list[list[DataState]]:
    """The states in families, each in the order given; the families in the order of their first member.

    Args:
        contents: hashes of the files of each directory, by the directory's hash, where they are known.
    """
    leader = list(range(len(states)))

    def find(number: int) -> int:
        while leader[number] != number:
            leader[number] = leader[leader[number]]
            number = leader[number]
        return number

    seen: dict[tuple[str, ...], int] = {}
    for number, state in enumerate(states):
        for sign in _signs(state):
            first = seen.setdefault(sign, number)
            leader[max(find(first), find(number))] = min(find(first), find(number))
    directories = [number for number, state in enumerate(states) if contents.get(state.md5)]
    for position, one in enumerate(directories):
        for other in directories[position + 1 :]:
            if find(one) != find(other) and _related(contents[states[one].md5], contents[states[other].md5]):
                leader[max(find(one), find(other))] = min(find(one), find(other))
    grouped: dict[int, list[DataState]] = {}
    for number, state in enumerate(states):
        grouped.setdefault(find(number), []).append(state)
    return list(grouped.values())


def _signs(state: DataState) -> list[tuple[str, ...]]:
    """What two states of one family have in common, whatever they hold."""
    signs: list[tuple[str, ...]] = [("content", state.md5)] if state.md5 else []
    if state.path:
        signs.append(("path", state.repository, state.path))
    if state.dataset:
        signs.append(("dataset", state.repository, state.dataset))
    return signs


def _related(one: frozenset[str], other: frozenset[str]) -> bool:
    smaller = min(len(one), len(other))
    return smaller > 0 and len(one & other) >= SHARED * smaller
