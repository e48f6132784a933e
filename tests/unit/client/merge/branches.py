"""Two branches that change the same thing, and the Git commands that bring them together."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from saigen.data.content import Contents
from saigen.data.pointer import parse_directory, parse_pointer
from tests.unit.client.data_versions.project import QUIET, Checkout

Change = Callable[[Checkout], object]


@dataclass(frozen=True)
class Branches:
    """A checkout on `main` and, after `diverge`, the branch `other`."""

    checkout: Checkout

    def diverge(self, base: Change, current: Change, incoming: Change) -> None:
        """Commit the base on main, one change on it, and the other one on `other`."""
        base(self.checkout)
        self.checkout.commit("Base")
        self.checkout.git("switch", "--quiet", "--create", "other")
        incoming(self.checkout)
        self.checkout.commit("Incoming")
        self.checkout.git("switch", "--quiet", "main")
        current(self.checkout)
        self.checkout.commit("Current")

    def git(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A Git command that may end in a conflict."""
        return subprocess.run(
            ["git", *arguments],
            cwd=self.checkout.root,
            env={**os.environ, **QUIET, "GIT_EDITOR": "true"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def read(self, path: str) -> bytes:
        """A file of the checkout."""
        return (self.checkout.root / path).read_bytes()

    def data(self, path: str) -> bytes:
        """The content that a pointer of the checkout points to."""
        return self._content(path).read_bytes()

    def files(self, path: str) -> dict[str, bytes]:
        """The files of a directory that a pointer of the checkout points to."""
        listed = parse_directory(self._content(path).read_bytes())
        return {entry.path: self.checkout.cached(entry.md5).read_bytes() for entry in listed}

    def _content(self, path: str) -> Path:
        (output,) = parse_pointer(f"{path}.dvc", self.read(f"{path}.dvc"))
        return Contents(self.checkout.repository).file(output)
