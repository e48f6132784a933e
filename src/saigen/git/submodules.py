"""The submodules of a commit: which commit of which repository belongs at which path. See gitmodules(5)."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from saigen.git.repository import Repository

SUBMODULE = "160000"  # Git's mode of a commit of another repository
SETTINGS = ".gitmodules"


class Submodule(NamedTuple):
    """`url` is as `.gitmodules` says it, relative perhaps; "" where it says none."""

    path: str
    url: str
    commit: str


def submodules(repository: Repository, commit: str, modes: Mapping[str, str]) -> list[Submodule]:
    """The submodules of a commit. `modes`: of everything in it, as `Repository.modes` gives them."""
    if SUBMODULE not in modes.values():
        return []
    urls = _urls(repository.ask("config", "--blob", f"{commit}:{SETTINGS}", "--null", "--list") or "")
    listed = repository.run_bytes("ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0")
    entries = ((head.split(b" "), os.fsdecode(path)) for head, _, path in (line.partition(b"\t") for line in listed))
    return [
        Submodule(path, urls.get(path, ""), head[2].decode())
        for head, path in entries
        if path and head[0].decode() == SUBMODULE
    ]


def address(url: str, above: str) -> str:
    """The URL of a submodule. Pure.

    Args:
        above: URL of the repository that it is in; a relative `url` counts from there.
    """
    if not url.startswith(("./", "../")):
        return url
    parts = urlsplit(above)
    return urlunsplit(parts._replace(path=posixpath.normpath(posixpath.join(parts.path.rstrip("/"), url))))


def _urls(listed: str) -> dict[str, str]:
    """URL by path from what `git config --null --list` prints."""
    paths: dict[str, str] = {}
    urls: dict[str, str] = {}
    for entry in listed.split("\0"):
        key, _, value = entry.partition("\n")
        name, _, field = key.rpartition(".")
        if field in {"path", "url"}:
            (paths if field == "path" else urls)[name] = value
    return {path: urls.get(name, "") for name, path in paths.items()}
