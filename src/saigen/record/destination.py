"""Where a recording may be pushed: only where the repository asks for it and the person works there. Pure.

A repository consents by its `saigen.toml`; a remote is right when it is on the platform that one is logged in to, or
when the person allowed it. A repository cannot: whoever wrote it would decide where others' unfinished work goes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from saigen.git.address import host, identity, is_own, without_credentials
from saigen.project import FILE, Basics


class Remote(NamedTuple):
    """A remote of a repository: where it is fetched from, and everywhere it is pushed to."""

    name: str
    fetch: str
    push: tuple[str, ...]


class Destination(NamedTuple):
    """The remote of a recording.

    Attributes:
        identity: what the run says, `saigen.repository`.
        refused: why nothing may be pushed there; None where it may.
    """

    remote: Remote
    identity: str
    refused: str | None


def parse_remotes(listed: str) -> list[Remote]:
    """The remotes that `git remote --verbose` lists, in its order."""
    fetch: dict[str, str] = {}
    push: dict[str, list[str]] = {}
    for line in listed.splitlines():
        name, _, rest = line.partition("\t")
        url, _, kind = rest.rpartition(" (")
        kind = kind.split(")")[0]
        if kind == "fetch":
            fetch[name] = url
        elif kind == "push":
            push.setdefault(name, []).append(url)
    return [Remote(name, url, tuple(push.get(name, ()))) for name, url in fetch.items()]


def choose(
    remotes: Iterable[Remote],
    upstream: str | None,
    project: Basics | None,
    forge: str | None,
    listed: Collection[str] = (),
) -> Destination | None:
    """The remote that a recording names, and goes to if it may; None for a repository without remotes.

    Args:
        upstream: name of the remote of the branch. project: the repository's settings; None without any.
        forge: URL of the forge of the platform that one is logged in to. listed: remotes, and URLs above some, that the
            person allowed.
    """
    order = {upstream or "origin": 0, "origin": 1}
    ranked = sorted(remotes, key=lambda remote: (order.get(remote.name, 2), remote.name))
    found = [
        Destination(remote, repository(remote.fetch, forge), _refused(remote, project, forge, listed))
        for remote in ranked
    ]
    return next((one for one in found if one.refused is None), found[0] if found else None)


def repository(url: str, forge: str | None) -> str:
    """What a run says of a repository with this URL: `org/name` only where it is on the platform's own forge."""
    return identity(url, forge) if host(url) else without_credentials(url)


def upstream_of(branch: str | None, configuration: Mapping[str, str]) -> str | None:
    """The remote that a branch is pushed to, by Git's own order. See `branch.<name>.pushRemote` in git-config(1)."""
    for key in (f"branch.{branch}.pushremote", "remote.pushdefault", f"branch.{branch}.remote"):
        if name := configuration.get(key):
            return name
    return None


def _refused(remote: Remote, project: Basics | None, forge: str | None, listed: Collection[str]) -> str | None:
    if project is None:
        return f"the repository has no {FILE}"
    for url in remote.push or (remote.fetch,):
        own = host(url) is not None and forge is not None and is_own(identity(url, forge))
        if not own and not any(_covers(one, url) for one in listed):
            bare = without_credentials(url)
            allow = f"allow it: saigen trust --push {bare}, then: saigen push"
            return f"{bare} is not the platform that you are logged in to ({allow})"
    return None


def _covers(listed: str, url: str) -> bool:
    wanted, found = (_bare(one) for one in (listed, url))
    return found == wanted or found.startswith(wanted + "/")


def _bare(url: str) -> str:
    return without_credentials(url).rstrip("/").removesuffix(".git")
