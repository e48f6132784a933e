"""What `git status` says of a working tree, and which of its files a recording takes. Pure."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from saigen.project import RecordRules
from saigen.record.secrets import is_secret_file

LARGEST_CHANGE = 100_000_000  # bytes of a tracked file: what public forges take at most
_CODE = frozenset(
    {
        ".bash",
        ".c",
        ".cc",
        ".cfg",
        ".cpp",
        ".cu",
        ".cuh",
        ".h",
        ".hpp",
        ".ini",
        ".ipynb",
        ".jl",
        ".js",
        ".json",
        ".jsonl",
    }
    | {".md", ".proto", ".py", ".pyi", ".pyx", ".r", ".rs", ".sh", ".sql", ".toml", ".ts", ".txt", ".yaml", ".yml"}
)
# What tracking tools write beside a training: results, not what it is made of.
_RESULTS = frozenset({"mlruns", "mlartifacts", "mlflow.db", "__pycache__", ".ipynb_checkpoints", ".saigen"})


class Change(NamedTuple):
    """A tracked file that differs from HEAD; `mode` and `id` are those of HEAD, None where it is new."""

    path: str
    mode: str | None
    id: str | None


class Status(NamedTuple):
    """A working tree against its HEAD.

    Attributes:
        head: id of the commit; None before the first. branch: None on a detached HEAD.
        changes: files that differ. untracked: files that are neither tracked nor ignored.
        nested: folders with a repository of their own. dirty: submodules with changes that no commit holds.
    """

    head: str | None = None
    branch: str | None = None
    changes: tuple[Change, ...] = ()
    untracked: tuple[str, ...] = ()
    nested: tuple[str, ...] = ()
    dirty: tuple[str, ...] = ()


class Candidate(NamedTuple):
    """An untracked file: path, bytes, and whether it can be read and is a file or a link."""

    path: str
    size: int
    usable: bool = True


class Choice(NamedTuple):
    """Paths to take, and what is left out with the reason: `big.csv (12.0 MB)`."""

    taken: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def parse(answer: bytes) -> Status:
    """The answer to `saigen.record.asking.STATUS`. The format: git-status(1), "Porcelain Format Version 2"."""
    head: str | None = None
    branch: str | None = None
    changes: list[Change] = []
    untracked: list[str] = []
    nested: list[str] = []
    dirty: list[str] = []
    for line in map(os.fsdecode, answer.split(b"\0")):
        kind, _, rest = line.partition(" ")
        if kind == "#" and rest.startswith("branch.oid "):
            name = rest.removeprefix("branch.oid ")
            head = None if name == "(initial)" else name
        elif kind == "#" and rest.startswith("branch.head "):
            name = rest.removeprefix("branch.head ")
            branch = None if name == "(detached)" else name
        elif kind == "1":
            _, submodule, mode, _, _, id_, _, path = rest.split(" ", 7)
            changes.append(_change(path, mode, id_))
            if submodule[0] == "S" and {"M", "U"} & set(submodule[2:]):
                dirty.append(path)
        elif kind == "u":
            changes.append(Change(rest.split(" ", 9)[9], None, None))
        elif kind == "?":
            (nested if rest.endswith("/") else untracked).append(rest.rstrip("/"))
    return Status(head, branch, tuple(changes), tuple(untracked), tuple(nested), tuple(dirty))


def choose(files: Iterable[Candidate], rules: RecordRules) -> Choice:
    """Which untracked files a recording takes: code first, then by size and path, within the limits.

    The same files give the same choice in whichever order they come.
    """
    taken: list[str] = []
    left_out: list[str] = []
    total = 0
    for file in sorted(files, key=lambda one: (not _is_code(one.path), one.size, one.path)):
        if is_result(file.path):
            continue
        reason = _reason(file, len(taken), total, rules)
        if reason is None:
            taken.append(file.path)
            total += file.size
        else:
            left_out.append(f"{file.path} ({reason})")
    return Choice(tuple(sorted(taken)), tuple(sorted(left_out)))


def is_result(path: str) -> bool:
    """Whether a path is what a tracking tool wrote beside the training."""
    return bool(_RESULTS & set(path.split("/")))


def without_environments(untracked: Sequence[str]) -> tuple[list[str], list[str]]:
    """The untracked paths outside of virtual environments, and the folders of these environments."""
    folders = sorted(posixpath.dirname(path) for path in untracked if posixpath.basename(path) == "pyvenv.cfg")
    prefixes = tuple(f"{folder}/" for folder in folders if folder)
    return [path for path in untracked if not prefixes or not path.startswith(prefixes)], folders


def megabytes(size: int) -> str:
    """Bytes for people."""
    return f"{size / 1e6:.1f} MB"


def _change(path: str, mode: str, id_: str) -> Change:
    return Change(path, None, None) if mode == "000000" else Change(path, mode, id_)


def _reason(file: Candidate, count: int, total: int, rules: RecordRules) -> str | None:
    if is_secret_file(file.path):
        return "its name is that of a secret"
    if not file.usable:
        return "it cannot be read"
    if file.size > rules.largest_file:
        return megabytes(file.size)
    if count >= rules.most_files:
        return f"more than {rules.most_files} files"
    if total + file.size > rules.largest_total:
        return f"more than {megabytes(rules.largest_total)} together"
    return None


def _is_code(path: str) -> bool:
    return posixpath.splitext(path)[1].lower() in _CODE or "." not in posixpath.basename(path)
