"""Where the repository is, found by reading files: no process is started for it, so that an import may ask."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple


class Place(NamedTuple):
    """A working tree. All paths are absolute and without links.

    Attributes:
        root: the working tree's top folder.
        git: this working tree's own Git folder, which holds HEAD and the index.
        common: the Git folder that all working trees of the repository share; it holds the objects.
    """

    root: Path
    git: Path
    common: Path

    @property
    def exists(self) -> bool:
        """Whether the working tree's Git folder is still there."""
        return (self.git / "HEAD").exists()

    @property
    def is_ours(self) -> bool:
        """Whether whoever runs this owns it. Git refuses to work in a repository of somebody else."""
        return not hasattr(os, "geteuid") or self.git.stat().st_uid == os.geteuid()

    @property
    def objects(self) -> Path:
        """The folder of Git's objects."""
        return self.common / "objects"

    @property
    def is_writable(self) -> bool:
        """Whether objects can be written into the repository."""
        return os.access(self.objects, os.W_OK)

    def relative(self, path: Path) -> str | None:
        """A path relative to the root with `/`; "" for the root itself, None where it lies outside."""
        real = path.resolve()
        if real == self.root:
            return ""
        return real.relative_to(self.root).as_posix() if real.is_relative_to(self.root) else None


def find(folder: Path) -> Place | None:
    """The working tree that a folder is in, or None.

    A home folder that is a repository (of somebody's settings) is none: what runs below it does not belong to it.
    """
    here = folder.resolve()
    home = os.path.realpath(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() fails where there is none
    for candidate in (here, *here.parents):
        if str(candidate) == home:
            return None
        git = _git_folder(candidate / ".git")
        if git is not None:
            return Place(candidate, git, _common(git))
    return None


def of_this_process(started_in: Path) -> Place | None:
    """The working tree of the program that runs: the one that its main file is in, else the one it was started in."""
    main = main_file()
    if main is not None and (found := find((started_in / main).parent)) is not None:
        return found
    return find(started_in)


def main_file() -> Path | None:
    """The file of the program that runs, where it is somebody's own code; None for an installed program."""
    module = sys.modules.get("__main__")
    path = getattr(module, "__file__", None) or (sys.argv[0] if sys.argv else "")
    if not path or not str(path).endswith((".py", ".pyw")) or is_installed(Path(path)):
        return None
    return Path(path)


def is_installed(path: Path) -> bool:
    """Whether a file belongs to the interpreter, to an installed package or to an environment."""
    file = path.absolute()
    if "site-packages" in file.parts or "dist-packages" in file.parts:
        return True
    folders = [Path(os.__file__).parent, Path(sys.executable).parent]
    if sys.prefix != sys.base_prefix:
        folders.append(Path(sys.prefix))
    return any(file.is_relative_to(folder) for folder in folders)


@cache
def names_of(root: Path) -> tuple[str, ...]:
    """What paths below a folder begin with in this process: its own name, and what it is called through links where the
    process was started. Each ends with a separator.
    """
    started = [os.environ.get("PWD"), main_file()]
    above = (folder for path in started if path for folder in (Path(path), *Path(path).parents))
    linked = (folder for folder in above if folder.is_absolute() and os.path.realpath(folder) == str(root))
    return tuple(dict.fromkeys(f"{folder}{os.sep}" for folder in (root, *linked)))


def loaded_sources(place: Place | None) -> list[Path]:
    """Files of the code that this process has loaded from the repository."""
    if place is None:
        return []
    files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
    main = main_file()
    files += [str(main.absolute())] if main else []
    names = names_of(place.root)
    own = {
        place.root / file.removeprefix(next(name for name in names if file.startswith(name)))
        for file in files
        if isinstance(file, str) and file.startswith(names)
    }
    return sorted(file for file in own if file.suffix in {".py", ".pyw"} and not is_installed(file))


def _git_folder(entry: Path) -> Path | None:
    """The Git folder that a working tree's `.git` is or, in a linked working tree or a submodule, names."""
    if (entry / "HEAD").is_file():
        return entry
    try:
        text = entry.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    if not text.startswith("gitdir:"):
        return None
    folder = (entry.parent / text.removeprefix("gitdir:").strip()).resolve()
    return folder if (folder / "HEAD").is_file() else None


def _common(git: Path) -> Path:
    try:
        return (git / (git / "commondir").read_text(encoding="utf-8").strip()).resolve()
    except (OSError, ValueError):
        return git
