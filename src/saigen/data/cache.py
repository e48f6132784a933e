"""DVC's cache: content by its md5, as files that nobody writes to. Both layouts, DVC 3's and DVC 2's."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from saigen.data.legacy import content_md5
from saigen.data.memory import Memory

LINKS = ("reflink", "copy")  # DVC's own default
_PROTECTED = 0o444


@dataclass(frozen=True)
class Cache:
    """A cache folder (`.dvc/cache`).

    Attributes:
        root: an absolute path. links: how content gets into the workspace, in order of preference: reflink, hardlink,
            symlink, copy.
        shared: whether a group writes to it (`cache.shared = group`).
    """

    root: Path
    links: tuple[str, ...] = LINKS
    shared: bool = False

    def folder(self, *, legacy: bool) -> str:
        """Where the two-character folders of a layout are."""
        return str(self.root) if legacy else f"{self.root}/files/md5"

    def path(self, md5: str, *, legacy: bool = False) -> str:
        """Where content is, or would be."""
        return f"{self.folder(legacy=legacy)}/{within(md5)}"

    def holds(self, md5: str, memory: Memory, *, legacy: bool = False) -> bool:
        """Whether the content is there and is what its name says. Read where memory does not know the file."""
        path = self.path(md5, legacy=legacy)
        try:
            return memory.md5(path, os.stat(path), legacy=legacy and not md5.endswith(".dir")) == md5[:32]  # noqa: PTH116
        except OSError:
            return False

    def is_whole(self, md5: str, *, legacy: bool = False) -> bool:
        """Whether the content is there and is what its name says: read, whatever is remembered of it."""
        try:
            return content_md5(self.path(md5, legacy=legacy), legacy=legacy and not md5.endswith(".dir")) == md5[:32]
        except OSError:
            return False

    def read(self, md5: str, *, legacy: bool = False) -> bytes | None:
        """The content, unchecked; None where there is none."""
        try:
            return Path(self.path(md5, legacy=legacy)).read_bytes()
        except OSError:
            return None

    def admit(self, staged: str, md5: str, memory: Memory, *, legacy: bool = False) -> None:
        """Take in a file whose content was checked against its md5: moved, write-protected, in place of what is there.

        Raises:
            OSError: the cache cannot be written to.
        """
        path = self.path(md5, legacy=legacy)
        with suppress(OSError):  # file systems without permissions; DVC tolerates it as well
            os.chmod(staged, _PROTECTED)  # noqa: PTH101 - called for every file
        try:
            os.replace(staged, path)  # noqa: PTH105
        except FileNotFoundError:
            self._make(os.path.dirname(path))  # noqa: PTH120
            os.replace(staged, path)  # noqa: PTH105
        if not legacy:
            memory.learn(path, os.stat(path), md5[:32])  # noqa: PTH116

    @contextmanager
    def staging(self) -> Iterator[str]:
        """A folder of one's own on the cache's file system, removed afterwards.

        Raises:
            OSError: the cache cannot be written to.
        """
        folder = f"{self.root}/saigen-{secrets.token_hex(8)}"
        self._make(folder)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _make(self, folder: str) -> None:
        os.makedirs(folder, exist_ok=True)  # noqa: PTH103
        if self.shared:
            while len(folder) >= len(str(self.root)):
                try:
                    os.chmod(folder, 0o2775)  # noqa: PTH101, S103 - what DVC gives a group's cache
                except OSError:
                    return  # somebody else's folder, and they have set it
                folder = os.path.dirname(folder)  # noqa: PTH120


def within(md5: str) -> str:
    """The path of content inside a layout's folder: `ab/cdef...`."""
    return f"{md5[:2]}/{md5[2:]}"
