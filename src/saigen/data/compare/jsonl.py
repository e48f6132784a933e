"""JSON: one record a line, a list of records, or one document, which is a table of its paths and values."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from saigen.data.compare.engine import Engine, Table, UnreadableError, text

LINES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
DOCUMENTS = (".json", ".json.gz")
_LARGEST_RECORD = 64 << 20  # bytes


def load_lines(engine: Engine, path: Path, suffix: str) -> Table:
    """Take a file of one JSON record a line in. Raises UnreadableError."""
    return _records(engine, path, suffix, "newline_delimited")


def load_json(engine: Engine, path: Path, suffix: str) -> Table:
    """Take a JSON file in: a list of objects as a table of records, anything else as a table of paths and values.

    Raises:
        UnreadableError: it is not JSON.
    """
    first = _first_characters(path, suffix)
    if first.startswith("["):
        try:
            table = _records(engine, path, suffix, "array")
        except UnreadableError:
            return _document(engine, path, suffix)
        return table if set(table.columns) != {"json"} else _document(engine, path, suffix)
    return _document(engine, path, suffix)


def load_values(engine: Engine, path: Path, name: str, columns: dict[str, str], key: tuple[str, ...] = ()) -> Table:
    """Take in a file of JSON lines whose columns and types are known. `columns`: DuckDB's type by name."""
    types = ", ".join(f"{text(column)}: {text(type_)}" for column, type_ in columns.items())
    options = f"format = 'newline_delimited', maximum_object_size = {_LARGEST_RECORD}, columns = {{{types}}}"
    return engine.load(f"read_json({text(str(path))}, {options})", path, name, key)


def _records(engine: Engine, path: Path, suffix: str, format: str) -> Table:
    link = engine.link(path, suffix)
    options = f"format = {text(format)}, sample_size = -1, maximum_object_size = {_LARGEST_RECORD}"
    return engine.load(f"read_json({text(str(link))}, {options})", path)


def _document(engine: Engine, path: Path, suffix: str) -> Table:
    try:
        content = json.loads(_read(path, suffix))
    except ValueError as error:
        raise UnreadableError(
            f"{path.name} cannot be read", f"expected JSON, found: {error}", "look at the file"
        ) from error
    lines = engine.new_file(".jsonl")
    with lines.open("w", encoding="utf-8") as file:
        for place, value in leaves(content):
            file.write(json.dumps({"path": place, "value": json.dumps(value)}) + "\n")
    return load_values(engine, lines, "", {"path": "VARCHAR", "value": "VARCHAR"}, key=("path",))


def leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Path (as in JSON Pointer: `/model/kind`) and value of everything in a document that holds nothing further."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from leaves(inner, f"{place}/{str(name).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list) and value:
        for number, inner in enumerate(value):
            yield from leaves(inner, f"{place}/{number}")
    else:
        yield place or "/", value


def _read(path: Path, suffix: str) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if suffix.endswith(".gz") else content


def _first_characters(path: Path, suffix: str) -> str:
    with gzip.open(path) if suffix.endswith(".gz") else path.open("rb") as file:
        start: bytes = file.read(4096)
    return start.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
