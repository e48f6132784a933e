"""Files that a service or a person hands in, checked and converted: one Parquet file each."""

# ruff: noqa: S608 - names and texts in SQL are quoted by `engine.quoted` and `engine.text`
from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from saigen.data.compare.engine import Engine, Table, engine, quoted, text
from saigen.data.compare.kinds import kind_of, load_table
from saigen.errors import SaigenError, UsageError
from saigen.project import MonitorRules

KINDS = ("csv", "parquet", "lines", "json")
_VALUE = {"predictions": "prediction", "labels": "label"}  # part -> setting with the name of its column


@dataclass(frozen=True)
class Batch:
    """Converted files by part, how many rows each has, and the columns that recognise a row (none: their place)."""

    files: Mapping[str, Path]
    rows: Mapping[str, int]
    key: tuple[str, ...]


def convert(given: Mapping[str, Path], rules: MonitorRules, key: Sequence[str], folder: Path) -> Batch:
    """Read files by part, check that they belong together, and write each as Parquet into `folder`.

    Args:
        key: columns that recognise a row, where they are said for this batch; else those of the rules, where the files
            have them.

    Raises:
        UsageError: a file is missing, of an unknown kind, or lacks a column. SaigenError: rows do not belong together.
        BlockedError: a file cannot be read.
    """
    with ExitStack() as stack:
        database = stack.enter_context(engine())
        tables = {part: _load(database, part, path) for part, path in given.items()}
        chosen = tuple(key) or _usual_key(rules, tables)
        for part, table in tables.items():
            _require_key(database, part, table, chosen)
            if part in _VALUE:
                value_column(part, table.columns, chosen, rules)
        _require_same_rows(database, tables, chosen)
        files = {}
        for part, table in tables.items():
            files[part] = folder / f"{part}.parquet"
            database.rows(f"COPY {table.sql} TO {text(str(files[part]))} (FORMAT parquet, COMPRESSION zstd)")
    return Batch(files, {part: table.rows for part, table in tables.items()}, chosen)


def value_column(
    part: str, columns: Sequence[str] | Mapping[str, object], key: Sequence[str], rules: MonitorRules
) -> str:
    """The column that holds what a part is about: the one the settings name, or the only one beside the key.

    Raises:
        UsageError: it is not clear which.
    """
    setting = _VALUE[part]
    usual = str(getattr(rules, setting))
    left = [name for name in columns if name not in key]
    if usual in left:
        return usual
    if len(left) == 1:
        return left[0]
    raise UsageError(
        f"it is not clear which column of the {part} is the {setting}",
        f"expected one called {usual!r}, or only one beside the key, found {', '.join(left) or 'none'}",
        f"rename it, or name it in saigen.toml: [monitor] {setting} = ...",
    )


def _load(database: Engine, part: str, path: Path) -> Table:
    if not path.is_file():
        raise UsageError(f"there is no file {path}", f"expected the {part}", "ls")
    if kind_of(path.name, path) not in KINDS:
        raise UsageError(
            f"{path.name} is of no kind that can be recorded", "expected CSV, JSONL, JSON or Parquet", "convert it"
        )
    table = load_table(database, path.name, path)
    if not table.rows:
        raise UsageError(f"{path.name} is empty", "expected one row at least, found none", "look at the file")
    return table


def _usual_key(rules: MonitorRules, tables: Mapping[str, Table]) -> tuple[str, ...]:
    has = all(set(rules.key) <= set(table.columns) for table in tables.values())
    return rules.key if has else ()


def _require_key(database: Engine, part: str, table: Table, key: Sequence[str]) -> None:
    if missing := [name for name in key if name not in table.columns]:
        raise UsageError(
            f"the {part} have no column {missing[0]!r}",
            f"expected the key {', '.join(key)}, found {', '.join(table.columns)}",
            "--key COLUMN, or add it",
        )
    if not key:
        return
    names = ", ".join(map(quoted, key))
    present = " AND ".join(f"{quoted(name)} IS NOT NULL" for name in key)
    query = f"SELECT count(*) FROM (SELECT DISTINCT {names} FROM {table.sql} WHERE {present})"
    (distinct,) = database.row(query)
    if distinct != table.rows:
        raise SaigenError(
            f"{', '.join(key)} does not recognise the rows of the {part}",
            f"expected {table.rows:,} different values, none missing, found {distinct:,}",
            "choose another key, or drop what is there twice",
        )


def _require_same_rows(database: Engine, tables: Mapping[str, Table], key: Sequence[str]) -> None:
    """With a key, each prediction has its input; without one, all files have the same number of rows."""
    if not key:
        counts = {part: table.rows for part, table in tables.items()}
        if len(set(counts.values())) > 1:
            found = ", ".join(f"{rows:,} {part}" for part, rows in counts.items())
            raise SaigenError(
                "the files do not have the same number of rows",
                f"without a key rows belong together by their place; found {found}",
                "--key COLUMN, or complete the files",
            )
        return
    if "inputs" in tables and "predictions" in tables:
        inputs, predictions = tables["inputs"], tables["predictions"]
        names = ", ".join(map(quoted, key))
        sides = [f"SELECT {names} FROM {table.sql}" for table in (inputs, predictions)]
        (alone,) = database.row(
            f"SELECT count(*) FROM (({sides[0]} EXCEPT {sides[1]}) UNION ALL ({sides[1]} EXCEPT {sides[0]}))"
        )
        if alone:
            raise SaigenError(
                "inputs and predictions are not of the same rows",
                f"{alone:,} values of {', '.join(key)} are in one of them only",
                "complete the files",
            )
