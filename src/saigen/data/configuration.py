"""What DVC's configuration says at this machine: the remotes of a checkout, and where its cache is."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from saigen.data.cache import LINKS, Cache
from saigen.data.remote import Remotes, read_remotes, read_settings
from saigen.errors import UsageError

FOLDER = ".dvc"


def configuration_texts(root: Path) -> list[str]:
    """The configuration files that hold for a checkout, in DVC's order: the later ones override the earlier."""
    return [text for _, text in _configurations(root)]


def configured_remotes(root: Path) -> Remotes:
    """The DVC remotes of a checkout. Raises UsageError where its configuration cannot be read."""
    return read_remotes(configuration_texts(root))


def configured_cache(root: Path) -> Cache:
    """DVC's cache of a checkout: `.dvc/cache`, or what the section `cache` says.

    Raises:
        UsageError: the configuration cannot be read, or the cache is not a folder.
    """
    settings: dict[str, str] = {}
    for folder, text in _configurations(root):
        options = read_settings(text).get("cache", {})
        if "dir" in options and not re.match(r"\w+://", options["dir"]):
            options["dir"] = str(folder / Path(options["dir"]).expanduser())
        settings.update(options)
    place = settings.get("dir", str(root / FOLDER / "cache"))
    if "://" in place:
        raise UsageError("the DVC cache is not a folder", f"expected a path, found {place}", "dvc cache dir .dvc/cache")
    links = tuple(link.strip() for link in settings.get("type", ",".join(LINKS)).split(",") if link.strip())
    return Cache(Path(os.path.abspath(place)), links, settings.get("shared") == "group")  # noqa: PTH100


def cache_folder(root: Path) -> Path:
    """The folder of DVC's cache of a checkout. Raises as `configured_cache` does."""
    return configured_cache(root).root


def cached_paths(folder: Path, md5: str) -> list[Path]:
    """Where DVC keeps the content with this md5 in its cache: as DVC 3 does, and as DVC 2 did."""
    cache = Cache(folder)
    return [Path(cache.path(md5)), Path(cache.path(md5, legacy=True))]


def _configurations(root: Path) -> Iterator[tuple[Path, str]]:
    """Folder and text of each configuration file, in DVC's order."""
    home, system = Path.home() / ".config", ["/etc/xdg"]
    if sys.platform == "darwin":
        home, system = Path.home() / "Library/Application Support", ["/Library/Application Support"]
    elif os.environ.get("XDG_CONFIG_DIRS"):
        system = os.environ["XDG_CONFIG_DIRS"].split(":")
    everyones = [os.environ.get("DVC_SYSTEM_CONFIG_DIR") or f"{folder}/dvc" for folder in reversed(system)]
    own = os.environ.get("DVC_GLOBAL_CONFIG_DIR") or Path(os.environ.get("XDG_CONFIG_HOME") or home) / "dvc"
    files = [Path(folder) / "config" for folder in (*everyones, own, root / FOLDER)]
    for file in (*files, root / FOLDER / "config.local"):
        try:
            yield file.parent, file.read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            continue
