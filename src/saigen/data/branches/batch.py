"""A batch of files beside what a branch holds: what is new, what is there already, which names are taken. Pure."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from saigen.data.pointer import is_inside, is_ours
from saigen.errors import SaigenError, UsageError
from saigen.text import counted, named


@dataclass(frozen=True)
class Incoming:
    """A file of a batch. `name`: its path inside the dataset. `file`: as the person called it."""

    name: str
    file: str
    md5: str
    size: int


@dataclass(frozen=True)
class Compared:
    """A batch beside a branch.

    Attributes:
        new: what the branch does not hold. known: what it holds, with the path that it holds it at.
        taken: what has other content than the file of the same name, with that path.
    """

    new: tuple[Incoming, ...]
    known: tuple[tuple[Incoming, str], ...]
    taken: tuple[tuple[Incoming, str], ...]


def names_of(files: Sequence[str | os.PathLike[str]]) -> dict[str, Path]:
    """What each file of a batch will be called: its own name, or its path below the folder that was given.

    What Git and DVC keep of their own in such a folder is left out: `saigen data pull` would refuse it.

    Raises:
        UsageError: a file is not there, nothing was given, or two files would get one name.
    """
    found: dict[str, Path] = {}
    for given in map(Path, files):
        if given.is_dir():
            below = {path.relative_to(given).as_posix(): path for path in sorted(given.rglob("*")) if path.is_file()}
            pairs = [(name, path) for name, path in below.items() if not is_ours(name)]
        elif given.is_file():
            pairs = [(given.name, given)]
        else:
            raise UsageError(f"there is no file {given}", "expected files and folders", "ls")
        for name, path in pairs:
            if name in found and not path.samefile(found[name]):
                raise UsageError(
                    f"two files would be called {name}", f"found {found[name]} and {path}", "rename one of them"
                )
            if not is_inside(name) or is_ours(name) or name.endswith(".dvc") or name == ".gitignore":
                raise UsageError(f"no data can be called {name!r}", "expected another name", "rename it")
            found[name] = path
    if not found:
        raise UsageError("there is nothing to ingest", "expected one file at least, found none", "name some files")
    return found


def compare(batch: Iterable[Incoming], target: str, held: Mapping[str, str], *, copies: bool = False) -> Compared:
    """A batch beside what a branch holds. Two files of the batch may have the same content.

    Args:
        target: path of the dataset. held: md5 of every file of the branch by its path; of the same content the first
            one is named. A name of the batch stands for `<target>/<name>`, an empty one for the target itself.
        copies: what the branch holds under another name only counts as new.
    """
    where: dict[str, str] = {}
    for path, md5 in held.items():
        where.setdefault(md5, path)
    new: list[Incoming] = []
    known: list[tuple[Incoming, str]] = []
    taken: list[tuple[Incoming, str]] = []
    for one in batch:
        path = f"{target}/{one.name}" if one.name else target
        if held.get(path) == one.md5:
            known.append((one, path))
        elif one.md5 in where and not copies:
            known.append((one, where[one.md5]))
        elif path in held:
            taken.append((one, path))
        else:
            new.append(one)
    return Compared(tuple(new), tuple(known), tuple(taken))


def require_new(compared: Compared, branch: str, *, skip_known: bool, replace: bool) -> None:
    """Refuse what is there already, and names that stand for something else.

    Raises:
        SaigenError: with each file and where its content, or its name, is.
    """
    if compared.taken and not replace:
        raise SaigenError(
            f"{counted(len(compared.taken), 'file')} would replace others on {branch}",
            "other content is at " + named(f"{path} (yours: {one.file})" for one, path in compared.taken),
            "rename them, or --replace if the newer content is the right one",
        )
    if compared.known and not skip_known:
        verb = "is" if len(compared.known) == 1 else "are"
        raise SaigenError(
            f"{counted(len(compared.known), 'file')} of {_all(compared)} {verb} on {branch} already",
            "the same content: " + named(f"{one.file} is {path}" for one, path in compared.known),
            "saigen data ingest --skip-known ...    (takes only the others; --copies: those with another name too)",
        )


def _all(compared: Compared) -> int:
    return len(compared.new) + len(compared.known) + len(compared.taken)
