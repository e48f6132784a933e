"""Whether the submodules of commits can be fetched: each of their repositories is asked once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from saigen.audit.commits import RepositoryFacts
from saigen.audit.facts import Lack, Reason
from saigen.errors import BlockedError, SaigenError
from saigen.git.address import host, identity, is_own
from saigen.git.mirror import Mirror
from saigen.git.submodules import Submodule, address
from saigen.login.profile import Profile

_AT_ONCE = 4
# By repository and commit of a submodule. Those that are there are left out.
Missing = Mapping[tuple[str, str], Reason]


def missing_submodules(repositories: Iterable[RepositoryFacts], profile: Profile | None) -> Missing:
    """Which submodules of these repositories' commits are not to be had, and why."""
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    forge = profile.git if profile else None
    for repository in repositories:
        for facts in repository.commits.values():
            for one in facts.submodules:
                wanted[repository_of(one, repository.url, forge)].add(one.commit)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        asked = pool.map(lambda pair: _ask(pair[0], pair[1], profile), wanted.items())
        return {key: reason for found in asked for key, reason in found.items()}


def repository_of(one: Submodule, above: str, forge: str | None) -> str:
    """What a submodule's repository is called. `above`: URL of the repository that it is in."""
    return identity(address(one.url, above), forge)


def _ask(name: str, commits: set[str], profile: Profile | None) -> Missing:
    if not is_own(name) and host(name) is None:
        nowhere = Reason(Lack.SUBMODULE, "its .gitmodules names no repository that others could fetch")
        return {(name, commit): nowhere for commit in commits}
    try:
        mirror = Mirror.of(name, profile)
        mirror.fetch()
        lost = mirror.fetch_commits(commits)
    except SaigenError as error:
        lack = Lack.SUBMODULE if isinstance(error, BlockedError) else Lack.UNREADABLE  # here, or by this person
        return {(name, commit): Reason(lack, f"{error.what}: {error.why}") for commit in commits}
    return {(name, commit): Reason(Lack.SUBMODULE, f"{name} has no commit {commit[:12]}") for commit in lost}
