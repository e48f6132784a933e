"""What is on two sides of a split: the same key or group, the same content, or nearly the same."""

# ruff: noqa: S608 - names and texts in SQL are quoted
from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from saigen.data.compare.engine import quoted
from saigen.data.legacy import content_md5
from saigen.data.rows import RowReader, as_text, kind_of_rows, row_reader
from saigen.data.split.by import By, File, Group, Key
from saigen.errors import SaigenError
from saigen.text import printable

_TEXTS = (".txt", ".md", ".json", ".html", ".xml")


@dataclass(frozen=True)
class Leak:
    """Something that two sides share. `what`: key, group, content or near-duplicate. `example`: one of `count`."""

    what: str
    sides: tuple[str, str]
    count: int
    example: str

    def __str__(self) -> str:
        return f"{self.what:<15} {self.sides[0]:<10} {self.sides[1]:<10} {self.count:>9,}  {printable(self.example)}"


class LeakError(SaigenError):
    """A split whose sides share something. `leaks` says what."""

    def __init__(self, leaks: Sequence[Leak]) -> None:
        head = f"{'what':<15} {'side':<10} {'side':<10} {'count':>9}  for example"
        super().__init__(
            "the split leaks: something is on two of its sides",
            "\n  ".join([head, *map(str, leaks)]),
            "drop it in pipeline/clean.py, split by what belongs together, or content=False where it is chance",
        )
        self.leaks = tuple(leaks)


def require_no_leak(sides: Mapping[str, Path], by: By, *, content: bool = True, near: bool = False) -> None:
    """Raises LeakError where `find_leaks` finds any."""
    if leaks := find_leaks(sides, by, content=content, near=near):
        raise LeakError(leaks)


def find_leaks(sides: Mapping[str, Path], by: By, *, content: bool = True, near: bool = False) -> list[Leak]:
    """Everything that two sides of a split share.

    Rows: the same key or group; with `content` the same values in all columns but those; with `near` also values that
    differ only in case, spaces and punctuation, or in numbers beyond three digits. Files: the same group of names, the
    same content; with `near` texts with the same words, and pictures that look the same when they are small (Pillow).

    Args:
        sides: the folder of each side. by: what the split holds together.
    """
    files = {side: sorted(path for path in folder.rglob("*") if path.is_file()) for side, folder in sides.items()}
    if isinstance(by, File):
        return list(_in_files(sides, files, by, content=content, near=near))
    return list(_in_rows(files, by, content=content, near=near))


def _in_rows(files: Mapping[str, Sequence[Path]], by: By, *, content: bool, near: bool) -> Iterator[Leak]:
    with row_reader() as reader:
        columns = _take_in(reader, files)
        known = map(str.lower, by.columns if isinstance(by, Key | Group) else ())
        free = tuple(sorted(columns.difference(known)))
        if isinstance(by, Key | Group):
            yield from _shared(reader, files, type(by).__name__.lower(), as_text(by.columns), by.columns)
        if content and free:
            yield from _shared(reader, files, "content", as_text(free), free)
        if near and free:
            yield from _shared(reader, files, "near-duplicate", _worn(free), free)


def _take_in(reader: RowReader, files: Mapping[str, Sequence[Path]]) -> set[str]:
    """Make a table of each side, named as it is, with the columns that all its files have; these, in lower case."""
    opened = {side: [reader.open(path) for path in paths if kind_of_rows(path.name)] for side, paths in files.items()}
    columns = {column.lower() for rows in opened.values() for one in rows for column in one.columns}
    for side, rows in opened.items():
        declared = ", ".join(f"{quoted(name)} VARCHAR" for name in sorted(columns) or ["nothing"])
        reader.query(f"CREATE TABLE {quoted(side)} ({declared})")
        for one in rows:
            names = ", ".join(map(quoted, one.columns))
            values = ", ".join(f"{quoted(name)}::VARCHAR" for name in one.columns)
            reader.query(f"INSERT INTO {quoted(side)} ({names}) SELECT {values} FROM ({one.sql})")
    return columns


def _shared(
    reader: RowReader, sides: Iterable[str], what: str, identity: str, columns: Sequence[str]
) -> Iterator[Leak]:
    """What two sides share of what `identity` (SQL) says of their rows. A row that says nothing is not looked at."""
    for one, other in combinations(sides, 2):
        said = [
            f"SELECT md5({identity}) AS id, any_value({as_text(columns)}) AS example FROM {quoted(side)}"
            f" WHERE trim(replace({identity}, chr(31), '')) <> '' GROUP BY 1"
            for side in (one, other)
        ]
        both = f"SELECT a.example FROM ({said[0]}) a JOIN ({said[1]}) b USING (id)"
        count, example = reader.query(f"SELECT count(*), min(example) FROM ({both})")[0]
        if count:
            yield Leak(what, (one, other), int(count), str(example).replace("\x1f", " | ")[:100])


def _worn(columns: Sequence[str]) -> str:
    """SQL: the text of a row without what makes no difference to people."""
    parts = []
    for column in columns:
        value = f"coalesce({quoted(column)}, '')"
        number = f"format('{{:.2e}}', TRY_CAST({value} AS DOUBLE))"
        words = f"trim(regexp_replace(lower({value}), '[^[:alnum:]]+', ' ', 'g'))"
        parts.append(f"coalesce({number}, {words})")
    return f"concat_ws(chr(31), {', '.join(parts)})"


def _in_files(
    sides: Mapping[str, Path], files: Mapping[str, Sequence[Path]], by: File, *, content: bool, near: bool
) -> Iterator[Leak]:
    rules: list[tuple[str, Callable[[Path, str], str | None]]] = []
    if by.group is not None:
        rules.append(("group", lambda _, name: by.identity(name, "")))
    if content:
        rules.append(("content", lambda path, _: content_md5(path)))
    if near:
        rules.append(("near-duplicate", lambda path, _: look_of(path)))
    for what, rule in rules:
        seen: dict[str, dict[str, str]] = {}
        for side, paths in files.items():
            found: defaultdict[str, list[str]] = defaultdict(list)
            for path in paths:
                name = path.relative_to(sides[side]).as_posix()
                if (identity := rule(path, name)) is not None:
                    found[identity].append(name)
            seen[side] = {identity: names[0] for identity, names in found.items()}
        for one, other in combinations(seen, 2):
            if both := seen[one].keys() & seen[other].keys():
                first = min(both)
                yield Leak(what, (one, other), len(both), f"{seen[one][first]} and {seen[other][first]}")


def look_of(path: Path) -> str | None:
    """What a picture looks like when it is small, or the words of a text; None for anything else."""
    from saigen.data.compare.images import is_image

    if is_image(path.name):
        from PIL import Image

        with Image.open(path) as picture:
            small = picture.convert("L").resize((9, 8))
            grey = list(small.tobytes())
        return "".join(
            "1" if grey[9 * row + at] < grey[9 * row + at + 1] else "0" for row in range(8) for at in range(8)
        )
    if path.name.lower().endswith(_TEXTS):
        return " ".join(re.findall(r"\w+", path.read_text(encoding="utf-8", errors="replace").lower())) or None
    return None
