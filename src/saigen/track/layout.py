"""Files and folders as MLflow's file store has them: a file a key, and `meta.yaml`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

META = "meta.yaml"
MODELS = "models"


def texts(folder: Path) -> dict[str, str]:
    """Text by key of what is a file a key. What is no text keeps its bytes, as Python names files."""
    return {key: path.read_bytes().decode("utf-8", "surrogateescape") for key, path in files(folder).items()}


def files(folder: Path) -> dict[str, Path]:
    """Files by their path below the folder, with `/`, in order. Links to folders are not followed."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            found[path.relative_to(folder).as_posix()] = path
    return dict(sorted(found.items()))


def linked_folders(folder: Path) -> list[str]:
    """Paths below the folder that are links to folders."""
    every = ((place, name) for place, names, _ in os.walk(folder) for name in names)
    links = (Path(place, name) for place, name in every if Path(place, name).is_symlink())
    return sorted(path.relative_to(folder).as_posix() for path in links)


def meta_of(folder: Path) -> dict[str, Any]:
    """What `meta.yaml` of a folder says. Raises OSError, ValueError."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = (folder / META).read_bytes().decode("utf-8")
    try:
        found = yaml.load(text, loader)  # noqa: S506 - both are safe loaders
    except yaml.YAMLError as error:
        raise ValueError(str(error).replace("\n", " ")) from error
    if isinstance(found, dict):
        return found
    raise ValueError(f"expected a mapping, found {type(found).__name__}")


def folders(folder: Path) -> list[Path]:
    """Folders in a folder, by name; hidden ones are somebody else's."""
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    except (FileNotFoundError, NotADirectoryError):
        return []
