"""Repositories for the tests of recording."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from saigen.project import RecordRules
from saigen.record.asking import begin
from saigen.record.place import find
from saigen.record.snapshot import Snapshot, take
from saigen.record.worktree import Worktree


@dataclass(frozen=True)
class Checkout:
    """A real repository in a temporary folder."""

    root: Path

    def git(self, *arguments: str) -> str:
        """What a Git command prints."""
        done = subprocess.run(["git", "-C", str(self.root), *arguments], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def write(self, path: str, content: str | bytes) -> Path:
        """Write one file."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def commit(self, message: str = "A change") -> str:
        """Commit everything; returns the id."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def show(self, commit: str, path: str) -> str:
        """A file of a commit."""
        return self.git("show", f"{commit}:{path}")

    def files(self, commit: str) -> set[str]:
        """Paths of a commit."""
        return set(self.git("ls-tree", "-r", "--name-only", commit).splitlines())

    def worktree(self, objects: Path | None = None) -> Worktree:
        """The working tree as a recording uses it."""
        place = find(self.root)
        assert place is not None
        scratch = self.root.parent / f"scratch-{self.root.name}"
        scratch.mkdir(exist_ok=True)
        return Worktree(place, scratch, objects)

    def take(
        self, rules: RecordRules, files: Callable[[], Mapping[str, bytes]] = dict, objects: Path | None = None
    ) -> Snapshot:
        """The working tree as a commit."""
        with ThreadPoolExecutor(4) as pool:
            return take(begin(self.worktree(objects), pool), rules, files)


def new_checkout(root: Path) -> Checkout:
    """A repository with one committed module."""
    root.mkdir()
    made = Checkout(root)
    made.git("init", "--quiet")
    made.write("train.py", "print('first')\n")
    made.write(".gitignore", "*.log\n")
    made.commit("First")
    return made
