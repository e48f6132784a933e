"""The merge of two contents by what they are: their bytes say it before their names do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from saigen.data.compare.jsonl import LINES
from saigen.data.compare.sqlite import MAGIC, SUFFIXES
from saigen.data.compare.table import PARQUET
from saigen.merge.delimited import merge_csv
from saigen.merge.json_lists import merge_json, merge_json_lines
from saigen.merge.lines import merge_lines
from saigen.merge.outcome import Result, UnmergeableError, unmergeable
from saigen.merge.versions import Versions
from saigen.project.branches import MergeRule

_TEXTS: dict[str, Callable[[str, bytes, bytes, bytes, MergeRule], Result]] = {
    "csv": merge_csv,
    "json": merge_json,
    "json lines": merge_json_lines,
    "lines": merge_lines,
}
_ENDS = {
    "csv": (".csv", ".tsv"),
    "json": (".json",),
    "json lines": tuple(end for end in LINES if not end.endswith(".gz")),
    "lines": (".txt", ".lst", ".list", ".gitignore", ".dvcignore"),
    "parquet": PARQUET,
    "database": SUFFIXES,
}


def kind(name: str, versions: Versions) -> str | None:
    """What the content of a file is: one of those that can be merged, else None."""
    starts = [_start(path) for path in (versions.current, versions.incoming)]
    found: str | None
    if any(start.startswith(MAGIC) for start in starts):
        found = "database"
    elif any(start.startswith(b"PAR1") for start in starts):
        found = "parquet"
    else:
        found = next((one for one, ends in _ENDS.items() if name.lower().endswith(ends)), None)
    return found


def merge_content(name: str, versions: Versions, rule: MergeRule, target: Path) -> Result | None:
    """The merge of three contents; None where they are of no kind that is merged by content.

    Args:
        name: path as people know it. target: where a merged file may be written that is no text.

    Raises:
        UnmergeableError: it cannot be done, with the reason.
    """
    if (same := _trivial(versions)) is not None:
        return Result(same)
    form = kind(name, versions)
    if form is None:
        return None
    try:
        if form in _TEXTS:
            return _TEXTS[form](name, *versions.read(), rule)
        return _merge_files(form, name, versions, rule, target)
    except UnmergeableError:
        raise
    except (OSError, ValueError, RecursionError, MemoryError, OverflowError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise unmergeable(f"{name} cannot be merged", f"expected {form}, found: {reason}") from error


def _merge_files(form: str, name: str, versions: Versions, rule: MergeRule, target: Path) -> Result:
    for path in (versions.current, versions.incoming):
        if not path.stat().st_size:
            raise unmergeable(f"{name} cannot be merged", f"expected {form}, found an empty file on one side")
    if form == "database":
        from saigen.merge.database import merge_databases

        return merge_databases(name, versions, rule, target)
    from saigen.merge.parquet import merge_parquet

    return merge_parquet(name, versions, rule, target)


def _trivial(versions: Versions) -> Path | None:
    """The side that has the merge already, where one has it: both are equal, or one is as both began."""
    if _equal(versions.current, versions.incoming) or _equal(versions.base, versions.incoming):
        return versions.current
    return versions.incoming if _equal(versions.base, versions.current) else None


def _equal(one: Path, other: Path) -> bool:
    import filecmp

    return filecmp.cmp(one, other, shallow=False)


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(16)
