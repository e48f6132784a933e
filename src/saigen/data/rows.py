"""Files of rows as they are: CSV and JSON lines by their text, Parquet by its values. Rows stay unchanged.

Types are not guessed: `007` in one month and `7` in another stay what they are, so a row's key is the same text always.
"""

# ruff: noqa: S608 - names and texts in SQL are quoted by `engine.quoted` and `engine.text`
from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saigen.data.compare.engine import UnreadableError, quoted, text
from saigen.data.compare.jsonl import LINES
from saigen.data.compare.table import PARQUET

CSV = {".csv": ",", ".csv.gz": ",", ".tsv": "\t", ".tsv.gz": "\t"}
_LINE = "__line"  # JSON lines: the row's own text, beside its fields
_CHUNK = 10_000  # rows
_LARGEST_RECORD = 64 << 20  # bytes


@dataclass(frozen=True)
class RowFile:
    """A file of rows that DuckDB reads.

    Attributes:
        columns: what the file calls each column, by the name that it has in SQL.
        sql: a SELECT of them; those of CSV and JSON lines are texts.
    """

    path: Path
    kind: str
    columns: Mapping[str, str]
    sql: str


class RowReader:
    """DuckDB for reading and writing rows. Use `row_reader()`."""

    def __init__(self, connection: Any, folder: Path) -> None:
        self.connection = connection
        self._folder = folder
        self._links = 0

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        found: list[tuple[Any, ...]] = self.connection.execute(sql).fetchall()
        return found

    def open(self, path: Path) -> RowFile:
        """A file of rows. Raises UnreadableError where it is not what its name says."""
        import duckdb

        kind = kind_of_rows(path.name)
        try:
            source, names = self._source(path, kind)
            columns = [str(row[0]) for row in self.query(f"DESCRIBE {source}")]
            return RowFile(path, kind or "", {one: names.get(one, one) for one in columns if one != _LINE}, source)
        except duckdb.Error as error:
            reason = str(error).strip().splitlines()[0]
            raise UnreadableError(
                f"{path.name} cannot be read", f"expected what its name says, found: {reason}", "look at the file"
            ) from error

    def write(self, file: RowFile, target: Path, condition: str = "true", source: str | None = None) -> int:
        """Write the rows for which a condition holds into a file of the same kind; none where no row is. Their number.

        Args:
            source: SQL to take them from in place of the file's own: a table with more columns than the file has.
        """
        import duckdb

        chosen = f"FROM ({source or file.sql}) WHERE {condition}"
        try:
            rows = int(self.query(f"SELECT count(*) {chosen}")[0][0])
            if not rows:
                return 0
            target.parent.mkdir(parents=True, exist_ok=True)
            if file.kind == "lines":
                self._write_lines(f"SELECT {_LINE} {chosen}", target)
            else:
                every = f"SELECT {', '.join(map(quoted, file.columns))} {chosen}"
                if file.kind == "csv":
                    header = ", ".join(text(name) if name else "NULL" for name in file.columns.values())
                    every = f"SELECT {header} UNION ALL {every}"
                self.connection.execute(f"COPY ({every}) TO {text(str(target))} ({_format(file)})")
        except duckdb.Error as error:
            reason = str(error).strip().splitlines()[0]
            raise UnreadableError(f"{file.path.name} cannot be split", reason, "look at the file") from error
        return rows

    def _link(self, path: Path) -> Path:
        """The file under a name in which DuckDB finds no pattern (`x[1].csv`) and no column (`year=2013/`)."""
        self._links += 1
        link = self._folder / f"{self._links}{path.suffix}"
        link.symlink_to(path.resolve())
        return link

    def _source(self, path: Path, kind: str | None) -> tuple[str, dict[str, str]]:
        """SQL of a file, and what it calls its columns where SQL may call them otherwise."""
        link = self._link(path)
        if kind == "parquet":
            return f"SELECT * FROM read_parquet({text(str(link))})", {}
        return self._lines(link) if kind == "lines" else _csv(path, link)

    def _lines(self, path: Path) -> tuple[str, dict[str, str]]:
        """SQL of JSON lines: each field as text beside the line itself; and the fields by their names in it."""
        objects = f"read_json_objects({text(str(path))}, format = 'newline_delimited', {_objects()})"
        found = [str(name) for (name,) in self.query(f"SELECT DISTINCT unnest(json_keys(json)) FROM {objects}")]
        names = _sql_names(sorted(found))
        fields = "".join(f", json->>{text(_pointer(name))} AS {quoted(column)}" for column, name in names.items())
        return f"SELECT json::VARCHAR AS {_LINE}{fields} FROM {objects}", names

    def _write_lines(self, sql: str, target: Path) -> None:
        found = self.connection.execute(sql)
        with target.open("w", encoding="utf-8") as file:
            while rows := found.fetchmany(_CHUNK):
                file.writelines(f"{line}\n" for (line,) in rows)


@contextmanager
def row_reader() -> Iterator[RowReader]:
    """DuckDB in memory, which spills to disk where it has to. It loads nothing from the network."""
    import duckdb

    settings: dict[str, Any] = {"autoinstall_known_extensions": "false", "preserve_insertion_order": "true"}
    with tempfile.TemporaryDirectory(prefix="saigen-rows-") as folder, duckdb.connect(config=settings) as connection:
        yield RowReader(connection, Path(folder))


def kind_of_rows(name: str) -> str | None:
    """`csv`, `parquet` or `lines`, by a file's name; None for what is no file of rows."""
    lower = name.lower()
    if lower.endswith(tuple(CSV)):
        return "csv"
    if lower.endswith(PARQUET):
        return "parquet"
    return "lines" if lower.endswith(tuple(end for end in LINES if not end.endswith(".gz"))) else None


def as_text(columns: Sequence[str]) -> str:
    """SQL: the text of several columns of a row, apart from each other; a missing value is an empty text."""
    parts = [f"coalesce({quoted(column)}::VARCHAR, '')" for column in columns]
    return f"concat_ws(chr(31), {', '.join(parts)})" if parts else "''"


def _csv(path: Path, link: Path) -> tuple[str, dict[str, str]]:
    """SQL of a CSV file that is read through a link, and its columns by their names in it: all of them are texts."""
    sign = _sign(path)
    names = _sql_names(_header(path, sign))
    columns = "{" + ", ".join(f"{text(column)}: 'VARCHAR'" for column in names) + "}"
    options = f"header = true, all_varchar = true, delim = {text(sign)}, quote = '\"', escape = '\"', nullstr = ''"
    return f"SELECT * FROM read_csv({text(str(link))}, {options}, auto_detect = false, columns = {columns})", names


def _header(path: Path, sign: str) -> list[str]:
    """The names of columns in a CSV file's first line."""
    import csv
    import gzip
    import io

    with gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb") as file:
        reader = csv.reader(io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline=""), delimiter=sign)
        names = next(reader, [])
    if not names or len(set(names)) < len(names):
        raise UnreadableError(
            f"{path.name} cannot be read",
            f"expected a first line with the names of columns, found {names}",
            "look at it",
        )
    return names


def _sql_names(names: Sequence[str]) -> dict[str, str]:
    """The names of columns by those that they have in SQL, which knows no empty one, and no `id` beside `ID`.

    They become `column0` and `id_1`, as in DuckDB.
    """
    found: dict[str, str] = {}
    taken = {_LINE}
    for place, name in enumerate(names):
        wanted = column = name or f"column{place}"
        number = 0
        while column.lower() in taken:
            number += 1
            column = f"{wanted}_{number}"
        taken.add(column.lower())
        found[column] = name
    return found


def _sign(path: Path) -> str:
    """What stands between the values of a CSV file."""
    return next(sign for end, sign in CSV.items() if path.name.lower().endswith(end))


def _format(file: RowFile) -> str:
    if file.kind == "parquet":
        return "FORMAT parquet"
    packed = ", COMPRESSION gzip" if file.path.name.lower().endswith(".gz") else ""
    return f"FORMAT csv, HEADER false, DELIMITER {text(_sign(file.path))}, QUOTE '\"', ESCAPE '\"', NULL ''{packed}"


def _objects() -> str:
    return f"maximum_object_size = {_LARGEST_RECORD}"


def _pointer(name: str) -> str:
    """A field as JSON Pointer."""
    return "/" + name.replace("~", "~0").replace("/", "~1")
