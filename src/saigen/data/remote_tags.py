"""Tags of a remote and of the checkout, side by side: what a release must know before it takes a number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from saigen.errors import BlockedError, NotPermittedError, SaigenError, UnreachableError
from saigen.git.repository import GitError, Repository
from saigen.tags import TAGS, parse_tag

# What the platform's forge says when it refuses: three lines, each with `remote:` before it.
_REFUSED = re.compile(r"remote: refused: (.+)\nremote:\s+why: (.+)\nremote:\s+next: (.+)")


@dataclass(frozen=True)
class Tags:
    """Id of the object by name of the tag, here and on the remote (annotated tags: of the tag itself)."""

    here: Mapping[str, str]
    there: Mapping[str, str]

    @property
    def names(self) -> set[str]:
        """All names, wherever they are."""
        return {*self.here, *self.there}

    def clashing(self, prefix: str) -> list[str]:
        """Names that begin so and are another thing here than there."""
        both = self.here.keys() & self.there.keys()
        return sorted(name for name in both if name.startswith(prefix) and self.here[name] != self.there[name])


def read_tags(repository: Repository, remote: str) -> Tags:
    """The tags here and on a remote. Raises UnreachableError or NotPermittedError where the remote does not tell."""
    listed = repository.run("for-each-ref", "--format=%(objectname) %(refname)", TAGS)
    try:
        remotely = repository.run("ls-remote", "--quiet", "--refs", "--tags", remote)
    except GitError as error:
        raise remote_error(remote, error) from error
    return Tags(_parse(listed, " "), _parse(remotely, "\t"))


def fetch(repository: Repository, remote: str, *options: str) -> None:
    """Fetch the branches of a remote, and the tags of the contract that are not here.

    Not with `--tags`: every other tag may move, and after one did Git would refuse that for good.

    Raises:
        UnreachableError, NotPermittedError, BlockedError: the remote does not answer, refuses, or cannot be used.
    """
    try:
        repository.run("fetch", "--quiet", *options, remote)
    except GitError as error:
        raise remote_error(remote, error) from error
    tags = read_tags(repository, remote)
    fetch_tags(repository, remote, (name for name in tags.there if name not in tags.here and parse_tag(name)))


def fetch_tags(repository: Repository, remote: str, names: Iterable[str]) -> None:
    """Fetch tags that are not here, by their names. Raises as `fetch` does."""
    wanted = "".join(f"{TAGS}{name}:{TAGS}{name}\n" for name in names)
    if wanted:
        try:
            repository.run("fetch", "--quiet", "--no-tags", "--stdin", remote, given=wanted.encode())
        except GitError as error:
            raise remote_error(remote, error) from error


def remote_error(remote: str, error: GitError) -> SaigenError:
    """What a failed fetch, push or listing means."""
    said = error.output
    if refused := _REFUSED.search(said):
        return NotPermittedError(*(" ".join(part.split()) for part in refused.groups()))
    detail = _telling(said)
    if any(words in said for words in ("Authentication failed", "could not read Username", "returned error: 403")):
        return NotPermittedError(f"the Git remote {remote!r} does not let you in", detail, "saigen doctor")
    if any(words in said for words in ("Could not resolve", "unable to access", "Connection", "timed out", "hung up")):
        return UnreachableError(f"the Git remote {remote!r} does not answer", detail, "saigen doctor")
    if any(words in said for words in ("non-fast-forward", "fetch first", "stale info", "already exists")):
        return BlockedError(
            f"the Git remote {remote!r} has something newer", detail, "git pull --rebase, then the same again"
        )
    if "declined" in said or "rejected" in said:
        return NotPermittedError(f"the Git remote {remote!r} refused", detail, "do what the message says")
    return BlockedError(f"the Git remote {remote!r} cannot be used", detail, f"git ls-remote {remote}")


def _telling(said: str) -> str:
    """What tells most of what Git printed: the other side's words and what became of refs, else the last line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    theirs = [line.removeprefix("remote:").strip() for line in lines if line.startswith("remote:")]
    refs = [line for line in lines if line.startswith("!")]
    return "; ".join([*filter(None, theirs), *refs][:6]) or (lines[-1] if lines else "it said nothing")


def _parse(listed: str, separator: str) -> dict[str, str]:
    pairs = (line.partition(separator) for line in listed.splitlines())
    return {ref.removeprefix(TAGS): id_ for id_, _, ref in pairs if ref.startswith(TAGS)}
