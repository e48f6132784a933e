"""Where the content behind pointers is: what a merge asks of a clone, and the part of it that a forge may give."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from saigen.data.pointer import Entry, Output, render_directory


class Lists(Protocol):
    """The lists of directories (`.dir` objects): all that their union needs."""

    def entries(self, output: Output) -> list[Entry]:
        """The files of a directory. Raises SaigenError where they are not to be had."""

    def keep(self, content: bytes | Path, end: str = "") -> str:
        """Take in an object; its md5, with `end` behind it (`.dir` for a list). Raises SaigenError."""

    def size(self, md5: str) -> int | None:
        """Bytes of an object, where that is known without fetching it."""


@runtime_checkable
class Files(Lists, Protocol):
    """Files as well: rows can be merged."""

    def file(self, output: Output) -> Path:
        """A file with the content of an output. Raises SaigenError where it is nowhere, or damaged."""


def keep_list(lists: Lists, entries: Sequence[Entry]) -> str:
    """Take in the list of a directory; its md5 as a pointer says it."""
    return lists.keep(render_directory(entries), ".dir")
