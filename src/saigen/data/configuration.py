"""What DVC's configuration says at this machine: the remotes of a checkout, and where its cache is."""

from __future__ import annotations

import configparser
import os
from pathlib import Path

from saigen.data.remote import Remotes, read_remotes

FOLDER = ".dvc"


def configuration_texts(root: Path) -> list[str]:
    """The configuration files that hold for a checkout, in DVC's order: the later ones override the earlier."""
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    system = [Path(folder) / "dvc" / "config" for folder in os.environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":")]
    own = [root / FOLDER / "config", root / FOLDER / "config.local"]
    return [
        path.read_text(encoding="utf-8")
        for path in (*reversed(system), home / "dvc" / "config", *own)
        if path.is_file()
    ]


def configured_remotes(root: Path) -> Remotes:
    """The DVC remotes of a checkout. Raises UsageError where its configuration cannot be read."""
    return read_remotes(configuration_texts(root))


def cache_folder(root: Path) -> Path:
    """DVC's cache of a checkout: `.dvc/cache`, or what `cache.dir` says."""
    chosen: str | None = None
    for path in (root / FOLDER / "config", root / FOLDER / "config.local"):
        parser = configparser.RawConfigParser(strict=False)
        if path.is_file():
            parser.read_string(path.read_text(encoding="utf-8"))
        chosen = parser.get("cache", "dir", fallback=chosen)
    return (root / FOLDER / (chosen or "cache")).resolve()


def cached_paths(folder: Path, md5: str) -> list[Path]:
    """Where DVC keeps the content with this md5 in its cache: as DVC 3 does, and as DVC 2 did."""
    return [folder / "files" / "md5" / md5[:2] / md5[2:], folder / md5[:2] / md5[2:]]
