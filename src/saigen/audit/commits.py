"""Facts about the commits of one repository: fetched once, read once, kept in the client's cache."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from saigen import pins
from saigen.audit.facts import CommitFacts, from_json, is_lock, is_pinned, to_json
from saigen.data.pointer import LOCK, STAGES, is_pointer, read_outputs
from saigen.errors import BlockedError, SaigenError, UsageError
from saigen.git.large_files import has_large_files, is_attributes
from saigen.git.mirror import Mirror
from saigen.git.repository import Repository
from saigen.git.submodules import submodules
from saigen.login.profile import Profile, cache_folder
from saigen.project import FILE, Project, parse_project

CONFIGURATION = ".dvc/config"
FORMAT = 2  # of the cache; another number makes it anew
_AT_ONCE = 4


@dataclass(frozen=True)
class RepositoryFacts:
    """What one repository answered.

    Attributes:
        name: as runs say it. url: where it was asked.
        commits: facts by id, of those that are there. tags: facts by data version's tag.
        unreadable: why it could not be asked; None where it could. error: the same as raised.
    """

    name: str
    url: str = ""
    commits: Mapping[str, CommitFacts] = field(default_factory=dict)
    tags: Mapping[str, CommitFacts] = field(default_factory=dict)
    unreadable: str | None = None
    error: SaigenError | None = None


def read_repository(
    name: str, commits: Iterable[str], tags: Iterable[str], profile: Profile | None, personal: str = ""
) -> RepositoryFacts:
    """Ask one repository for these commits and tags. What does not answer is a fact too, not an error.

    Args:
        personal: text of the person's own DVC configuration.
    """
    try:
        mirror = Mirror.of(name, profile)
        mirror.fetch()
        wanted = set(commits)
        mirror.fetch_commits(wanted)
        there = mirror.present(wanted)
        tagged = tagged_commits(mirror.repository, tags)
        facts = facts_of(mirror, there | set(tagged.values()), personal)
    except SaigenError as error:
        return RepositoryFacts(name, unreadable=f"{error.what}: {error.why}", error=error)
    return RepositoryFacts(
        name,
        mirror.url,
        commits={commit: facts[commit] for commit in there},
        tags={tag: facts[commit] for tag, commit in tagged.items()},
    )


def tagged_commits(repository: Repository, tags: Iterable[str]) -> dict[str, str]:
    """The commit of each of these tags that is there."""
    wanted = set(tags)
    if not wanted:
        return {}
    form = "%(refname:strip=2) %(objectname) %(*objectname)"
    found = (line.split() for line in repository.run("for-each-ref", f"--format={form}", "refs/tags").splitlines())
    return {words[0]: words[-1] for words in found if words[0] in wanted}


def facts_of(mirror: Mirror, commits: Iterable[str], personal: str = "") -> dict[str, CommitFacts]:
    """Facts of commits that are in the mirror: from the cache, or read now and kept there."""
    cache = Cache(cache_folder() / "audit" / f"{mirror.repository.root.name}.json")
    known = cache.load()
    wanted = set(commits)
    if new := sorted(wanted - set(known)):
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            known.update(zip(new, pool.map(lambda commit: read_commit(mirror.repository, commit), new), strict=True))
        cache.save(known)
    return {commit: from_json(known[commit], personal) for commit in wanted}


def read_commit(repository: Repository, commit: str) -> dict[str, Any]:
    """What a commit holds, as `to_json` writes it."""
    modes = repository.modes(commit)
    contents = repository.contents(commit, [path for path in modes if _is_read(path)])
    broken = None
    try:
        outputs = read_outputs({path: text for path, text in contents.items() if _is_data(path)})
    except BlockedError as error:
        outputs, broken = [], f"{error.what}: {error.why}"
    project = _project(contents.get(FILE))
    locks = {path: text for path, text in contents.items() if _locks(path, text)}
    lacking = {path: pins.lacking(text.decode(errors="replace")) for path, text in locks.items() if path == pins.PATH}
    facts = CommitFacts(
        outputs=tuple(outputs),
        datasets=dict(project.datasets) if project else {},
        locks={path: hashlib.sha256(text).hexdigest() for path, text in locks.items()},
        lacking={path: found for path, found in lacking.items() if found},
        submodules=tuple(submodules(repository, commit, modes)),
        large=has_large_files(repository, commit, contents),
        ignored=project.metrics.ignore if project else (),
        committed=frozenset(
            output.path
            for output in outputs
            if output.elsewhere and (output.path in modes or any(path.startswith(f"{output.path}/") for path in modes))
        ),
        broken=broken,
    )
    return to_json(facts, contents.get(CONFIGURATION, b"").decode(errors="replace"))


def personal_configuration() -> str:
    """The text of the person's own DVC configuration, empty where there is none."""
    folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    try:
        return (folder / "dvc" / "config").read_text(encoding="utf-8")
    except OSError:
        return ""


def _is_read(path: str) -> bool:
    return path in {FILE, CONFIGURATION} or is_attributes(path) or _is_data(path) or is_lock(path)


def _is_data(path: str) -> bool:
    return is_pointer(path) or path.rpartition("/")[2] in {LOCK, STAGES}


def _locks(path: str, text: bytes) -> bool:
    return is_lock(path) and (not path.endswith(".txt") or is_pinned(text.decode(errors="replace")))


def _project(text: bytes | None) -> Project | None:
    try:
        return parse_project(text.decode()) if text is not None else None
    except (UsageError, UnicodeDecodeError):
        return None


@dataclass(frozen=True)
class Cache:
    """Facts by commit, in one file. Anything may happen to it: what cannot be read counts as empty."""

    path: Path

    def load(self) -> dict[str, Any]:
        """What is kept."""
        try:
            document = json.loads(self.path.read_text(encoding="utf-8"))
            return dict(document["commits"]) if document["format"] == FORMAT else {}
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    def save(self, commits: Mapping[str, Any]) -> None:
        """Keep these in place of what was kept."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps({"format": FORMAT, "commits": commits}, separators=(",", ":")), encoding="utf-8")
        draft.replace(self.path)
