"""Which columns two tables share. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from saigen.data.compare.engine import Column, Table
from saigen.data.compare.result import Retyped, SchemaChanges


def compare_schemas(a: Table, b: Table) -> SchemaChanges:
    """What happened to the columns. A column without any value on one side fits every type."""
    both = [name for name in a.columns if name in b.columns]
    fitting = [name for name in both if _fit(a, b, name)]
    return SchemaChanges(
        kept=tuple(fitting),
        added=tuple(name for name in b.columns if name not in a.columns),
        removed=tuple(name for name in a.columns if name not in b.columns),
        retyped=tuple(
            Retyped(name, a.columns[name].type, b.columns[name].type, name in fitting)
            for name in both
            if a.columns[name].type != b.columns[name].type
        ),
    )


def kept_share(a: Mapping[str, Column], schema: SchemaChanges) -> float:
    """Share of A's columns that are kept; 1 where A has none."""
    return len(schema.kept) / len(a) if a else 1.0


def _fit(a: Table, b: Table, name: str) -> bool:
    one, other = a.columns[name], b.columns[name]
    return one.family == other.family or one.missing == a.rows or other.missing == b.rows
