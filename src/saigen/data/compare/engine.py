"""The table engine: DuckDB, in a database file that goes with the command, so that memory stays bounded."""

# ruff: noqa: S608 - names and texts in SQL are quoted by `engine.quoted` and `engine.text`
from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from saigen.errors import BlockedError
from saigen.installing import to_install

_NUMBERS = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "UHUGEINT",
)
_FRACTIONS = ("DOUBLE", "FLOAT", "DECIMAL")
_TIMES = ("DATE", "TIMESTAMP")


class UnreadableError(BlockedError):
    """A file is not what its name says."""


@dataclass(frozen=True)
class Column:
    """A column: its name, DuckDB's type of it, and how many of its values are missing."""

    name: str
    type: str
    missing: int = 0

    @property
    def family(self) -> str:
        """`number`, `time`, `boolean`, `text` or `nested`: types of one family fit each other."""
        if self.whole or self.type.startswith(_FRACTIONS):
            return "number"
        if self.type.startswith(_TIMES):
            return "time"
        if self.type == "BOOLEAN":
            return "boolean"
        nested = self.type.startswith(("STRUCT", "MAP", "UNION", "JSON")) or self.type.endswith("]")
        return "nested" if nested else "text"

    @property
    def whole(self) -> bool:
        """Whether it holds whole numbers."""
        return self.type in _NUMBERS


@dataclass(frozen=True)
class Table:
    """A table that the engine holds. `name` is its own (empty for a file's only one), `sql` the engine's, quoted."""

    name: str
    sql: str
    rows: int
    columns: Mapping[str, Column]
    key: tuple[str, ...] = field(default=())


class Engine:
    """DuckDB for one comparison."""

    def __init__(self, connection: Any, folder: Path) -> None:
        self._connection = connection
        self.folder = folder
        self._count = 0

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        found: list[tuple[Any, ...]] = self._connection.execute(query).fetchall()
        return found

    def row(self, query: str) -> tuple[Any, ...]:
        """The only row of a query."""
        return self.rows(query)[0]

    def frame(self, query: str) -> Any:
        """The rows of a query as a pandas DataFrame, for whoever has pandas."""
        return self._connection.execute(query).df()

    def load(self, source: str, path: Path, name: str = "", key: tuple[str, ...] = ()) -> Table:
        """Take a table in.

        Args:
            source: SQL of a table function. path: the file that it reads, for the message.

        Raises:
            UnreadableError: DuckDB cannot read it.
        """
        import duckdb

        self._count += 1
        sql = quoted(f"t{self._count}")
        try:
            self.rows(f"CREATE TABLE {sql} AS SELECT * FROM {source}")
        except duckdb.Error as error:
            reason = str(error).strip().splitlines()[0]
            raise UnreadableError(
                f"{path.name} cannot be read", f"expected what its name says, found: {reason}", "look at the file"
            ) from error
        described = self.rows(f"DESCRIBE {sql}")
        types = {str(column): str(type_) for column, type_, *_ in described}
        counts = ", ".join(f"count({quoted(column)})" for column in types)
        total, *present = self.row(f"SELECT count(*), {counts} FROM {sql}")
        columns = {
            column: Column(column, type_, total - found)
            for (column, type_), found in zip(types.items(), present, strict=True)
        }
        return Table(name, sql, total, columns, key)

    def link(self, path: Path, suffix: str) -> Path:
        """The file under a name that DuckDB cannot take for a pattern, with the suffix of its kind."""
        link = self.new_file(suffix)
        link.symlink_to(path.resolve())
        return link

    def new_file(self, suffix: str) -> Path:
        """A path that is not taken, in the folder that goes with the comparison."""
        self._count += 1
        return self.folder / f"file{self._count}{suffix}"


@contextmanager
def engine() -> Iterator[Engine]:
    """DuckDB with a temporary folder. It loads nothing from the network.

    Raises:
        BlockedError: it is not installed.
    """
    try:
        import duckdb
    except ImportError as error:
        raise BlockedError(
            "tables cannot be compared here", "expected the package duckdb, found none", to_install("duckdb")
        ) from error
    with tempfile.TemporaryDirectory(prefix="saigen-compare-") as name:
        folder = Path(name)
        settings: dict[str, Any] = {
            "autoinstall_known_extensions": "false",
            "temp_directory": str(folder / "spill"),
            "preserve_insertion_order": "true",
        }
        connection = duckdb.connect(str(folder / "tables.duckdb"), config=settings)
        try:
            yield Engine(connection, folder)
        finally:
            connection.close()


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"
