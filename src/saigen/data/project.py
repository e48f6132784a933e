"""The DVC project that a folder belongs to: its configuration, its cache, and the pointers in its working tree."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from saigen.data.cache import Cache
from saigen.data.configuration import FOLDER, configured_cache, configured_remotes
from saigen.data.pointer import LOCK, STAGES, Output, is_pointer, read_outputs
from saigen.data.remote import Remotes
from saigen.errors import BlockedError
from saigen.git.repository import GitError, Repository


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
        root = next((one for one in (start, *start.parents) if (one / FOLDER).is_dir()), None)
        if root is None:
            raise BlockedError(
                f"{folder} is not in a DVC project", f"expected a folder {FOLDER} above it, found none", "dvc init"
            )
        return cls(root, configured_remotes(root), configured_cache(root))

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
            folders[:] = [name for name in folders if name not in {".git", FOLDER}]
            for name in names:
                path = Path(folder, name).relative_to(self.root).as_posix()
                if _read(path):
                    yield path

    def _in_other_project(self, path: str) -> bool:
        return any((self.root / above / FOLDER).is_dir() for above in PurePosixPath(path).parents if above.name)


def _read(path: str) -> bool:
    return is_pointer(path) or path.rpartition("/")[2] == STAGES
