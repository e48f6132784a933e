"""What Git gets from its merge driver: a merged file and 0, or a conflict, its report and 1. Never anything else."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from saigen.errors import SaigenError
from saigen.git.repository import Repository
from saigen.merge.driver import HERE, merge, rules_of, write
from saigen.merge.lists import Lists
from saigen.merge.outcome import SHOWN, Result, unmergeable
from saigen.merge.report import BRIEF, conflict_report, how_to_go_on, reason_report
from saigen.merge.versions import Versions

CLEAN, CONFLICT = 0, 1
REPORTS = "saigen/conflicts"  # in Git's own folder


def answer(path: str, versions: Versions, *, server: bool = False, lists: Callable[[], Lists] | None = None) -> int:
    """Merge a file as Git asks for it, into the file of the current version.

    Args:
        path: in the repository whose top is the working directory. server: in a forge, where no data is read.
        lists: what holds the content behind pointers; by default, in a clone, its DVC project.
    """
    repository = Repository.containing(Path.cwd()) or Repository(Path.cwd())
    reach = lists or (None if server else lambda: _store(repository, path))
    try:
        with tempfile.TemporaryDirectory(prefix="saigen-merge-") as folder:
            rules = rules_of(repository, committed=server)
            result = merge(path, versions, rules, Path(folder) / "merged", reach, parse=not server)
            content = result.marked if result.is_conflict else result.content
            if content is not None:
                write(content, versions.current)
    except SaigenError as error:
        return _refused(repository, path, error, server=server)
    except Exception as error:  # whatever it is: Git is to find a conflict, and the current version as it was
        reason = unmergeable(f"{path} cannot be merged", f"{type(error).__name__}: {error}", *how_to_go_on(path)[:1])
        return _refused(repository, path, reason, server=server)
    return _told(repository, path, result, server=server)


def _store(repository: Repository, path: str) -> Lists:
    from saigen.data.project import DvcProject
    from saigen.merge.store import Store

    return Store(DvcProject.containing((repository.root / path).parent))


def _told(repository: Repository, path: str, result: Result, *, server: bool) -> int:
    _say(result.notes)
    report = None if server else _report_file(repository, path)
    if not result.is_conflict:
        if report:
            report.unlink(missing_ok=True)
        return CLEAN
    if result.differences:
        _say(conflict_report(path, result, most=BRIEF))
        _keep(report, conflict_report(path, result, most=SHOWN))
    elif server:
        _say([f"{path}: both sides changed it", f"  next: {HERE}"])
    return CONFLICT


def _refused(repository: Repository, path: str, error: SaigenError, *, server: bool) -> int:
    lines = reason_report(path, error)
    _say(lines)
    if not server:
        _keep(_report_file(repository, path), lines)
    return CONFLICT


def _report_file(repository: Repository, path: str) -> Path | None:
    folder = repository.ask("rev-parse", "--absolute-git-dir")
    return Path(folder, REPORTS, f"{path}.txt") if folder else None


def _keep(report: Path | None, lines: Sequence[str]) -> None:
    if report is None:
        return
    try:
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text("\n".join(lines) + "\n", encoding="utf-8", errors="replace")
    except OSError as error:
        _say([f"  the report cannot be kept: {error}"])
    else:
        _say([f"  report: {report}"])


def _say(lines: Sequence[str]) -> None:
    for line in lines:
        shown = line.encode("utf-8", "replace").decode("utf-8")
        print(f"saigen: {shown}", file=sys.stderr)
