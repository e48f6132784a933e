"""What recording asks of `saigen.toml`, at the start of every run: few modules, so that a training waits for little."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from saigen.errors import UsageError
from saigen.project import datasets, record
from saigen.project.record import RecordRules

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = "saigen.toml"
SECTIONS = ("project", "datasets", "record")


@dataclass(frozen=True)
class Basics:
    """One repository's name, data and rules of recording. `datasets`: name -> path relative to the root, with `/`."""

    name: str
    datasets: Mapping[str, str] = field(default_factory=dict)
    record: RecordRules = field(default_factory=RecordRules)


def read_basics(root: Path) -> Basics | None:
    """Those of the checkout at `root`; None where it has no `saigen.toml`.

    Raises:
        UsageError: the file is there, and one of these sections is wrong.
    """
    text = text_of(root)
    return None if text is None else parse_basics(text)


def parse_basics(text: str) -> Basics:
    """Those that the text of a `saigen.toml` gives. Raises UsageError with everything that is wrong in them."""
    document = parse(text)
    if found := [*no_tables(document, SECTIONS)] or [*wrong(document)]:
        raise refusal(found)
    return Basics(**values(document))


def text_of(root: Path) -> str | None:
    """The text of the checkout's `saigen.toml`; None where it has none."""
    try:
        return (root / FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def parse(text: str) -> dict[str, Any]:
    """The TOML of a text. Raises UsageError."""
    try:
        document: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise refusal([str(error)]) from error
    return document


def no_tables(document: Mapping[str, Any], sections: tuple[str, ...]) -> Iterator[str]:
    """The first of the sections that is not even a table."""
    for name in sections:
        if not isinstance(table := document.get(name, {}), dict):
            yield f"[{name}]: expected a table, found {table!r}"
            return


def wrong(document: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong in these sections, which are tables."""
    name = document.get("project", {}).get("name")
    if not isinstance(name, str) or not name.strip():
        yield "[project] name: expected a name, found none"
    yield from datasets.errors(document.get("datasets", {}))
    yield from record.errors(document.get("record", {}))


def values(document: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of these sections, which have no errors."""
    return {
        "name": document["project"]["name"],
        "datasets": datasets.read(document.get("datasets", {})),
        "record": record.read(document.get("record", {})),
    }


def refusal(errors: list[str]) -> UsageError:
    """The error that says what is wrong."""
    return UsageError(f"{FILE} is wrong", "\n  ".join(errors), f"edit {FILE}")
