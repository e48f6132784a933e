"""The content behind the pointers of two sides: directories by their lists, files by what they hold."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from saigen.data.content import entry_output
from saigen.data.pointer import Entry, Output
from saigen.merge.content import merge_content
from saigen.merge.directory import Directory, merge_directories
from saigen.merge.lists import Files, Lists, keep_list
from saigen.merge.outcome import SHOWN, Difference, Result, UnmergeableError, unmergeable
from saigen.merge.plan import CURRENT
from saigen.merge.versions import Versions
from saigen.project.branches import MergeRule


@dataclass(frozen=True)
class Kept:
    """Merged content that was taken in. `size`: None where that is not known; `files`: of a directory."""

    md5: str
    size: int | None
    files: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pointed:
    """What three pointers point to, all of them files or all of them directories; `base` may be missing.

    rule: how data merges, by its path.
    """

    base: Output | None
    current: Output
    incoming: Output
    rule: Callable[[str], MergeRule]
    lists: Lists

    def files(self) -> Kept | Result:
        """The merge of two files; a result where they clash. Raises SaigenError where it cannot be done."""
        path = self.current.path
        rule, before = self.rule(path), None if self.base and self.base.is_directory else self.base
        if not isinstance(self.lists, Files):
            raise unmergeable(f"{path} was changed on both sides", "its rows are merged where data may be read")
        try:
            found = _merge_and_keep(self.lists, path, (before, self.current, self.incoming), rule)
            if found is None:
                raise unmergeable(f"{path} has two contents", "expected a kind of data that is merged by its content")
        except UnmergeableError as error:
            if rule.prefer is None:
                raise
            chosen = self.current if rule.prefer == CURRENT else self.incoming
            said = f"{error.what}: the {rule.prefer} one stays, as the rule says"
            return Kept(chosen.md5 or "", chosen.size, None, (said,))
        return found

    def folders(self) -> Kept | Result:
        """The union of two directories; a result where they clash. Raises as `files` does."""
        path = self.current.path
        before = self.lists.entries(self.base) if self.base and self.base.is_directory else []
        mine, theirs = self.lists.entries(self.current), self.lists.entries(self.incoming)
        said: list[str] = []

        def merge_file(name: str, *md5s: str | None) -> str | Sequence[Difference] | None:
            return self._entry(name, md5s, said)

        merged = merge_directories(before, mine, theirs, lambda name: self.rule(f"{path}/{name}"), merge_file)
        if merged.settled:
            said.append(f"{merged.settled} files of {path} were changed on both sides: the rule says which stay")
        if merged.differences:
            return Result(None, tuple(said), merged.differences[:SHOWN], len(merged.differences))
        said.append(f"{path}: {len(mine)} and {len(theirs)} files make {len(merged.entries)}")
        size = self._size(merged)
        return Kept(keep_list(self.lists, merged.entries), size, len(merged.entries), tuple(said))

    def _entry(self, name: str, md5s: Sequence[str | None], said: list[str]) -> str | Sequence[Difference] | None:
        """A file of the directory that both sides have another content of."""
        if not isinstance(self.lists, Files):
            return None
        path = f"{self.current.path}/{name}"
        rule = self.rule(path)
        folders = (self.base or self.current, self.current, self.incoming)
        outputs = [
            entry_output(folder, Entry(name, md5)) if md5 else None for folder, md5 in zip(folders, md5s, strict=True)
        ]
        try:
            found = _merge_and_keep(self.lists, path, outputs, rule)
        except UnmergeableError as error:
            return None if rule.prefer else [Difference(f"{error.what}: {error.why}", *md5s)]
        if isinstance(found, Result):
            return [replace(one, what=f"{name}: {one.what}") for one in found.differences]
        if found is None:
            return None
        said += [f"{path}: {note}" for note in found.notes] or [f"{path}: merged by its content"]
        return found.md5

    def _size(self, merged: Directory) -> int | None:
        """The sum of the sizes of all files, from the sums of the three sides; None where one is not known."""
        sums = [one.size if one else 0 for one in (self.base, self.current, self.incoming)]
        sizes: dict[str | None, int | None] = {None: 0}
        for md5 in {md5 for one in merged.both for md5 in one if md5}:
            sizes[md5] = self.lists.size(md5)
        known = {md5: size for md5, size in sizes.items() if size is not None}
        if None in sums or len(known) != len(sizes):
            return None
        before, mine, theirs = (size or 0 for size in sums)
        twice = sum(known[b] - known[m] - known[t] + known[new] for b, m, t, new in merged.both)
        return mine + theirs - before + twice


def _merge_and_keep(store: Files, path: str, outputs: Sequence[Output | None], rule: MergeRule) -> Kept | Result | None:
    """The merge of three files, taken into the cache. A result where they clash; None: of no kind that is merged."""
    with tempfile.TemporaryDirectory(prefix="saigen-merge-") as folder:
        nothing, target = Path(folder) / "nothing", Path(folder) / "merged"
        nothing.touch()
        base, current, incoming = (store.file(output) if output else nothing for output in outputs)
        found = merge_content(path, Versions(base, current, incoming), rule, target)
        if found is None or found.content is None:
            return found
        size = len(found.content) if isinstance(found.content, bytes) else found.content.stat().st_size
        return Kept(store.keep(found.content), size, None, found.notes)
