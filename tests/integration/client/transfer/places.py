"""A person's project whose data goes to a folder of the bucket of its own."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.person import Person

FILES = {
    "a.csv": b"x,y\n1,2\n",
    "empty": b"",
    "deep/er/b.bin": os.urandom(5000),
    "deep/name with spaces and ümlaut.txt": "schön\r\n".encode(),
    "twice/1": b"the same",
    "twice/2": b"the same",
}
LARGE = os.urandom(20 << 20)


@dataclass(frozen=True)
class Place:
    """A person's clone of a DVC project whose remote is a folder of the bucket of its own."""

    person: Person
    root: Path
    prefix: str

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self.person.run(*command, cwd=self.root, check=check)

    def saigen(self, verb: str, *options: str) -> dict[str, Any]:
        """What `saigen data VERB --json` printed."""
        result: dict[str, Any] = json.loads(self.run("saigen", "data", verb, "--json", *options).stdout)
        return result

    def colleague(self, other: Person) -> Place:
        """Another person's clone: the pointers and the configuration, neither cache nor data."""
        root = other.home / f"transfer-{secrets.token_hex(4)}"
        root.mkdir()
        other.run("git", "init", "--quiet", ".", cwd=root)
        for name in self.run("git", "ls-files", "--cached", "--others", "--exclude-standard").stdout.splitlines():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.root / name, root / name)
        return Place(other, root, self.prefix)

    def key(self, content: bytes) -> str:
        """Key in the bucket of an object with this content."""
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        return f"{self.prefix}/files/md5/{md5[:2]}/{md5[2:]}"

    def cached(self, content: bytes) -> Path:
        """Path in the cache of this content."""
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        return self.root / ".dvc" / "cache" / "files" / "md5" / md5[:2] / md5[2:]


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def assert_up_to_date(place: Place) -> None:
    """Plain dvc finds the workspace as its pointers say."""
    assert "up to date" in place.run("dvc", "status").stdout


def damage(path: Path) -> None:
    """Other content of the same length, as protected as before."""
    content = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(bytes(byte ^ 1 for byte in content))
    path.chmod(0o444)
