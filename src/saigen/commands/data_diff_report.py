"""A comparison of data for people: lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from saigen.commands.figures import percent, size
from saigen.data.compare.result import Comparison, FileChanges, ImageChanges, RowChanges, Shift, TableChanges
from saigen.data.diff import DataDiff, DiffSide
from saigen.text import printable

_NAMES = 5  # names that are listed before "and N more"


def report(found: DataDiff) -> Iterator[str]:
    """The whole comparison, the judgement last."""
    return map(printable, _lines(found))


def _lines(found: DataDiff) -> Iterator[str]:
    yield _side("A", found.a)
    yield _side("B", found.b)
    if found.comparison:
        yield ""
        yield from comparison_lines(found.comparison)
    yield ""
    yield f"B is {found.judgement}"


def comparison_lines(found: Comparison) -> Iterator[str]:
    """What a comparison found."""
    if found.files:
        yield from _files(found.files)
    if found.images:
        yield from _images(found.images)
    if found.tables_added or found.tables_removed:
        yield f"tables   {_names('added', found.tables_added)}{_names('removed', found.tables_removed)}".rstrip()
    for table in found.tables:
        yield from _table(table)
    for path, inside in found.inside.items():
        yield f"inside {path}"
        yield from (f"  {line}" for line in comparison_lines(inside))
    for note in found.notes:
        yield f"note: {note}"


def _side(letter: str, side: DiffSide) -> str:
    files = f", {side.files} files" if side.files is not None else ""
    weight = f"  {size(side.size)}{files}" if side.size is not None else ""
    return f"{letter}  {side.label}  {side.path}  {side.md5[:7]}{weight}"


def _files(files: FileChanges) -> Iterator[str]:
    yield f"files    {files.a} -> {files.b}"
    yield f"         {files.same} the same, {len(files.changed)} changed, {len(files.moved)} moved,"
    yield f"         {len(files.added)} added, {len(files.removed)} removed"
    for word, names in (("added", files.added), ("removed", files.removed), ("changed", files.changed)):
        if names:
            yield f"         {_names(word, names)}".rstrip("; ")


def _images(images: ImageChanges) -> Iterator[str]:
    names = list(dict.fromkeys([*images.classes_a, *images.classes_b]))
    if len(names) > 1:
        drift = f", PSI {images.psi:.3f}" if images.psi is not None else ""
        yield f"classes  {len(images.classes_a)} -> {len(images.classes_b)}{drift}"
        moved = [name for name in names if images.classes_a.get(name) != images.classes_b.get(name)]
        for name in moved[:20]:
            yield f"         {name}: {images.classes_a.get(name, 0)} -> {images.classes_b.get(name, 0)}"
    if images.relabelled:
        pairs = ", ".join(f"{old} -> {new}" for old, new in images.relabelled[:_NAMES])
        yield f"         {len(images.relabelled)} moved into another class: {pairs}"
    if images.alike is not None:
        yield f"pictures {percent(images.alike)} of the changed images that were opened still show the same"
    if images.sampled:
        yield f"pixels   of {images.sampled} images a side"
        yield from _shifts(images.pixels)


def _table(table: TableChanges) -> Iterator[str]:
    if table.name:
        yield f"table {table.name}"
    schema = table.schema
    others = f"{_names('added', schema.added)}{_names('removed', schema.removed)}"
    yield f"columns  {len(schema.kept)} kept; {others}".rstrip("; ")
    for one in schema.retyped:
        yield f"         {one.column}: {one.a} -> {one.b}{'' if one.fits else ', which does not fit'}"
    yield from _rows(table.rows)
    yield from _shifts(table.shifts)


def _rows(rows: RowChanges) -> Iterator[str]:
    by = (
        f"by the key {', '.join(rows.key)} ({rows.how})"
        if rows.key
        else f"by {rows.matched_by}, since no key was found"
    )
    changed = f", {rows.changed} changed" if rows.changed is not None else ""
    yield f"rows     {rows.a} -> {rows.b} {by}"
    yield f"         {rows.same} the same{changed}, {rows.added} added, {rows.removed} removed"
    for column, count in sorted(rows.cells.items(), key=lambda item: -item[1])[:10]:
        yield f"         {column}: {count} values changed"
    for one in rows.examples:
        yield f"         for example {', '.join(one.key)}: {one.column} {one.a} -> {one.b}"


def _shifts(shifts: Sequence[Shift]) -> Iterator[str]:
    moved = [one for one in shifts if one.level != "none"]
    if shifts and not moved:
        yield f"shift    none of {len(shifts)} columns"
    for number, one in enumerate(moved):
        head = "shift   " if number == 0 else "        "
        ks = f", KS {one.ks:.3f}" if one.ks is not None else ""
        mean = (
            f", mean {one.mean_a:.6g} -> {one.mean_b:.6g}" if one.mean_a is not None and one.mean_b is not None else ""
        )
        missing = ""
        if one.missing_a != one.missing_b:
            missing = f", missing {percent(one.missing_a)} -> {percent(one.missing_b)}"
        yield f"{head} {one.column}: {one.level}, PSI {one.psi:.3f}{ks}{mean}{missing}"


def _names(word: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return f"{word} {', '.join(names[:_NAMES])}{more}; "
