"""CSV and Parquet, and the comparison of any two tables.

In CSV a value is missing where it is empty or one of MISSING, the words that R, pandas and databases write for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from saigen.data.compare.engine import Engine, Table, text
from saigen.data.compare.keys import find_key
from saigen.data.compare.result import Comparison, TableChanges
from saigen.data.compare.rows import compare_rows
from saigen.data.compare.schema import compare_schemas, kept_share
from saigen.data.compare.shift import shifts
from saigen.data.judgement import Figures

CSV = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".csv.zst", ".tsv.zst")
PARQUET = (".parquet", ".pq")
MISSING = ("", "NA", "N/A", "NaN", "nan", "NULL", "null", "None")


def load_csv(engine: Engine, path: Path, suffix: str) -> Table:
    """Take a CSV file in: its separator and types are found from all of its rows. Raises UnreadableError."""
    missing = ", ".join(map(text, MISSING))
    link = engine.link(path, suffix)
    options = f"nullstr = [{missing}], sample_size = -1, normalize_names = false"
    table = engine.load(f"read_csv({text(str(link))}, {options})", path)
    if all(name.startswith("column") and name.removeprefix("column").isdigit() for name in table.columns):
        texts = all(column.family == "text" for column in table.columns.values())
        if texts:  # nothing but texts: the first line cannot be told from the others by its types, so it is the header
            return engine.load(f"read_csv({text(str(link))}, {options}, header = true)", path)
    return table


def load_parquet(engine: Engine, path: Path) -> Table:
    """Take a Parquet file in. Raises UnreadableError."""
    return engine.load(f"read_parquet({text(str(engine.link(path, '.parquet')))})", path)


def compare_tables(engine: Engine, a: Table, b: Table, key: Sequence[str] = (), *, deep: bool = True) -> TableChanges:
    """Everything that happened to a table.

    Args:
        key: columns that recognise a row, where a person says so. deep: whether distributions are compared.
    """
    schema = compare_schemas(a, b)
    found = find_key(engine, a, b, schema.kept, key)
    rows = compare_rows(engine, a, b, schema.kept, found)
    identifiers = rows.key if len(rows.key) == 1 else ()
    columns = [name for name in schema.kept if name not in identifiers]
    return TableChanges(a.name, schema, rows, tuple(shifts(engine, a, b, columns)) if deep else ())


def table_comparison(engine: Engine, a: Table, b: Table, key: Sequence[str] = (), *, deep: bool = True) -> Comparison:
    """The comparison of two files that are one table each."""
    changes = compare_tables(engine, a, b, key, deep=deep)
    return Comparison("table", table_figures(a, changes), tables=(changes,))


def table_figures(a: Table, changes: TableChanges) -> Figures:
    """What the judgement looks at, of one table."""
    rows = changes.rows
    common = rows.a - rows.removed
    others = [name for name in changes.schema.kept if name not in rows.key]
    known = rows.changed is not None
    return Figures(
        kept_columns=kept_share(a.columns, changes.schema),
        overlap=rows.overlap,
        changed_rows=(rows.changed or 0) / common if known and common else None,
        changed_cells=sum(rows.cells.values()) / (common * len(others)) if known and common and others else None,
        matched_by=matched_by(changes),
    )


def matched_by(changes: TableChanges) -> str:
    """How rows were matched, in words."""
    key = ", ".join(changes.rows.key)
    return f"the key {key}" if key else {"position": "position"}.get(changes.rows.matched_by, "whole rows")
