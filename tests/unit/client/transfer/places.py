"""Files and caches for the tests of transfers: real ones, in a temporary folder."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from saigen.data.cache import Cache
from saigen.data.checkout import Wanted
from saigen.data.pointer import Entry, Output, render_directory


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def fill(cache: Cache, *contents: bytes) -> list[str]:
    """Put contents into a cache as DVC would, and return their md5s."""
    found = []
    for content in contents:
        name = md5(content)
        path = Path(cache.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o444)
        found.append(name)
    return found


def directory(cache: Cache, path: str, files: Mapping[str, bytes]) -> Wanted:
    """An output that is a directory, its files and its list in the cache."""
    entries = [Entry(name, fill(cache, content)[0]) for name, content in files.items()]
    listed = render_directory(entries)
    name = md5(listed) + ".dir"
    target = Path(cache.path(name))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(listed)
    output = Output(path=path, pointer=f"{path}.dvc", md5=name)
    return Wanted(output, {f"{path}/{entry.path}": entry.md5 for entry in entries})


def write(root: Path, files: Mapping[str, bytes]) -> None:
    """Write files below a folder."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def contents(root: Path) -> dict[str, bytes]:
    """Content by path of all files below a folder."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
