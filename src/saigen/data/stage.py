"""For scripts of DVC stages: what a stage reads, and which of it changed since it ran the last time.

A stage's script need not do everything again where only some files of a directory are new. What it made the last time
stays in place where `dvc.yaml` says `persist: true`, and `files_to_do` names the files that are not done yet.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from saigen.data.configuration import configured_cache
from saigen.data.hashing import Hashes
from saigen.data.pointer import LOCK, STAGES, Output, parse_directory
from saigen.errors import UsageError


@dataclass(frozen=True)
class _Locked:
    """What a stage was the last time: hash by path of what it read and made, its command, parameters by file."""

    reads: Mapping[str, str]
    makes: Mapping[str, str]
    command: Any
    parameters: Mapping[str, Mapping[str, Any]]


def inputs_of(stage: str, root: Path | None = None) -> list[Path]:
    """The directories and files of data that a stage reads: its dependencies in `dvc.yaml` below `data/`."""
    declared = _declared(root or Path.cwd(), stage)
    return [Path(path) for path in declared.get("deps") or () if str(path).startswith("data/")]


def files_to_do(
    stage: str, sources: Mapping[str | Path, str], targets: Sequence[str | Path], root: Path | None = None
) -> dict[str, Path]:
    """The files that a stage has to do, because they are new or changed, or it did them otherwise: name -> file.

    What came of the other files is in the targets and stays there; everything else in them is removed. All files are to
    do where the script, its command or its parameters changed, and where it is not known what was done the last time.

    Args:
        sources: directories or files that the stage reads, and what their files' names begin with:
            `{"data/x": "birds"}` gives `birds/1.csv`, `{"data/x": ""}` gives `1.csv`.
        targets: directories that it makes, where what comes of a file has the file's name.
        root: the folder with `dvc.yaml`; the current one if None.

    Raises:
        UsageError: two files of the sources get the same name.
    """
    top = root or Path.cwd()
    hashes = Hashes()
    prefixes = {Path(source).as_posix(): prefix for source, prefix in sources.items()}
    locked = _locked(top, stage)
    now = _present(top, prefixes, hashes)
    made = {Path(target).as_posix(): _listed(top, locked.makes.get(Path(target).as_posix())) for target in targets}
    before: dict[str, str] = {}
    if _is_same_work(top, stage, prefixes.keys(), locked, hashes) and None not in made.values():
        for source, prefix in prefixes.items():
            before |= _read_before(top, prefix, source, locked)
    same = {name for name, (_, md5) in now.items() if before.get(name) == md5}
    for target, listed in made.items():
        there = {entry.path: entry.md5 for entry in hashes.folder(top / target)} if (top / target).is_dir() else {}
        same -= {name for name, md5 in (listed or {}).items() if there.get(name) != md5}
    for target, listed in made.items():
        _keep(top / target, {name for name in listed or {} if name in same})
    return {name: now[name][0] for name in sorted(now.keys() - same)}


def _present(root: Path, prefixes: Mapping[str, str], hashes: Hashes) -> dict[str, tuple[Path, str]]:
    """Every file of the sources and its md5, by its name. Raises UsageError where two have the same."""
    found: dict[str, tuple[Path, str]] = {}
    for source, prefix in prefixes.items():
        for path, file, md5 in _hashed(root / source, hashes):
            name = _name(prefix, path)
            if name in found:
                raise UsageError(
                    f"two files are called {name}",
                    f"expected one, found {found[name][0]} and {file}",
                    "give one of them another name",
                )
            found[name] = file, md5
    return found


def _hashed(source: Path, hashes: Hashes) -> list[tuple[str, Path, str]]:
    """Path in a directory (the name of a single file), file and md5 of all that a source holds."""
    if not source.is_dir():
        return [(source.name, source, hashes.file(source))]
    return [(entry.path, source / entry.path, entry.md5) for entry in hashes.folder(source)]


def _read_before(root: Path, prefix: str, source: str, locked: _Locked) -> dict[str, str]:
    """The md5 of every file of a source the last time, by its name; empty where that is not known."""
    md5 = locked.reads.get(source, "")
    if not md5.endswith(".dir"):
        return {_name(prefix, Path(source).name): md5}
    return {_name(prefix, path): one for path, one in (_listed(root, md5) or {}).items()}


def _name(prefix: str, path: str) -> str:
    return f"{prefix}/{path}" if prefix else path


def _is_same_work(root: Path, stage: str, sources: Set[str], locked: _Locked, hashes: Hashes) -> bool:
    """Whether the stage would do the same to the same file: same command, parameters and everything else it reads.

    Other directories of data do not count: each is done by itself.
    """
    declared = _declared(root, stage)
    others = {str(path) for path in declared.get("deps") or ()} - sources
    if locked.command != declared.get("cmd") or others - locked.reads.keys():
        return False
    others -= {path.as_posix() for path in inputs_of(stage, root) if (root / path).is_dir()}
    if any(locked.reads[path] != hashes.output(root, Output(path, STAGES, None)) for path in others):
        return False
    return all(_parameters(root / file, said) == dict(said) for file, said in locked.parameters.items())


def _parameters(file: Path, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The present values of parameters in a YAML file, by their dotted names."""
    document = yaml.safe_load(file.read_bytes()) if file.exists() else {}
    found = {}
    for name in wanted:
        value = document
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        found[name] = value
    return found


def _locked(root: Path, stage: str) -> _Locked:
    file = root / LOCK
    document = yaml.safe_load(file.read_bytes()) if file.exists() else {}
    body = ((document or {}).get("stages") or {}).get(stage) or {}
    reads, makes = (
        {str(one["path"]): str(one.get("md5")) for one in body.get(kind) or ()} for kind in ("deps", "outs")
    )
    return _Locked(reads, makes, body.get("cmd"), body.get("params") or {})


def _declared(root: Path, stage: str) -> Mapping[str, Any]:
    """What `dvc.yaml` says of a stage; nothing, where a script runs outside of any."""
    file = root / STAGES
    document = yaml.safe_load(file.read_bytes()) if file.exists() else {}
    found: Mapping[str, Any] = ((document or {}).get("stages") or {}).get(stage) or {}
    return found


def _listed(root: Path, md5: str | None) -> dict[str, str] | None:
    """The files of a directory that was read or made the last time; None where the cache does not tell."""
    content = configured_cache(root).read(md5) if md5 and md5.endswith(".dir") else None
    return {entry.path: entry.md5 for entry in parse_directory(content)} if content is not None else None


def _keep(folder: Path, kept: set[str]) -> None:
    """Remove every file of a folder but these, and folders that are empty then."""
    for path in _walked(folder):
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.relative_to(folder).as_posix() not in kept:
            path.unlink()
    folder.mkdir(parents=True, exist_ok=True)


def _walked(folder: Path) -> Iterator[Path]:
    """Everything below a folder, what is inside before the folder itself."""
    for here, folders, files in os.walk(folder, topdown=False):
        yield from (Path(here, name) for name in (*files, *folders))
