"""A local copy of a repository that a run names: fetched when something is missing, used by reproduce and audit.

What a run says about its repository can be written by others. Only hosts that the person at this machine trusts are
asked, by http, https or ssh, and nothing of a fetched repository is run: no hook, no submodule, no checkout here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from saigen.errors import BlockedError, NotPermittedError, SaigenError, UnreachableError
from saigen.git.address import clone_url, host, is_own
from saigen.git.repository import GitError, Repository
from saigen.login.lists import HOSTS, allowed
from saigen.login.profile import Profile, cache_folder, current
from saigen.tags import is_commit

_SAFE = ("-c", "protocol.allow=never", "-c", "core.hooksPath=/dev/null", "-c", "transfer.fsckObjects=true")
_ALLOWED = tuple(word for name in ("http", "https", "ssh") for word in ("-c", f"protocol.{name}.allow=always"))
# What a server says of a commit that it has not; it names one at a time.
_REFUSED_COMMIT = re.compile(r"(?:not our ref|unadvertised object) ([0-9a-f]{64}|[0-9a-f]{40})")
_CHUNK, _AT_ONCE = 25, 4  # commits in one fetch; fetches at once


class Mirror:
    """A bare copy of one repository in the client's cache."""

    def __init__(self, repository: str, url: str, folder: Path) -> None:
        self.name = repository
        self.url = url
        self.repository = Repository(folder)

    @classmethod
    def of(cls, repository: str, profile: Profile | None, trusted: Iterable[str] = ()) -> Mirror:
        """The mirror of what a run's `saigen.repository` names.

        Args:
            trusted: hosts to allow beside the platform's own forge and those in `trusted_hosts`.

        Raises:
            NotPermittedError: its host is not trusted. BlockedError: it names nothing that can be cloned from here.
        """
        forge = profile.git if profile else None
        if is_own(repository) and not forge:
            raise BlockedError(
                f"where {repository} is, is not known here",
                "expected a platform that one is logged in to, found none",
                "saigen login URL",
            )
        url = clone_url(repository, forge or "")
        where = host(url)
        known = {*trusted, *trusted_hosts(), *([urlsplit(forge).netloc.lower()] if forge else [])}
        if where is None or where not in known:
            raise NotPermittedError(
                f"the repository {repository!r} is not on a host that you trust",
                f"expected one of {', '.join(sorted(known)) or 'none yet'}, found {where or 'no host'}",
                f"saigen trust {where}    (if you do trust it)" if where else "look at the run: who wrote this tag?",
            )
        folder = cache_folder() / "git" / hashlib.sha256(url.encode()).hexdigest()[:24]
        if not (folder / "HEAD").exists():
            folder.mkdir(parents=True, exist_ok=True)
            Repository(folder).run("init", "--bare", "--quiet", ".")
        return cls(repository, url, folder)

    def fetch(self) -> None:
        """Bring branches and tags up to date. Raises UnreachableError, NotPermittedError or BlockedError."""
        self._fetch("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*", "--prune")

    def has(self, commit: str) -> bool:
        """Whether the commit is here already, with everything below it."""
        return self.repository.commit(commit) is not None

    def require(self, commit: str) -> None:
        """Make sure that a commit is here: it is, or it is fetched, by its id where no branch or tag leads to it.

        Raises:
            BlockedError: the repository has no such commit. UnreachableError, NotPermittedError: it does not answer.
        """
        if not is_commit(commit):
            raise BlockedError(f"{commit!r} is no commit", "expected 40 hex digits", "look at the run's tags")
        if self.has(commit):
            return
        try:
            self._fetch(f"+{commit}:refs/wanted/{commit}")
        except BlockedError:
            self.fetch()
        if not self.has(commit):
            raise BlockedError(
                f"{self.name} has no commit {commit}",
                "it was not pushed, or it was purged",
                "saigen push    (on the machine that ran it)",
            )

    def take(self, commit: str, source: Repository) -> None:
        """Copy a commit out of a repository on this machine; nothing happens where that has it not."""
        if not is_commit(commit) or source.commit(commit) != commit:
            return
        where = source.run("rev-parse", "--path-format=absolute", "--git-common-dir")
        command = (*_SAFE, "-c", "protocol.file.allow=always", "fetch", "--quiet", "--no-tags", "--no-auto-maintenance")
        self.repository.ask(*command, "--", where, f"+{commit}:refs/wanted/{commit}")

    def present(self, commits: Iterable[str]) -> set[str]:
        """Those of these commits that are here, asked for all at once."""
        asked = sorted(set(commits))
        given = "".join(f"{commit}\n" for commit in asked).encode()
        said = self.repository.run("cat-file", "--batch-check", given=given).splitlines() if asked else []
        return {commit for commit, line in zip(asked, said, strict=True) if line.startswith(f"{commit} commit ")}

    def fetch_commits(self, commits: Iterable[str]) -> set[str]:
        """Fetch what is not here of these commits, by id; returns those that the repository has not.

        Raises:
            UnreachableError, NotPermittedError, BlockedError: it does not answer, or not as Git does.
        """
        missing = sorted(set(commits) - self.present(commits))
        chunks = [missing[start : start + _CHUNK] for start in range(0, len(missing), _CHUNK)]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return {commit for lost in pool.map(self._fetch_chunk, chunks) for commit in lost}

    def _fetch_chunk(self, commits: list[str]) -> set[str]:
        lost: set[str] = set()
        while left := [commit for commit in commits if commit not in lost]:
            try:
                self._fetch("--no-tags", *(f"+{commit}:refs/wanted/{commit}" for commit in left))
            except SaigenError as error:
                refused = _REFUSED_COMMIT.search(
                    error.__cause__.output if isinstance(error.__cause__, GitError) else ""
                )
                if refused is None or refused[1] not in left:
                    raise
                lost.add(refused[1])
            else:
                break
        return lost

    def _fetch(self, *arguments: str) -> None:
        command = [*_SAFE, *_ALLOWED, "fetch", "--quiet", "--no-auto-maintenance", "--no-recurse-submodules"]
        options = [word for word in arguments if word.startswith("--")]
        refs = [word for word in arguments if not word.startswith("--")]
        try:
            self.repository.run(*command, *options, "--", self.url, *refs)
        except GitError as error:
            raise refusal_of(self.url, error) from error


def reachable(repository: str) -> bool:
    """Whether the person here may read a repository that a run or a registered model names, as far as that is known."""
    try:
        mirror = Mirror.of(repository, current())
    except SaigenError:
        return False
    return mirror.repository.ask(*_SAFE, *_ALLOWED, "ls-remote", "--quiet", "--", mirror.url, "HEAD") is not None


def trusted_hosts() -> set[str]:
    """Hosts (with a port where it is not the usual one) that may be cloned from, as `saigen trust` wrote them."""
    return {name.lower() for name in allowed(HOSTS)}


def refusal_of(url: str, error: GitError) -> BlockedError | UnreachableError | NotPermittedError:
    """What a failed fetch from a URL means: no answer, no permission, or nothing there."""
    said = error.output
    if any(
        words in said
        for words in ("Authentication failed", "could not read Username", "error: 403", "Permission denied")
    ):
        return NotPermittedError(f"{url} does not let you read", error.why, "saigen doctor")
    if any(words in said for words in ("Could not resolve", "unable to access", "Connection", "timed out")):
        return UnreachableError(f"{url} does not answer", error.why, "saigen doctor")
    return BlockedError(f"nothing could be fetched from {url}", error.why, "saigen doctor")
