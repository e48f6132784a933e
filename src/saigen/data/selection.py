"""Which outputs a command is about: those of the working tree, of named paths, of branches and tags."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from saigen.data.pointer import Output
from saigen.data.project import DvcProject
from saigen.data.version import outputs_at
from saigen.errors import UsageError
from saigen.git.repository import Repository


def under(outputs: Iterable[Output], targets: Sequence[str]) -> list[Output]:
    """The outputs that targets name: their path, a folder above it, or their pointer. All, where nothing is named.

    Args:
        targets: relative to the project's root, with `/`.

    Raises:
        UsageError: a target names none.
    """
    every = list(outputs)
    if not targets:
        return every
    chosen: dict[tuple[str, str], Output] = {}
    for target in targets:
        found = [one for one in every if target in {one.path, one.pointer, "."} or one.path.startswith(f"{target}/")]
        if not found:
            inside = next((one.path for one in every if target.startswith(f"{one.path}/")), None)
            raise UsageError(
                f"nothing that DVC tracks is called {target}",
                f"expected an output, a folder above it, or a pointer, found a file of {inside}"
                if inside
                else f"expected an output, a folder above it, or a pointer, found {len(every)} other outputs",
                f"name {inside}" if inside else "dvc list . --dvc-only --recursive",
            )
        chosen.update({(one.path, one.pointer): one for one in found})
    return list(chosen.values())


def relative_to_root(project: DvcProject, folder: Path, paths: Iterable[str]) -> list[str]:
    """Paths as a person wrote them in `folder`, relative to the project's root. Raises UsageError for others."""
    found = []
    for path in paths:
        absolute = Path(os.path.abspath(folder / path))  # noqa: PTH100 - links are not followed
        try:
            found.append(absolute.relative_to(project.root).as_posix())
        except ValueError:
            raise UsageError(
                f"{path} is not in the project", f"expected a path below {project.root}, found {absolute}", "cd there"
            ) from None
    return found


def of_history(project: DvcProject, *, branches: bool, tags: bool) -> list[Output]:
    """The outputs of the commits that all branches or all tags are at, each content once.

    Raises:
        BlockedError: there is no Git repository, or a pointer cannot be read.
    """
    repository = Repository(project.root)
    kinds = [kind for kind, wanted in (("refs/heads", branches), ("refs/tags", tags)) if wanted]
    asked = ("for-each-ref", "--format=%(objecttype) %(objectname) %(*objecttype) %(*objectname)", *kinds)
    lines = repository.run(*asked).splitlines() if kinds else []
    commits = {words[words.index("commit") + 1] for words in map(str.split, lines) if "commit" in words}
    inner = repository.run("rev-parse", "--show-prefix")
    found: dict[tuple[str | None, str | None, bool], Output] = {}
    for commit in sorted(commits):
        for output in outputs_at(repository, commit):
            if output.path.startswith(inner):
                local = replace(output, path=output.path[len(inner) :], pointer=output.pointer[len(inner) :])
                found.setdefault((output.md5, output.remote, output.legacy), local)
    return list(found.values())
