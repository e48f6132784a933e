"""Registered models of a folder `mlruns`, as MLflow's file store wrote them.

<root>/models/<name>/meta.yaml, tags/<key>, aliases/<alias>, version-<N>/meta.yaml, version-<N>/tags/<key>
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from saigen.track.folder import MODELS, Broken, meta_of, texts

_VERSION = re.compile(r"version-([0-9]+)")
_NO_STAGE = "None"


@dataclass(frozen=True)
class OldVersion:
    """One version of a registered model. `source` is where its files were, in any form that MLflow ever wrote."""

    number: int
    source: str
    run: str
    run_link: str
    description: str
    user: str
    created: str
    stage: str | None
    tags: Mapping[str, str]


@dataclass(frozen=True)
class OldRegistered:
    """A registered model, its versions in their order."""

    name: str
    description: str
    created: str
    tags: Mapping[str, str]
    aliases: Mapping[str, int]
    versions: tuple[OldVersion, ...]


def registered(root: Path) -> tuple[list[OldRegistered], list[Broken]]:
    """The registered models of a folder, and what cannot be read of them."""
    found, broken = list[OldRegistered](), list[Broken]()
    place = root / MODELS
    for folder in sorted(path for path in place.iterdir() if path.is_dir()) if place.is_dir() else ():
        try:
            found.append(_registered(folder, broken))
        except (OSError, ValueError) as error:
            broken.append(Broken(folder, str(error)))
    return found, broken


def _registered(folder: Path, broken: list[Broken]) -> OldRegistered:
    meta = meta_of(folder)
    versions = []
    for path in folder.iterdir():
        if match := _VERSION.fullmatch(path.name):
            try:
                versions.append(_version(path, int(match[1])))
            except (OSError, ValueError) as error:
                broken.append(Broken(path, str(error)))
    return OldRegistered(
        name=str(meta.get("name") or folder.name),
        description=str(meta.get("description") or ""),
        created=str(meta.get("creation_timestamp") or ""),
        tags=texts(folder / "tags"),
        aliases={alias: int(number) for alias, number in texts(folder / "aliases").items()},
        versions=tuple(sorted(versions, key=lambda one: one.number)),
    )


def _version(folder: Path, number: int) -> OldVersion:
    meta = meta_of(folder)
    stage = str(meta.get("current_stage") or _NO_STAGE)
    return OldVersion(
        number=number,
        source=str(meta.get("storage_location") or meta.get("source") or ""),
        run=str(meta.get("run_id") or ""),
        run_link=str(meta.get("run_link") or ""),
        description=str(meta.get("description") or ""),
        user=str(meta.get("user_id") or ""),
        created=str(meta.get("creation_timestamp") or ""),
        stage=None if stage == _NO_STAGE else stage,
        tags=texts(folder / "tags"),
    )
