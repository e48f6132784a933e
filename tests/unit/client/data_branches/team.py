"""A project that several people have clones of: a bare repository, and a folder as DVC's remote."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from saigen.data import dvc_program
from saigen.data.version import output_of, outputs_at
from saigen.git.repository import Repository

SETTINGS = """\
[project]
name = "flights"

[datasets]
flights = "data/flights"

[branches]
main = {}
raw = {}
clean = {}
split = {}
dev = {}
"""


@dataclass(frozen=True)
class Clone:
    """One person's checkout."""

    root: Path

    @property
    def repository(self) -> Repository:
        """The checkout as the client sees it."""
        return Repository(self.root)

    def git(self, *arguments: str) -> str:
        """One Git command."""
        return self.repository.run(*arguments)

    def dvc(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """One DVC command; it must succeed."""
        done = subprocess.run(
            [dvc_program.dvc_path(), *arguments],
            cwd=self.root,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert done.returncode == 0, f"dvc {arguments}\n{done.stdout}\n{done.stderr}"
        return done

    def write(self, path: str, content: str | bytes) -> Path:
        """A file with this content."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def commit(self, message: str) -> str:
        """Commit everything; the commit's id."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    def switch(self, branch: str) -> None:
        """Check a branch of the remote out, with its data, as plain tools do it."""
        self.git("fetch", "--quiet")
        self.git("switch", "--quiet", branch)
        self.git("merge", "--quiet", "--ff-only", f"origin/{branch}")
        self.dvc("pull", "--quiet")

    def files(self, folder: str) -> dict[str, str]:
        """Text of every file below a folder, by its path."""
        top = self.root / folder
        return {path.relative_to(top).as_posix(): path.read_text() for path in sorted(top.rglob("*")) if path.is_file()}


@dataclass(frozen=True)
class Team:
    """The project. `folder` holds the bare repository, the storage and the clones."""

    folder: Path

    @classmethod
    def begin(cls, folder: Path) -> Team:
        """A project with DVC and a `saigen.toml`."""
        team = cls(folder)
        first = Clone(folder / "first")
        first.root.mkdir()
        first.git("init", "--quiet", "--initial-branch", "main")
        subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(team.bare.root)], check=True)
        (folder / "storage").mkdir()
        first.write(".dvc/config", "[core]\n    remote = storage\n['remote \"storage\"']\n    url = /nowhere\n")
        first.write(".dvc/.gitignore", "/config.local\n/tmp\n/cache\n")
        first.write("saigen.toml", SETTINGS)
        first.commit("Begin")
        first.git("remote", "add", "origin", os.fspath(team.bare.root))
        first.git("push", "--quiet", "origin", "main")
        return team

    @property
    def bare(self) -> Repository:
        """The remote."""
        return Repository(self.folder / "remote.git")

    def clone(self, name: str) -> Clone:
        """Another person's clone."""
        root = self.folder / name
        subprocess.run(["git", "clone", "--quiet", str(self.bare.root), str(root)], check=True)
        return self._settle(root)

    def moved(self, folder: Path) -> Team:
        """A copy of everything, for a test of its own."""
        shutil.copytree(self.folder, folder, symlinks=True, dirs_exist_ok=True)
        copy = Team(folder)
        for one in folder.iterdir():
            if (one / ".dvc" / "config.local").exists():
                copy._settle(one)
        return copy

    def at(self, name: str) -> Clone:
        """A clone that is there."""
        return Clone(self.folder / name)

    def _settle(self, root: Path) -> Clone:
        clone = Clone(root)
        clone.git("remote", "set-url", "origin", os.fspath(self.bare.root))
        clone.write(".dvc/config.local", f"['remote \"storage\"']\n    url = {self.folder / 'storage'}\n")
        return clone

    def md5(self, branch: str, path: str) -> str | None:
        """The hash that the remote's branch has for a path."""
        found = output_of(outputs_at(self.bare, branch), path)
        return found.md5 if found else None

    def message(self, branch: str) -> str:
        """Message of the newest commit of the remote's branch."""
        return self.bare.run("log", "-1", "--format=%B", branch).strip()

    def trailer(self, branch: str, name: str) -> str:
        """A trailer of the newest commit of the remote's branch, as Git reads it."""
        return self.bare.run("log", "-1", f"--format=%(trailers:key={name},valueonly)", branch).strip()
