"""`saigen.data_diff`: what differs between two states of data, and whether that is a new version or another dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from saigen.data.compare.directory import Listing
from saigen.data.compare.kinds import Side, compare
from saigen.data.compare.result import Comparison
from saigen.data.content import Contents, directory_hash
from saigen.data.hashing import Hashes
from saigen.data.judgement import Figures, Judgement, judge
from saigen.data.legacy import content_md5
from saigen.data.pointer import Entry, Output
from saigen.data.reference import CHECKOUT, Reference, dataset_in, resolve_reference
from saigen.errors import BlockedError
from saigen.git.repository import Repository, repository_here


@dataclass(frozen=True)
class DiffSide:
    """One of the two states: how it is called, its path, the md5 that DVC gives it, its size in bytes and its files."""

    label: str
    path: str
    md5: str
    size: int | None
    files: int | None


@dataclass(frozen=True)
class DataDiff:
    """What differs between A and B, and the judgement on it. `comparison` is None where the content is the same."""

    a: DiffSide
    b: DiffSide
    comparison: Comparison | None
    judgement: Judgement


def data_diff(
    a: str = "HEAD",
    b: str = CHECKOUT,
    *,
    dataset: str | None = None,
    key: Sequence[str] = (),
    deep: bool = True,
    repository: Repository | None = None,
) -> DataDiff:
    """Compare two states of data.

    Args:
        a, b: tag, id, commit, `commit:path`, dataset, path of a file, or "." for the checkout (see `reference`).
        dataset: which data of a commit or the checkout is meant; needed only where neither side says it.
        key: columns that recognise a row; found by itself where there is none.
        deep: False compares files, columns and rows only, as a release does, and opens no image.
        repository: default is the one around the working directory.

    Raises:
        UsageError: a side names nothing or several things, or the key does not fit. BlockedError: content is not to
            be had. UnreachableError, NotPermittedError: the remote does not answer, or refuses.
    """
    where = repository or repository_here()
    named = dataset or dataset_in(where, a) or dataset_in(where, b)
    sides = [resolve_reference(where, text, named) for text in (a, b)]
    return diff_of(where, sides[0], sides[1], key=key, deep=deep)


def diff_of(
    repository: Repository, a: Reference, b: Reference, *, key: Sequence[str] = (), deep: bool = True
) -> DataDiff:
    """Compare two states that are already found. Raises as `data_diff` does."""
    contents = Contents(repository)
    left, side_a = _side(contents, a)
    right, side_b = _side(contents, b)
    if left.md5 == right.md5:
        return DataDiff(left, right, None, judge(Figures(), same=True))
    comparison = compare(side_a, side_b, key, deep=deep)
    return DataDiff(left, right, comparison, judge(comparison.figures))


def _side(contents: Contents, reference: Reference) -> tuple[DiffSide, Side]:
    if reference.file is not None:
        return _from_disk(reference, reference.file)
    if reference.output is None:
        raise BlockedError(f"{reference.label} has no content", "its pointer records none", f"dvc add {reference.path}")
    return _from_history(contents, reference, reference.output)


def _from_history(contents: Contents, reference: Reference, output: Output) -> tuple[DiffSide, Side]:
    described = DiffSide(reference.label, output.path, output.md5 or "", output.size, output.files)
    if not output.is_directory:
        return described, Side(output.path, file=contents.file(output))
    listed = {entry.path: entry for entry in contents.entries(output)}

    def fetch(paths: Sequence[str]) -> list[Path]:
        return contents.files(output, [listed[path] for path in paths])

    return described, Side(output.path, listing=Listing.of(list(listed.values())), fetch=fetch)


def _from_disk(reference: Reference, file: Path) -> tuple[DiffSide, Side]:
    if not file.is_dir():
        described = DiffSide(reference.label, reference.path, content_md5(file), file.stat().st_size, None)
        return described, Side(reference.path, file=file)
    entries = Hashes().folder(file)
    described = DiffSide(reference.label, reference.path, directory_hash(entries), _size(file, entries), len(entries))
    listing = Listing.of(entries)
    return described, Side(reference.path, listing=listing, fetch=lambda paths: [file / path for path in paths])


def _size(folder: Path, entries: Sequence[Entry]) -> int:
    return sum((folder / entry.path).stat().st_size for entry in entries)
