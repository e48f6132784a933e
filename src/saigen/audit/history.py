"""What runs used: from their tags to commits, data and needs. Shared by audit, lineage and gc."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property

from saigen.audit.commits import RepositoryFacts, personal_configuration, read_repository
from saigen.audit.facts import CommitFacts, Reason
from saigen.audit.needs import Needs, needs_of
from saigen.audit.submodules import Missing, missing_submodules, repository_of
from saigen.data.version import parse_states
from saigen.errors import SaigenError
from saigen.git.address import identity
from saigen.login.profile import Profile, cache_folder, current
from saigen.recording import DATA, DATA_ARTIFACT, parse_data
from saigen.tracking import Run, Tracking

_AT_ONCE = 4
Say = Callable[[str], None]


def silent(_: str) -> None:
    """Says nothing."""


@dataclass(frozen=True)
class History:
    """Runs, and what their repositories hold.

    Attributes:
        repositories: facts by the name that `repository_of` gives.
        maps: the data of runs whose map was too long for a tag, by its digest; None where it could not be read.
        profile: of the platform that one is logged in to.
    """

    runs: Sequence[Run]
    repositories: Mapping[str, RepositoryFacts]
    maps: Mapping[str, Mapping[str, str] | None] = field(default_factory=dict)
    profile: Profile | None = None

    @property
    def forge(self) -> str | None:
        """URL of the platform's own forge, or None."""
        return self.profile.git if self.profile else None

    def repository_of(self, run: Run) -> RepositoryFacts | None:
        """Facts of the repository that a run names, or None where it names none."""
        name = repository_name(run, self.forge)
        return self.repositories.get(name) if name else None

    def commit_of(self, run: Run) -> CommitFacts | None:
        """Facts of the commit that a run names, or None where it is not there."""
        repository = self.repository_of(run)
        return repository.commits.get(run.recording.commit or "") if repository else None

    def missing_submodules(self, run: Run) -> list[Reason]:
        """Which submodules of a run's commit are not to be had."""
        repository, commit = self.repository_of(run), self.commit_of(run)
        if repository is None or commit is None:
            return []
        asked = ((one, repository_of(one, repository.url, self.forge)) for one in commit.submodules)
        found = ((one.path, self._submodules.get((name, one.commit))) for one, name in asked)
        return [replace(reason, what=f"{path}: {reason.what}") for path, reason in found if reason]

    def used_by(self, run: Run) -> Mapping[str, str] | None:
        """Path to hash of the data that a run recorded; empty where it did not, None where that cannot be read."""
        digest = run.recording.data_digest
        return run.recording.data if digest is None else self.maps.get(digest)

    def needs_of(self, run: Run) -> Needs | None:
        """The outputs that a run needs, or None where its commit is not there."""
        repository, commit, used = self.repository_of(run), self.commit_of(run), self.used_by(run)
        if repository is None or commit is None or used is None:
            return None
        same = (repository.name, run.recording.commit, run.recording.data_version, run.tags.get(DATA))
        if same not in self._needs:
            self._needs[same] = needs_of(used, run.recording.data_version, commit, repository.tags)
        return self._needs[same]

    @cached_property
    def _submodules(self) -> Missing:
        return missing_submodules(self.repositories.values(), self.profile)

    @cached_property
    def _needs(self) -> dict[tuple[str | None, ...], Needs]:
        return {}


def repository_name(run: Run, forge: str | None) -> str | None:
    """What a run's repository is called, the platform's own by `org/name` however the run says it."""
    repository = run.recording.repository
    if repository is None:
        return None
    return identity(repository, forge) if "://" in repository else repository


def read_history(tracking: Tracking, runs: Sequence[Run], profile: Profile | None = None, say: Say = silent) -> History:
    """Ask the repositories of these runs for their commits: one fetch a repository, the rest from the cache.

    Raises:
        SaigenError: no repository at all answers; the first one's error.
    """
    profile = profile or current()
    forge = profile.git if profile else None
    commits: defaultdict[str, set[str]] = defaultdict(set)
    tags: defaultdict[str, set[str]] = defaultdict(set)
    for run in runs:
        name = repository_name(run, forge)
        if name and run.recording.commit:
            commits[name].add(run.recording.commit)
            tags[name].update(state.tag for state in parse_states(run.recording.data_version or "") if state.tag)
    say(f"git: {sum(map(len, commits.values()))} commits in {len(commits)} repositories")
    personal = personal_configuration()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        read = pool.map(lambda name: read_repository(name, commits[name], tags[name], profile, personal), commits)
        found = {facts.name: facts for facts in read}
    errors = [facts.error for facts in found.values()]
    if errors and all(errors) and errors[0] is not None and errors[0].exit_code == 4:
        raise errors[0]
    return History(runs, found, read_maps(tracking, runs), profile)


def read_maps(tracking: Tracking, runs: Iterable[Run]) -> dict[str, Mapping[str, str] | None]:
    """The data maps that are artifacts, by digest. One that was verified is kept on this machine."""
    holders = {run.recording.data_digest: run for run in runs if run.recording.data_digest}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        read = pool.map(lambda pair: _map(tracking, pair[1].id, str(pair[0])), holders.items())
        return {str(digest): found for digest, found in zip(holders, read, strict=True)}


def _map(tracking: Tracking, run_id: str, digest: str) -> Mapping[str, str] | None:
    kept = cache_folder() / "audit" / "maps" / hashlib.sha256(digest.encode()).hexdigest()
    try:
        return parse_data(kept.read_text(encoding="utf-8"), digest)
    except OSError:
        pass
    try:
        text = tracking.artifact_text(run_id, DATA_ARTIFACT)
    except SaigenError:
        return None
    found = parse_data(text, digest)
    if found is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(text, encoding="utf-8")
    return found
