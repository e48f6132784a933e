"""Registered models of a folder `mlruns`, as MLflow's file store wrote them.

<root>/models/<name>/meta.yaml, tags/<key>, aliases/<alias>, version-<N>/meta.yaml, version-<N>/tags/<key>
"""

from __future__ import annotations

import re
from pathlib import Path

from saigen.track.layout import MODELS, meta_of, texts
from saigen.track.old import Broken, OldRegistered, OldVersion, version

_VERSION = re.compile(r"version-([0-9]+)")


def registered(root: Path) -> tuple[list[OldRegistered], list[Broken]]:
    """The registered models of a folder, and what cannot be read of them."""
    found, broken = list[OldRegistered](), list[Broken]()
    place = root / MODELS
    for folder in sorted(path for path in place.iterdir() if path.is_dir()) if place.is_dir() else ():
        try:
            found.append(_registered(folder, broken))
        except (OSError, ValueError) as error:
            broken.append(Broken(str(folder), str(error)))
    return found, broken


def _registered(folder: Path, broken: list[Broken]) -> OldRegistered:
    meta = meta_of(folder)
    versions = []
    for path in folder.iterdir():
        if match := _VERSION.fullmatch(path.name):
            try:
                versions.append(_version(path, int(match[1])))
            except (OSError, ValueError) as error:
                broken.append(Broken(str(path), str(error)))
    return OldRegistered(
        name=str(meta.get("name") or folder.name),
        description=str(meta.get("description") or ""),
        created=str(meta.get("creation_timestamp") or ""),
        tags=texts(folder / "tags"),
        aliases={alias: int(number) for alias, number in texts(folder / "aliases").items()},
        versions=tuple(sorted(versions, key=lambda one: one.number)),
    )


def _version(folder: Path, number: int) -> OldVersion:
    return version(meta_of(folder), number, texts(folder / "tags"))
