"""Write the three sides of data, of a directory only what is new, and refuse a split that leaks."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from saigen.data.legacy import content_md5
from saigen.data.rows import RowReader, kind_of_rows, row_reader
from saigen.data.split.by import SIDES, By, File, Shares, side_of, side_sql, unplaced_sql
from saigen.data.split.leaks import require_no_leak
from saigen.data.stage import files_to_do
from saigen.errors import SaigenError, UsageError

_SIDE = "__side"


@dataclass(frozen=True)
class SplitReport:
    """What a split wrote. `rows`: by side, of the files that were done now (files, where whole files are split)."""

    files: int
    rows: tuple[tuple[str, int], ...]

    def __str__(self) -> str:
        if not self.files:
            return "nothing new to split"
        total = sum(number for _, number in self.rows) or 1
        sides = ", ".join(f"{side} {number:,} ({number / total:.1%})" for side, number in self.rows)
        return f"{self.files:,} file{'' if self.files == 1 else 's'} split: {sides}"


def split(
    sources: str | Path | Sequence[str | Path],
    target: str | Path,
    *,
    by: By,
    seed: int = 0,
    shares: Shares | None = None,
    near: bool = False,
    content: bool = True,
    stage: str = "split",
) -> SplitReport:
    """Split data into `<target>/train`, `<target>/validation` and `<target>/test`, and look for leaks between them.

    CSV, JSON lines and Parquet are split row by row, unless `by` is a File; rows stay as they are. Files of directories
    that were split before by the same script are left alone. A row's side depends on the seed and on what identifies it
    only, so that none changes sides when data is added.

    Args:
        sources: directories or files; the files of a directory `data/clean/x` come to `<target>/<side>/x/...`.
        by: what belongs together. seed, shares: not used by Time.
        near: also look for rows and files that are nearly the same (see `find_leaks`). content: whether the same
            content on two sides is a leak: switch it off where rows are the same by chance.
        stage: name of the stage in `dvc.yaml` whose script this is.

    Raises:
        LeakError: something is on two sides. SaigenError: rows have no key or time. UsageError: columns are missing, or
            two sources hold files of one name.
    """
    every = [Path(source) for source in ([sources] if isinstance(sources, str | Path) else sources)]
    folders = [Path(target, side) for side in SIDES]
    todo = files_to_do(stage, {source: source.name if source.is_dir() else "" for source in every}, folders)
    rule = _Rule(by, seed, shares or Shares(), Path(target))
    counts: Counter[str] = Counter(dict.fromkeys(SIDES, 0))
    with row_reader() as reader:
        for name, file in todo.items():
            if isinstance(by, File) or not kind_of_rows(file.name):
                counts[_place_file(rule, name, file)] += 1
            else:
                counts.update(_place_rows(reader, rule, name, file))
    require_no_leak(dict(zip(SIDES, folders, strict=True)), by, content=content, near=near)
    return SplitReport(len(todo), tuple((side, counts[side]) for side in SIDES))


@dataclass(frozen=True)
class _Rule:
    """How a split decides, and where it writes."""

    by: By
    seed: int
    shares: Shares
    target: Path


def _place_file(rule: _Rule, name: str, file: Path) -> str:
    by = rule.by
    if not isinstance(by, File):
        raise UsageError(
            f"{name} has no rows",
            f"expected CSV, JSON lines or Parquet for {type(by).__name__}",
            "File() for whole files",
        )
    side = side_of(rule.seed, by.identity(name, content_md5(file)), rule.shares)
    place = rule.target / side / name
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, place)
    return side


def _place_rows(reader: RowReader, rule: _Rule, name: str, file: Path) -> dict[str, int]:
    by = rule.by
    assert not isinstance(by, File)  # noqa: S101 - the caller asked
    rows = reader.open(file)
    if missing := [column for column in by.columns if column not in rows.columns]:
        raise UsageError(
            f"{name} has no column {', '.join(missing)}",
            f"expected it, found {', '.join(rows.columns)}",
            "edit the script",
        )
    unplaced = int(reader.query(f"SELECT count(*) FROM ({rows.sql}) WHERE {unplaced_sql(by)}")[0][0])  # noqa: S608
    if unplaced:
        raise SaigenError(
            f"{unplaced:,} rows of {name} have no side",
            f"expected a value in {', '.join(by.columns)} that can be read, found none",
            "drop them in pipeline/clean.py",
        )
    source = f"SELECT *, {side_sql(by, tuple(rows.columns), rule.seed, rule.shares)} AS {_SIDE} FROM ({rows.sql})"  # noqa: S608
    return {side: reader.write(rows, rule.target / side / name, f"{_SIDE} = '{side}'", source) for side in SIDES}
