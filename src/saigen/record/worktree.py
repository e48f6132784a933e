"""Git in a working tree that a recording must not change: another index, no hooks, and objects elsewhere if need be."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import NamedTuple

from saigen.errors import BlockedError
from saigen.git.repository import GitError, Repository
from saigen.record.place import Place

# What a person's configuration says must neither run a program of theirs nor change a snapshot's id.
_OVERRIDES = {
    "core.hooksPath": os.devnull,
    "core.safecrlf": "false",
    "core.splitIndex": "false",
    "i18n.commitEncoding": "UTF-8",
    "log.showSignature": "false",
    "gc.auto": "0",
}
_RUNS_PROGRAMS = r"(?im)^\s*\[\s*(?:filter|include|includeif)\b"


class Worktree(NamedTuple):
    """A working tree as a recording uses it. `scratch`: an existing folder for the copied index.

    `objects`: where new objects go; None for the repository's own folder.
    """

    place: Place
    scratch: Path
    objects: Path | None = None

    @property
    def index_file(self) -> Path:
        """The copy of the index."""
        return self.scratch / "index"

    def copy_index(self) -> None:
        """Make the copy, as the index is now. A repository without commits may have none yet."""
        source = self.place.git / "index"
        if source.exists():
            shutil.copyfile(source, self.index_file)
        else:
            self.index_file.unlink(missing_ok=True)

    def git(self, *arguments: str, given: bytes | None = None, **variables: str) -> str:
        """What a command prints. Raises as `Repository.run` does."""
        return self._repository.run(*arguments, environment={**self._variables, **variables}, given=given)

    def git_bytes(self, *arguments: str, given: bytes | None = None) -> bytes:
        """What a command prints, as bytes."""
        return self._repository.run_bytes(*arguments, environment=self._variables, given=given)

    def branch_settings(self) -> dict[str, str]:
        """Where branches are pushed to, as the configuration says it: `branch.main.remote` to `origin`."""
        try:
            lines = self.git("config", "--get-regexp", r"^(branch\..*\.(pushremote|remote)|remote\.pushdefault)$")
        except GitError:
            return {}
        return {key: value for key, _, value in (line.partition(" ") for line in lines.splitlines())}

    def check(self) -> None:
        """Raise BlockedError where the repository is somebody else's and has filters: these would be run."""
        if self.place.is_ours:
            return
        for file in (self.place.common / "config", self.place.git / "config.worktree"):
            if file.exists() and re.search(_RUNS_PROGRAMS, file.read_text(encoding="utf-8", errors="replace")):
                raise BlockedError(
                    "the repository belongs to somebody else",
                    f"expected no filters and no includes in {file}, found some",
                    "clone it under your own name",
                )

    @property
    def _repository(self) -> Repository:
        return Repository(self.place.root)

    @property
    def _variables(self) -> dict[str, str]:
        variables = {
            **configuration(self.place),
            "GIT_DIR": str(self.place.git),
            "GIT_WORK_TREE": str(self.place.root),
            "GIT_INDEX_FILE": str(self.index_file),
        }
        if self.objects is not None:
            variables |= borrowed(self.place, self.objects)
        return variables


def configuration(place: Place) -> dict[str, str]:
    """Variables that override the configuration for one command, beside those that are set already."""
    settings = dict(_OVERRIDES)
    if not place.is_ours:
        settings |= {"safe.directory": str(place.root), "core.fsmonitor": "false"}
    first = int(os.environ.get("GIT_CONFIG_COUNT") or 0)
    variables = {"GIT_CONFIG_COUNT": str(first + len(settings))}
    for number, (key, value) in enumerate(settings.items(), start=first):
        variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return variables


def borrowed(place: Place, objects: Path) -> dict[str, str]:
    """Variables with which new objects go into a folder of our own, for a repository that cannot be written to."""
    return {"GIT_OBJECT_DIRECTORY": str(objects), "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(place.objects)}
