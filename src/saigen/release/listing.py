"""`saigen release list`: the releases of a project, from its tags alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from saigen.data.remote_tags import fetch
from saigen.errors import UnreachableError
from saigen.git.repository import Repository, repository_here
from saigen.release.facts import manifests_of, releases_of


@dataclass(frozen=True)
class Release:
    """One release.

    Attributes:
        made: when, as an ISO date with time. versions: the data_version of its data. metrics: of its evaluation.
        ships: the phase whose model it is. run: of that phase. test_uses: looks of the line at its test set by then.
    """

    tag: str
    line: str
    made: str
    commit: str
    versions: str
    metrics: Mapping[str, float]
    ships: str
    run: str
    test_uses: int


def releases(
    line: str | None = None, *, folder: Path | None = None, say: Callable[[str], None] = lambda _: None
) -> list[Release]:
    """The releases of a line, or of all, oldest first.

    Where the remote does not answer, those that are known here; `say` is told so.

    Raises:
        BlockedError: `folder` is in no clone. NotPermittedError: the remote refuses.
    """
    repository = repository_here(folder)
    _fetch(repository, say)
    tags = [one.tag for one in releases_of(line, frozenset(repository.tags()))]
    listed = repository.run("for-each-ref", "--format=%(refname:short)%09%(creatordate:iso-strict)", "refs/tags")
    made = dict(entry.split("\t") for entry in listed.splitlines())
    return [
        Release(
            tag=tag,
            line=manifest.line,
            made=made.get(tag, ""),
            commit=repository.commit(f"refs/tags/{tag}") or "",
            versions=manifest.versions,
            metrics=manifest.phase("evaluate").metrics,
            ships=manifest.ships,
            run=manifest.shipped.run,
            test_uses=manifest.test_uses,
        )
        for tag, manifest in manifests_of(repository, tags).items()
    ]


def _fetch(repository: Repository, say: Callable[[str], None], remote: str = "origin") -> None:
    if not repository.remote_url(remote):
        return
    try:
        fetch(repository, remote)
    except UnreachableError as error:
        say(f"{error.what}: what is known here")
