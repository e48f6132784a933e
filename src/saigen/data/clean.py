"""For the script of the stage `clean`: copy what is valid, and say what was dropped."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from saigen.data.compare.engine import quoted
from saigen.data.compare.images import is_image
from saigen.data.rows import RowReader, kind_of_rows, row_reader
from saigen.data.stage import files_to_do
from saigen.errors import BlockedError
from saigen.installing import to_install

TEXTS = (".txt", ".md", ".html", ".xml")


@dataclass(frozen=True)
class Cleaned:
    """What a cleaning did. `files`, `rows`: kept of those that were looked at; `dropped`: how many, by reason."""

    source: str
    files: int
    rows: int
    dropped: tuple[tuple[str, int], ...]
    unchanged: bool = False

    def __str__(self) -> str:
        if self.unchanged:
            return f"{self.source}: nothing new"
        rows = f", {self.rows:,} rows" if self.rows else ""
        dropped = (
            "; dropped: " + ", ".join(f"{number:,} {what}" for what, number in self.dropped) if self.dropped else ""
        )
        return f"{self.source}: {self.files:,} file{'' if self.files == 1 else 's'} done{rows}{dropped}"


def clean(source: str | Path, target: str | Path, *, where: str = "true", stage: str = "clean") -> Cleaned:
    """Copy the valid part of data from a stage's input to its output; of a directory only what is new or changed.

    Dropped are rows without any value and rows for which `where` does not hold, images that cannot be opened, and texts
    without a character. Rows that stay are unchanged.

    Args:
        where: condition in SQL on the columns; those of CSV and JSON lines are texts.

    Raises:
        BlockedError: a file of rows is not what its name says, or images need Pillow, which is not installed.
    """
    top, into = Path(source), Path(target)
    todo = files_to_do(stage, {top: ""}, [into]) if top.is_dir() else {"": top}
    counts: Counter[str] = Counter()
    kept = rows = 0
    with row_reader() as reader:
        for name, file in todo.items():
            place = into / name if name else into
            found = _clean_file(reader, file, place, where, counts)
            if found is None:
                place.unlink(missing_ok=True)
            kept += found is not None
            rows += found or 0
    return Cleaned(str(source), kept, rows, tuple(sorted(counts.items())), unchanged=not todo)


def _clean_file(reader: RowReader, file: Path, target: Path, where: str, counts: Counter[str]) -> int | None:
    """Rows that were kept of a file, 0 for a file of another kind that is valid; None where nothing was."""
    if kind_of_rows(file.name):
        rows = reader.open(file)
        some = " OR ".join(f"coalesce({quoted(column)}::VARCHAR, '') <> ''" for column in rows.columns) or "false"
        total = int(reader.query(f"SELECT count(*) FROM ({rows.sql})")[0][0])  # noqa: S608
        kept = reader.write(rows, target, f"({some}) AND coalesce(({where}), false)")
        if total > kept:
            counts["rows"] += total - kept
        return kept or None
    reason = "broken images" if is_image(file.name) and _is_broken(file) else "empty texts" if _is_empty(file) else None
    if reason:
        counts[reason] += 1
        return None
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, target)
    return 0


def _is_empty(file: Path) -> bool:
    return file.suffix.lower() in TEXTS and not file.read_bytes().strip()


def _is_broken(file: Path) -> bool:
    try:
        from PIL import Image
    except ImportError as error:
        raise BlockedError(
            "images cannot be opened", "expected the package pillow, found none", to_install("pillow")
        ) from error
    try:
        with Image.open(file) as picture:
            picture.load()
    except (OSError, ValueError, SyntaxError):
        return True
    return False
