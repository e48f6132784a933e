"""Directories: files by path and content, from the hashes alone; changed files of a known kind are looked into."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from saigen.data.compare.result import Comparison, FileChanges
from saigen.data.judgement import Answer, Figures, judge
from saigen.data.pointer import Entry

LOOKED_INTO = 20  # changed files


@dataclass(frozen=True)
class Listing:
    """The files of a directory: hash by path."""

    hashes: dict[str, str]

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> Listing:
        """The listing of these entries."""
        return cls({entry.path: entry.md5 for entry in entries})


def compare_listings(a: Listing, b: Listing) -> FileChanges:
    """What happened to the files. Of several files with the same content each is moved at most once."""
    both = [path for path in a.hashes if path in b.hashes]
    gone = [path for path in a.hashes if path not in b.hashes]
    new = [path for path in b.hashes if path not in a.hashes]
    waiting: dict[str, list[str]] = {}
    for path in sorted(new, reverse=True):
        waiting.setdefault(b.hashes[path], []).append(path)
    moved = []
    for path in sorted(gone):
        if places := waiting.get(a.hashes[path]):
            moved.append((path, places.pop()))
    left, arrived = {old for old, _ in moved}, {fresh for _, fresh in moved}
    changed = tuple(sorted(path for path in both if a.hashes[path] != b.hashes[path]))
    return FileChanges(
        a=len(a.hashes),
        b=len(b.hashes),
        added=tuple(sorted(path for path in new if path not in arrived)),
        removed=tuple(sorted(path for path in gone if path not in left)),
        changed=changed,
        moved=tuple(moved),
        same=len(both) - len(changed),
    )


def compare_directories(a: Listing, b: Listing, look: Callable[[str], Comparison | None]) -> Comparison:
    """Everything that happened to a directory.

    Args:
        look: compares the two states of one changed file; None where it has no kind that is looked into.
    """
    files = compare_listings(a, b)
    inside: dict[str, Comparison] = {}
    for path in files.changed[:LOOKED_INTO]:
        if found := look(path):
            inside[path] = found
    notes = []
    if len(files.changed) > LOOKED_INTO:
        notes.append(f"looked into the first {LOOKED_INTO} of {len(files.changed)} changed files")
    versions = sum(judge(found.figures).answer is Answer.NEW_VERSION for found in inside.values())
    return Comparison(
        "directory",
        file_figures(files, _kept_kinds(a, b), versions / len(inside) if inside else 0.0),
        files=files,
        inside=inside,
        notes=tuple(notes),
    )


def file_figures(files: FileChanges, kept: float, versions: float | None) -> Figures:
    """What the judgement looks at.

    Args:
        kept: share of A's kinds of files (or classes of images) that B has as well.
        versions: of the changed files, the share that is a new version of what it was: these are no loss of identity.
            None where nobody looked into them.
    """
    paths = files.same + len(files.changed)
    smaller = min(files.a, files.b)
    common = paths + len(files.moved)
    changed = len(files.changed)
    known = versions is not None or not changed
    return Figures(
        kept_columns=kept,
        overlap=common / smaller if smaller else float(files.a == files.b),
        changed_rows=changed / common if common else None,
        changed_cells=changed * (1 - (versions or 0.0)) / common if common and known else None,
        matched_by="path and content",
        unit="files",
    )


def _kept_kinds(a: Listing, b: Listing) -> float:
    """Share of A's files whose kind (suffix) occurs in B."""
    kinds = {posixpath.splitext(path)[1].lower() for path in b.hashes}
    kept = sum(posixpath.splitext(path)[1].lower() in kinds for path in a.hashes)
    return kept / len(a.hashes) if a.hashes else 1.0
