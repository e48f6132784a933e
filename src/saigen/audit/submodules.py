"""Whether the submodules of commits can be fetched, and theirs: each of their repositories is asked once a level."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from saigen.audit.commits import RepositoryFacts
from saigen.audit.facts import Lack, Reason
from saigen.errors import BlockedError, SaigenError
from saigen.git.address import host, identity, is_own
from saigen.git.mirror import Mirror
from saigen.git.submodules import Submodule, address, submodules
from saigen.login.profile import Profile

_AT_ONCE = 4
Key = tuple[str, str]  # a submodule's repository and commit
# Those that are there, with all that is in them, are left out.
Missing = Mapping[Key, Reason]


class _Answer(NamedTuple):
    """What one repository said of commits: why some are not to be had, and by path the submodules of the others."""

    missing: dict[Key, Reason]
    inside: dict[Key, list[tuple[str, Key]]]


def missing_submodules(repositories: Iterable[RepositoryFacts], profile: Profile | None) -> Missing:
    """Which submodules of these repositories' commits are not to be had, with their own submodules, and why."""
    forge = profile.git if profile else None
    wanted = {
        (repository_of(one, repository.url, forge), one.commit)
        for repository in repositories
        for facts in repository.commits.values()
        for one in facts.submodules
    }
    known = _Answer({}, {})
    while wanted:
        for answer in _ask_all(wanted, profile):
            known.missing.update(answer.missing)
            known.inside.update(answer.inside)
        wanted = {key for found in known.inside.values() for _, key in found} - set(known.missing) - set(known.inside)
    return passed_up(known.missing, known.inside)


def passed_up(missing: Missing, inside: Mapping[Key, Iterable[tuple[str, Key]]]) -> Missing:
    """What is missing, with every submodule that holds another that is missing, however deep. Pure.

    Args:
        inside: the submodules in a submodule that is there: path and key.
    """
    every = dict(missing)
    while found := {
        key: Reason(every[one].lack, f"in it {path}: {every[one].what}")
        for key, held in inside.items()
        if key not in every
        for path, one in held
        if one in every
    }:
        every.update(found)
    return every


def repository_of(one: Submodule, above: str, forge: str | None) -> str:
    """What a submodule's repository is called. `above`: URL of the repository that it is in."""
    return identity(address(one.url, above), forge)


def _ask_all(wanted: Iterable[Key], profile: Profile | None) -> list[_Answer]:
    commits: defaultdict[str, set[str]] = defaultdict(set)
    for name, commit in wanted:
        commits[name].add(commit)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda pair: _ask(pair[0], pair[1], profile), commits.items()))


def _ask(name: str, commits: set[str], profile: Profile | None) -> _Answer:
    if not is_own(name) and host(name) is None:
        nowhere = Reason(Lack.SUBMODULE, "its .gitmodules names no repository that others could fetch")
        return _Answer({(name, commit): nowhere for commit in commits}, {})
    forge = profile.git if profile else None
    try:
        mirror = Mirror.of(name, profile)
        mirror.fetch()
        lost = mirror.fetch_commits(commits)
        inside = {
            (name, commit): [
                (one.path, (repository_of(one, mirror.url, forge), one.commit))
                for one in submodules(mirror.repository, commit, mirror.repository.modes(commit))
            ]
            for commit in commits - lost
        }
    except SaigenError as error:
        lack = Lack.SUBMODULE if isinstance(error, BlockedError) else Lack.UNREADABLE  # here, or by this person
        return _Answer({(name, commit): Reason(lack, f"{error.what}: {error.why}") for commit in commits}, {})
    gone = {(name, commit): Reason(Lack.SUBMODULE, f"{name} has no commit {commit[:12]}") for commit in lost}
    return _Answer(gone, inside)
