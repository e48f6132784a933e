"""Put data under DVC in a checkout without reading it: its pointer, and the line that keeps it out of Git."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from saigen.data.pointer import Output, render_pointer
from saigen.errors import BlockedError
from saigen.git.repository import Repository


def write_pointer(repository: Repository, output: Output) -> list[str]:
    """Write the pointer of a file or directory, and make Git ignore what it points to. The paths that were written.

    Raises:
        BlockedError: the pointer that is there cannot be read.
    """
    pointer = repository.root / output.pointer
    before = pointer.read_bytes() if pointer.exists() else None
    pointer.parent.mkdir(parents=True, exist_ok=True)
    pointer.write_bytes(render_pointer(output, before))
    return [output.pointer, *_ignore(repository, output.path)]


def require_place(repository: Repository, path: str, outputs: Iterable[Output]) -> Output | None:
    """What DVC tracks at a path now; None where the path is free.

    Raises:
        BlockedError: the path cannot hold data of its own: a stage makes it, it lies in other data or around it, or
            Git tracks it.
    """
    existing = None
    for output in outputs:
        if output.path == path:
            existing = output
        elif path.startswith(f"{output.path}/") or output.path.startswith(f"{path}/"):
            found = f"DVC tracks {output.path} there"
            raise BlockedError(f"{path} cannot be data of its own", f"expected a free path, {found}", "another path")
    if existing and not existing.pointer.endswith(".dvc"):
        raise BlockedError(
            f"{path} is made by a stage of {existing.pointer}", "expected data with a pointer", "another path"
        )
    if existing and (existing.elsewhere or existing.legacy):
        reason = existing.elsewhere or "its pointer was written by DVC 2"
        raise BlockedError(f"{path} cannot be changed here", f"expected data by hash, found: {reason}", "dvc add")
    if tracked := repository.run("ls-files", "--", f":(literal){path}").splitlines():
        raise BlockedError(
            f"{path} holds files that Git tracks", f"expected none, found {tracked[0]}", "another path, or git rm"
        )
    return existing


def commit(repository: Repository, paths: Iterable[str], message: str, trailer: tuple[str, str]) -> str:
    """Commit these paths and nothing else that may be staged, with a trailer. The commit's id."""
    chosen = list(paths)
    text = f"{message.strip()}\n\n{trailer[0]}: {trailer[1]}\n"
    repository.run("add", "--force", "--", *chosen)
    repository.run("commit", "--quiet", "--file=-", "--", *chosen, given=text.encode())
    return repository.run("rev-parse", "HEAD")


def _ignore(repository: Repository, path: str) -> list[str]:
    if repository.ask("check-ignore", "--quiet", "--", path) is not None:
        return []
    folder, name = posixpath.split(path)
    file = posixpath.join(folder, ".gitignore")
    known = (repository.root / file).read_text(encoding="utf-8") if (repository.root / file).exists() else ""
    end = "" if not known or known.endswith("\n") else "\n"
    (repository.root / file).write_text(f"{known}{end}/{name}\n", encoding="utf-8")
    return [file]
