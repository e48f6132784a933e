"""What is done in all repositories, one after the other: what fails in one does not keep the others waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from saigen.errors import SaigenError


def repositories(root: Path) -> Iterator[Path]:
    """Every repository below `<root>/<owner>/`."""
    return (folder for folder in sorted(root.glob("*/*.git")) if (folder / "HEAD").is_file())


def in_each(root: Path, job: str, do: Callable[[Path], Iterable[str]], say: Callable[[str], None]) -> bool:
    """Do a job in every repository below a folder; False where it failed in one, which is said.

    Args:
        do: the job; what it returns is said, line by line.
    """
    good = True
    for folder in repositories(root):
        name = f"{folder.parent.name}/{folder.name.removesuffix('.git')}"
        try:
            lines = list(do(folder))
        except (SaigenError, OSError, ValueError) as error:
            good, lines = False, [f"{error.what}: {error.why}" if isinstance(error, SaigenError) else str(error)]
        for line in lines:
            say(f"{job} {name}: {line}")
    return good
