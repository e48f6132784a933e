"""The DVC project that a folder belongs to: its configuration, its cache, and the pointers in its working tree."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from saigen.data.cache import LINKS, Cache
from saigen.data.pointer import LOCK, STAGES, Output, is_pointer, read_outputs
from saigen.data.remote import Remotes, read_remotes, read_settings
from saigen.errors import BlockedError, UsageError
from saigen.git.repository import GitError, Repository

_FOLDER = ".dvc"


@dataclass(frozen=True)
class DvcProject:
    """One DVC project. `root` is the folder that holds `.dvc`."""

    root: Path
    remotes: Remotes
    cache: Cache

    @classmethod
    def containing(cls, folder: Path) -> DvcProject:
        """The project that `folder` is in.

        Raises:
            BlockedError: it is in none. UsageError: DVC's configuration cannot be read.
        """
        start = folder.absolute()
        root = next((one for one in (start, *start.parents) if (one / _FOLDER).is_dir()), None)
        if root is None:
            raise BlockedError(
                f"{folder} is not in a DVC project", f"expected a folder {_FOLDER} above it, found none", "dvc init"
            )
        texts = list(_configurations(root))
        return cls(root, read_remotes(text for _, text in texts), _cache(root, texts))

    def outputs(self) -> list[Output]:
        """What the pointers of the working tree say, committed or not. Raises BlockedError where one is broken."""
        paths = [path for path in self._tracked_or_new() if not self._in_other_project(path)]
        files: dict[str, bytes] = {}
        for path in paths:
            try:
                files[path] = (self.root / path).read_bytes()
            except (FileNotFoundError, IsADirectoryError):
                continue  # deleted in the working tree
        return read_outputs(files)

    def _tracked_or_new(self) -> list[str]:
        patterns = ["*.dvc", LOCK, f"*/{LOCK}", STAGES, f"*/{STAGES}"]
        command = ("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate", "--", *patterns)
        try:
            listed = Repository(self.root).run_bytes(*command)
        except GitError:
            return sorted(self._walked())  # not in Git
        return [path for path in map(os.fsdecode, listed.split(b"\0")) if path and _read(path)]

    def _walked(self) -> Iterator[str]:
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders if name not in {".git", _FOLDER}]
            for name in names:
                path = Path(folder, name).relative_to(self.root).as_posix()
                if _read(path):
                    yield path

    def _in_other_project(self, path: str) -> bool:
        return any((self.root / above / _FOLDER).is_dir() for above in PurePosixPath(path).parents if above.name)


def _read(path: str) -> bool:
    return is_pointer(path) or path.rpartition("/")[2] == STAGES


def _configurations(root: Path) -> Iterator[tuple[Path, str]]:
    """Folder and text of each configuration file, in DVC's order: the later overrides the earlier."""
    mine, everyones = Path.home() / ".config", Path("/etc/xdg")
    if sys.platform == "darwin":
        mine, everyones = Path.home() / "Library/Application Support", Path("/Library/Application Support")
    places = [
        Path(os.environ.get("DVC_SYSTEM_CONFIG_DIR") or everyones / "dvc"),
        Path(os.environ.get("DVC_GLOBAL_CONFIG_DIR") or Path(os.environ.get("XDG_CONFIG_HOME") or mine) / "dvc"),
        root / _FOLDER,
    ]
    for file in (*(place / "config" for place in places), root / _FOLDER / "config.local"):
        try:
            yield file.parent, file.read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            continue


def _cache(root: Path, texts: Iterable[tuple[Path, str]]) -> Cache:
    settings: dict[str, str] = {}
    for folder, text in texts:
        options = read_settings(text).get("cache", {})
        if "dir" in options and not re.match(r"\w+://", options["dir"]):
            options["dir"] = str(folder / Path(options["dir"]).expanduser())
        settings.update(options)
    place = settings.get("dir", str(root / _FOLDER / "cache"))
    if "://" in place:
        raise UsageError("the DVC cache is not a folder", f"expected a path, found {place}", "dvc cache dir .dvc/cache")
    links = tuple(link.strip() for link in settings.get("type", ",".join(LINKS)).split(",") if link.strip())
    return Cache(Path(os.path.abspath(place)), links, settings.get("shared") == "group")  # noqa: PTH100
