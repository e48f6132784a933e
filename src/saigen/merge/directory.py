"""Directories under DVC: the union of their lists. Pure; the content of files that both changed is merged elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from saigen.data.pointer import Entry
from saigen.merge.outcome import Difference
from saigen.merge.plan import CURRENT, INCOMING, Clash, Items, merge
from saigen.project.branches import MergeRule

# Merges the content of a file that both sides have: path, and its md5 in base (None: not there), current, incoming.
# The md5 of the merge; None where the content is of no kind that is merged; or what both changed in two ways.
MergeFile = Callable[[str, "str | None", str, str], "str | Sequence[Difference] | None"]


@dataclass(frozen=True)
class Directory:
    """The merge of two lists.

    Attributes:
        entries: its files, by path; those that clash are left out. differences: files, or parts of them, that clash.
        merged: paths whose content was merged. settled: files that the rule decided.
        both: what both sides added, changed or deleted: md5 in base, current, incoming and the merge; None: not there.
            A sum of sizes counts these otherwise.
    """

    entries: tuple[Entry, ...]
    differences: tuple[Difference, ...] = ()
    merged: tuple[str, ...] = ()
    settled: int = 0
    both: tuple[tuple[str | None, str | None, str | None, str | None], ...] = ()


def merge_directories(
    base: Sequence[Entry],
    current: Sequence[Entry],
    incoming: Sequence[Entry],
    rule: Callable[[str], MergeRule],
    merge_file: MergeFile,
) -> Directory:
    """The files of both sides. What one side deleted stays deleted, unless the other changed it: that clashes.

    Args:
        rule: how a file merges, by its path in the directory.
    """
    plan = merge(*(Items([one.md5 for one in side], [one.path for one in side]) for side in (base, current, incoming)))
    picked = [current[pick] if pick >= 0 else incoming[~pick] for pick in plan.indexes]
    settled, merged = 0, []
    differences: list[Difference] = []
    for clash in plan.clashes:
        path, md5s = str(clash.key), _md5s(clash, base, current, incoming)
        found = _merged(path, md5s, rule(path), merge_file)
        if isinstance(found, _Taken):
            settled += found.settled
            if found.md5:
                picked.append(Entry(path, found.md5))
                merged += [] if found.settled else [path]
        else:
            differences += found
    entries = sorted(picked, key=lambda entry: entry.path)
    both = _both(*map(_by_path, (base, current, incoming, entries)))
    return Directory(tuple(entries), (*differences, *_in_the_way(entries)), tuple(merged), settled, both)


@dataclass(frozen=True)
class _Taken:
    md5: str | None
    settled: bool


def _merged(
    path: str, md5s: tuple[str | None, str | None, str | None], rule: MergeRule, merge_file: MergeFile
) -> _Taken | Sequence[Difference]:
    before, mine, theirs = md5s
    if rule.way == "model" and rule.prefer is None:
        return _Taken(theirs, settled=True)
    if mine and theirs and rule.way == "data":
        found = merge_file(path, before, mine, theirs)
        if isinstance(found, str):
            return _Taken(found, settled=False)
        if found is not None:
            return found
    if rule.prefer in (CURRENT, INCOMING):
        return _Taken(mine if rule.prefer == CURRENT else theirs, settled=True)
    return [Difference(path, before, mine, theirs)]


def _md5s(clash: Clash, *sides: Sequence[Entry]) -> tuple[str | None, str | None, str | None]:
    before, mine, theirs = (
        None if index is None else side[index].md5
        for side, index in zip(sides, (clash.base, clash.current, clash.incoming), strict=True)
    )
    return before, mine, theirs


def _in_the_way(entries: Sequence[Entry]) -> list[Difference]:
    """Files that have the name of a folder of the other side."""
    paths = {entry.path for entry in entries}
    folders = {folder for path in paths for folder in _folders(path)}
    what = "a file on one side and a folder on the other"
    return [Difference(f"{path}: {what}", None, None, None) for path in sorted(paths & folders)]


def _folders(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]


def _by_path(entries: Sequence[Entry]) -> dict[str, str]:
    return {entry.path: entry.md5 for entry in entries}


def _both(
    before: Mapping[str, str], mine: Mapping[str, str], theirs: Mapping[str, str], merged: Mapping[str, str]
) -> tuple[tuple[str | None, str | None, str | None, str | None], ...]:
    changed = [path for path in {*before, *mine} if before.get(path) not in (mine.get(path), theirs.get(path))]
    return tuple((before.get(path), mine.get(path), theirs.get(path), merged.get(path)) for path in changed)
