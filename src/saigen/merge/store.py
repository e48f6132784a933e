"""Where the content behind pointers comes from, and where a merged one goes: remotes and caches, and DVC's cache."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from saigen.data.content import Contents
from saigen.data.legacy import content_md5
from saigen.data.memory import Memory
from saigen.data.pointer import Entry, Output
from saigen.data.project import DvcProject
from saigen.errors import BlockedError
from saigen.git.repository import Repository


class Store:
    """The content of a DVC project: verified, from where it is; what is merged goes into the project's cache."""

    def __init__(self, project: DvcProject) -> None:
        self._contents = Contents(Repository(project.root))
        self._cache = project.cache

    def entries(self, output: Output) -> list[Entry]:
        """The files of a directory. Raises SaigenError where its list is nowhere, or damaged."""
        return self._contents.entries(output)

    def file(self, output: Output) -> Path:
        """A file with the content of an output. Raises as `entries` does."""
        return self._contents.file(output)

    def size(self, md5: str) -> int | None:
        """Bytes of an object that is on this machine."""
        found = self._contents.local(md5)
        return found.stat().st_size if found else None

    def keep(self, content: bytes | Path, end: str = "") -> str:
        """Take content into the cache, at once or not at all. Raises BlockedError where that cannot be written to."""
        try:
            with self.draft() as draft, Memory(None) as memory:
                if isinstance(content, bytes):
                    draft.write_bytes(content)
                else:
                    shutil.copyfile(content, draft)
                md5 = content_md5(draft) + end
                if not self._cache.is_whole(md5):
                    self._cache.admit(str(draft), md5, memory)
                return md5
        except OSError as error:
            raise BlockedError(
                "the merged data cannot be kept", f"the cache {self._cache.root}: {error}", "df -h; dvc cache dir"
            ) from error

    @contextmanager
    def draft(self) -> Iterator[Path]:
        """A path beside the cache for content that is being made, removed afterwards. Raises OSError."""
        with self._cache.staging() as folder:
            yield Path(folder) / "merged"
