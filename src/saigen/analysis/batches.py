"""The files of monitoring records: of each record the batches that its own commit added, verified by hash."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from saigen.analysis.question import Record
from saigen.data.content import Contents
from saigen.data.pointer import Entry, Output, parse_pointer
from saigen.git.repository import Repository

FOLDER = "monitoring"
PARTS = ("inputs", "predictions", "labels")


@dataclass(frozen=True)
class Batch:
    """One Parquet file of a record.

    Attributes:
        name: its path in its directory without the ending: rows of the same number in batches of the same name belong
            together. file: where its content is.
    """

    name: str
    file: Path


def read_batches(repository: Repository, records: Sequence[Record]) -> dict[str, list[Batch]]:
    """The batches of some records by part, in the order of the records.

    Raises:
        BlockedError: a pointer is broken, or content is nowhere. UnreachableError, NotPermittedError: the remote does
            not answer, or refuses.
    """
    contents = Contents(repository)
    names = [_name(revision, part) for one in records for revision in _states(one) for part in PARTS]
    pointers = repository.objects(names)
    found: dict[str, list[Batch]] = {part: [] for part in PARTS}
    for record in records:
        for part in PARTS:
            before, after = (_output(pointers, revision, part) for revision in _states(record))
            if after is None:
                continue
            known = set(contents.entries(before)) if before else set()
            added = [entry for entry in contents.entries(after) if entry not in known and _is_table(entry)]
            files = contents.files(after, added)
            found[part] += [Batch(_stem(entry), file) for entry, file in zip(added, files, strict=True)]
    return found


def _states(record: Record) -> tuple[str, str]:
    """The commits before and with the record."""
    return f"{record.commit}^", record.commit


def _name(revision: str, part: str) -> str:
    return f"{revision}:{_pointer(part)}"


def _pointer(part: str) -> str:
    return f"{FOLDER}/{part}.dvc"


def _output(pointers: dict[str, bytes], revision: str, part: str) -> Output | None:
    content = pointers.get(_name(revision, part))
    if content is None:
        return None
    found = parse_pointer(_pointer(part), content)
    return next((one for one in found if one.path == f"{FOLDER}/{part}" and one.is_directory), None)


def _is_table(entry: Entry) -> bool:
    return entry.path.endswith((".parquet", ".pq"))


def _stem(entry: Entry) -> str:
    return posixpath.splitext(entry.path)[0]
