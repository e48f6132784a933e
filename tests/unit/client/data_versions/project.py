"""A real checkout with real pointers, made in a temporary folder without DVC."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from saigen.data.pointer import Entry, render_directory
from saigen.git.repository import Repository

PENGUINS = Path(__file__).resolve().parents[4] / "infra" / "demo" / "project" / "data" / "penguins.csv"
SETTINGS = '[project]\nname = "birds"\n\n[datasets]\npenguins = "data/penguins.csv"\n'
# Nothing of the person who runs the tests: no settings, no hooks, no signing.
QUIET = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    **{
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "ada"), ("EMAIL", "a@b.c"))
    },
}


class Checkout:
    """A Git repository whose data is named by pointers: the one at `root`, or a new one."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.repository = Repository(root)
        if root.exists():
            return
        root.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch", "main")
        self.write("saigen.toml", SETTINGS)
        self.write(".dvc/config", "[core]\n    remote = storage\n['remote \"storage\"']\n    url = s3://dvc/birds\n")
        self.write(".gitignore", "/data/*\n!/data/*.dvc\n/.dvc/cache\n")

    def git(self, *arguments: str) -> str:
        """One Git command."""
        return self.repository.run(*arguments, environment=QUIET)

    def write(self, path: str, content: str | bytes) -> Path:
        """A file with this content."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def add(self, path: str, content: bytes | Mapping[str, bytes]) -> str:
        """What `dvc add` does: content in the cache, a pointer in the checkout. Returns the hash."""
        if isinstance(content, bytes):
            self.write(path, content)
            md5, size, more = self._cache(content), len(content), ""
        else:
            entries = [Entry(name, self._cache(body)) for name, body in content.items()]
            for name, body in content.items():
                self.write(f"{path}/{name}", body)
            md5 = self._cache(render_directory(entries), ".dir")
            size, more = sum(map(len, content.values())), f"\n  nfiles: {len(entries)}"
        name = path.rpartition("/")[2]
        self.write(f"{path}.dvc", f"outs:\n- md5: {md5}\n  size: {size}{more}\n  hash: md5\n  path: {name}\n")
        return md5

    def commit(self, message: str = "Change", *tags: str) -> str:
        """Commit everything, and tag it; the commit's id."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        for tag in tags:
            self.git("tag", "--annotate", "--message", message, tag)
        return self.git("rev-parse", "HEAD")

    def cached(self, md5: str) -> Path:
        """Where the cache holds this content."""
        return self.root / ".dvc" / "cache" / "files" / "md5" / md5[:2] / md5[2:]

    def _cache(self, content: bytes, end: str = "") -> str:
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest() + end
        path = self.cached(md5)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return md5
