"""The files of a run or a logged model: what the folder has, what the server has, and the way from one to the other."""

from __future__ import annotations

import filecmp
import hashlib
import os
import posixpath
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from saigen.text import named
from saigen.track.kept import Kept, unwritable
from saigen.track.layout import files, linked_folders
from saigen.track.names import KEPT
from saigen.track.old import Logged
from saigen.track.target import Refused, Target

HASHED = 64 * 1024  # bytes; what is not larger is read back and compared
_ASIDE = posixpath.dirname(KEPT) + "/files"


@dataclass(frozen=True)
class OldFiles:
    """The files that belong to a run or model. `left` says why there are none, where there should be some."""

    files: dict[str, Path]
    left: str | None = None


def find(of: Logged, roots: Sequence[Path]) -> OldFiles:
    """The files in the folder `artifacts` beside what was logged or, where there is none, at the place that is said.

    Args:
        roots: folders outside of which nothing is taken, whatever a link or a meta.yaml says: it is somebody
            else's, and what is brought is for everyone to see.
    """
    real = [root.resolve() for root in roots]
    folder = of.beside / "artifacts" if of.beside else None
    if folder is None or not folder.is_dir():
        uri = of.artifact_uri
        if not uri:
            return OldFiles({})
        parts = urlsplit(uri)
        if parts.scheme not in {"", "file"}:
            return OldFiles({}, f"its files are at {uri}, and not taken from there")
        folder = Path(unquote(parts.path) if parts.scheme else uri)
        if not folder.is_dir():
            return OldFiles({})
        if not _within(folder, real):
            return OldFiles({}, f"its files are at {folder}: --artifacts {folder} takes them from there")
    found = files(folder)
    inside = {path: file for path, file in found.items() if file.is_file() and _within(file, real)}
    outside = [*sorted(found.keys() - inside.keys()), *linked_folders(folder)]
    return OldFiles(inside, f"these are links out of the folder, or to folders: {named(outside)}" if outside else None)


def _within(path: Path, roots: Sequence[Path]) -> bool:
    real = path.resolve()
    return any(real.is_relative_to(root) for root in roots)


def remote(target: Target, uri: str) -> Any:
    """MLflow's access to the files at an artifact URI of the server."""
    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    return target.ask("artifacts", get_artifact_repository, uri, tracking_uri=target.uri)


def listing(target: Target, repository: Any, path: str | None = None) -> dict[str, int | None]:
    """Size by path of every file on the server, or of those below a path; None where the server does not say it."""
    found: dict[str, int | None] = {}
    for one in target.ask("artifacts", repository.list_artifacts, path):
        if not one.is_dir:
            found[one.path] = int(one.file_size or 0)
        elif below := listing(target, repository, one.path):
            found.update(below)
        else:  # MLflow's client lists nothing where a folder holds one file, of the folder's own name
            found[f"{one.path}/{posixpath.basename(one.path)}"] = None
    return found


def upload(target: Target, repository: Any, old: Mapping[str, Path], there: Mapping[str, int | None]) -> list[Kept]:
    """Send what is not there in its size; what has another path on the server than in the folder."""
    kept = []
    for path, file in old.items():
        why = unwritable(path)
        place = path if why is None else aside(path)
        if there.get(place) != file.stat().st_size:
            try:
                _send(target, repository, file, place)
            except Refused as refusal:
                why, place = str(refusal), aside(path)
                _send(target, repository, file, place)
        if why is not None:
            kept.append(Kept("artifact", path, place, why))
    return kept


def aside(path: str) -> str:
    """Where a file is kept whose own path the server does not take."""
    return f"{_ASIDE}/{hashlib.sha256(os.fsencode(path)).hexdigest()[:32]}"


def _send(target: Target, repository: Any, file: Path, path: str) -> None:
    folder, name = posixpath.split(path)
    if file.name == name:
        target.ask(f"artifact {path}", repository.log_artifact, str(file), folder or None)
        return
    with tempfile.TemporaryDirectory() as place:  # MLflow takes the name from the file
        link = Path(place, name)
        link.symlink_to(file.resolve())
        target.ask(f"artifact {path}", repository.log_artifact, str(link), folder or None)


def differing(target: Target, repository: Any, old: Mapping[str, Path]) -> list[str]:
    """Paths of the folder's files that the server does not have in their size and, where they are small, content."""
    there = listing(target, repository)
    wrong = []
    for path, file in old.items():
        size = file.stat().st_size
        place = next((one for one in (path, aside(path)) if one in there and there[one] in {size, None}), None)
        look = place is not None and (size <= HASHED or there[place] is None)
        if place is None or (look and not _same(target, repository, place, file)):
            wrong.append(path)
    return wrong


def _same(target: Target, repository: Any, path: str, file: Path) -> bool:
    with tempfile.TemporaryDirectory() as place:
        got = target.ask(f"artifact {path}", repository.download_artifacts, path, place)
        return filecmp.cmp(got, file, shallow=False)
