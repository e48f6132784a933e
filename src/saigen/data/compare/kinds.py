"""Which kind of data a file or directory is, and the comparison for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from saigen.data.compare import jsonl, sqlite, table
from saigen.data.compare.directory import Listing, compare_directories
from saigen.data.compare.engine import Engine, Table, UnreadableError, engine
from saigen.data.compare.images import compare_images, is_image_folder
from saigen.data.compare.result import Comparison
from saigen.data.judgement import Figures
from saigen.errors import BlockedError, UsageError


@dataclass(frozen=True)
class Side:
    """One of the two states.

    Attributes:
        name: path as people know it: its end says the kind.
        file: where the content of a file is; None for a directory.
        listing: the files of a directory; None for a file.
        fetch: for a directory, where the content of some of its files is, by their paths.
    """

    name: str
    file: Path | None = None
    listing: Listing | None = None
    fetch: Callable[[Sequence[str]], Sequence[Path]] | None = None

    def files(self, paths: Sequence[str]) -> Sequence[Path]:
        """Where the content of some files of the directory is."""
        return self.fetch(paths) if self.fetch else ()


def compare(a: Side, b: Side, key: Sequence[str] = (), *, deep: bool = True) -> Comparison:
    """Everything that differs between two states of data.

    Args:
        key: columns that recognise a row. deep: whether distributions and images are looked at.

    Raises:
        UsageError: the key does not fit. BlockedError: content is not to be had, or DuckDB is not installed.
    """
    if a.listing and b.listing:
        return _folders(a, a.listing, b, b.listing, key, deep=deep)
    if a.file is None or b.file is None:
        return Comparison("two kinds", Figures(kept_columns=0.0), notes=("one is a directory, the other a file",))
    return compare_files(a.name, a.file, b.name, b.file, key, deep=deep)


def compare_files(
    name_a: str, a: Path, name_b: str, b: Path, key: Sequence[str] = (), *, deep: bool = True
) -> Comparison:
    """The comparison of two files, whose names say their kind. Raises as `compare` does."""
    kinds = kind_of(name_a, a), kind_of(name_b, b)
    if None in kinds:
        if key:
            raise UsageError(
                "there are no rows here that a key could recognise",
                f"found a file of another kind: {name_b}",
                "no --key",
            )
        notes = (f"{name_a if kinds[0] is None else name_b} is of no kind that is looked into",)
        return Comparison("bytes", Figures(), notes=notes)
    try:
        with engine() as tables:
            if kinds == ("database", "database"):
                return sqlite.compare_databases(tables, a, b, key, deep=deep)
            if "database" in kinds:
                return Comparison("two kinds", Figures(kept_columns=0.0), notes=("only one of them is a database",))
            one, other = load_table(tables, name_a, a), load_table(tables, name_b, b)
            return table.table_comparison(tables, one, other, key, deep=deep)
    except UnreadableError as error:
        return Comparison("bytes", Figures(), notes=(f"{error.what}: {error.why}",))


def kind_of(name: str, path: Path) -> str | None:
    """`csv`, `parquet`, `lines`, `json` or `database`; None for any other file. The content counts before the name."""
    with path.open("rb") as file:
        start = file.read(16)
    if start.startswith(sqlite.MAGIC):
        return "database"
    if start.startswith(b"PAR1"):
        return "parquet"
    suffixes = {"csv": table.CSV, "parquet": table.PARQUET, "lines": jsonl.LINES, "json": jsonl.DOCUMENTS}
    return next((kind for kind, ends in suffixes.items() if name.lower().endswith(ends)), None)


def load_table(tables: Engine, name: str, path: Path) -> Table:
    """Take a file of one of the kinds that hold one table in; `name` says its kind. Raises UnreadableError."""
    kind = kind_of(name, path)
    if kind == "parquet":
        return table.load_parquet(tables, path)
    if kind == "csv":
        return table.load_csv(tables, path, _end(name, table.CSV))
    if kind == "lines":
        return jsonl.load_lines(tables, path, _end(name, jsonl.LINES))
    return jsonl.load_json(tables, path, _end(name, jsonl.DOCUMENTS))


def _end(name: str, ends: Sequence[str]) -> str:
    return next(end for end in ends if name.lower().endswith(end))


def _folders(a: Side, left: Listing, b: Side, right: Listing, key: Sequence[str], *, deep: bool) -> Comparison:
    if key:
        raise UsageError("a directory has no rows", "found --key with a directory", "compare two of its files")
    if is_image_folder(left) and is_image_folder(right):
        sides = (a, b)
        return compare_images(left, right, lambda side, paths: sides[side].files(paths), deep=deep)

    def look(path: str) -> Comparison | None:
        try:
            (one,), (other,) = a.files([path]), b.files([path])
            if kind_of(path, one) is None or kind_of(path, other) is None:
                return None
            return compare_files(path, one, path, other, deep=deep)
        except BlockedError as error:  # the hashes of everything else say enough to go on
            return Comparison("bytes", Figures(), notes=(f"{error.what}: {error.why}",))

    return compare_directories(left, right, look)
