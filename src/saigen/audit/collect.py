"""`saigen data gc --dry-run`: read everything that may need data, then name the objects that nothing needs.

It only reads. What cannot be read blocks it: an object is called unneeded when everything that could need it was seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from saigen.audit.facts import Need, remotes_of
from saigen.audit.history import Say, read_maps, repository_name, silent
from saigen.audit.objects import kept_list, read_lists
from saigen.audit.pointers import Pointers, read_pointers, uncommitted
from saigen.audit.unneeded import Sorted, content_of, overlaps, sort_out
from saigen.data.bucket import Bucket, Stored
from saigen.data.pointer import Output, parse_directory
from saigen.data.remote import Place, Remote
from saigen.data.version import parse_states
from saigen.doctor.project import PROBE_MD5, project_remote
from saigen.errors import BlockedError, SaigenError
from saigen.git.address import identity
from saigen.git.mirror import Mirror
from saigen.git.repository import Repository
from saigen.login.forge import repositories as forge_repositories
from saigen.login.profile import Profile, current
from saigen.recording import Recording
from saigen.tracking import Run, Tracking

YOUNG = 14  # days; data is pushed before the commit that points to it


@dataclass(frozen=True)
class Unneeded:
    """What nobody needs below a project's prefix. `repositories`, `runs`: what was asked before that was said."""

    remote: str
    repositories: tuple[str, ...]
    runs: int
    objects: Sorted


def unneeded(
    folder: Path | None = None,
    *,
    repositories: Iterable[str] = (),
    leave_out: Iterable[str] = (),
    older_than: float = YOUNG,
    tracking: Tracking | None = None,
    say: Say = silent,
) -> Unneeded:
    """Name the objects in a project's remote that no run, tag, branch, snapshot or other repository needs.

    Args:
        folder: inside a checkout of the project; the current folder by default.
        repositories: further repositories that may use the same prefix, beside those that any run names and those
            of the platform's forge that you may read.
        leave_out: runs (ids) and repositories to decide without.
        older_than: days; what was written since is too young to tell. tracking: the server to ask.

    Raises:
        BlockedError: something that may need data could not be read; every such thing is named.
        UnreachableError, NotPermittedError: a service does not answer, or not to you.
    """
    tracking, profile, out = tracking or Tracking(), current(), set(leave_out)
    checkout, remote = _project(folder or Path.cwd())
    forge = profile.git if profile else None
    own = identity(checkout.remote_url() or "", forge)
    every = tracking.search(list(tracking.experiments(deleted=True)), deleted=True)
    runs = [run for run in every if run.id not in out and repository_name(run, forge) not in out]
    say(f"tracking: {len(runs)} runs, deleted ones included")
    told = {name for run in runs if (name := repository_name(run, forge))}
    names = sorted({own, *repositories, *told, *forge_repositories(profile)} - {*out, ""})
    found = _read_repositories(names, runs, profile, forge, say)
    found["this checkout"] = read_pointers(checkout)
    sharing = {name for name, pointers in found.items() if _shares(pointers, remote) or name in {own, "this checkout"}}
    recorded = _recorded(tracking, runs, found, sharing, forge)
    needed = recorded.union(uncommitted(checkout), {PROBE_MD5}, *(pointers.mentioned for pointers in found.values()))
    say(f"storage: listing {remote.url}")
    stored = list(Bucket(remote).list(f"{remote.prefix}/" if remote.prefix else ""))
    ours = {md5 for name in sharing for md5 in found[name].mentioned}
    needed |= _inside(needed, ours, stored, remote, checkout)
    shorts = {state.short for run in runs for state in parse_states(run.recording.data_version or "") if state.short}
    before = datetime.now(timezone.utc) - timedelta(days=older_than)
    return Unneeded(remote.url, tuple(names), len(runs), sort_out(stored, remote.prefix, needed, shorts, before))


def _project(folder: Path) -> tuple[Repository, Remote]:
    checkout = Repository.containing(folder)
    remote = project_remote(checkout.root) if checkout else None
    if checkout is None or remote is None:
        raise BlockedError(
            "this is no project with an S3 remote",
            "expected a checkout with a default remote s3://... in .dvc/config",
            "cd into the project's checkout",
        )
    return checkout, remote


def _read_repositories(
    names: Sequence[str], runs: Sequence[Run], profile: Profile | None, forge: str | None, say: Say
) -> dict[str, Pointers]:
    """Pointers by repository, the commits of these runs included. Blocked where a repository cannot be read."""
    found: dict[str, Pointers] = {}
    unreadable = []
    for name in names:
        say(f"git: {name}")
        commits = {run.recording.commit for run in runs if repository_name(run, forge) == name} - {None}
        try:
            mirror = Mirror.of(name, profile)
            mirror.fetch()
            missing = mirror.fetch_commits(str(commit) for commit in commits)
            found[name] = replace(read_pointers(mirror.repository), missing=frozenset(missing))
        except SaigenError as error:
            unreadable.append(f"{name}: {error.what}: {error.why}")
    if unreadable:
        raise _blocked("repositories that may need data could not be read", unreadable, "NAME")
    return found


def _shares(pointers: Pointers, remote: Remote) -> bool:
    for text in pointers.configurations:
        try:
            if overlaps(remotes_of(text), remote.bucket, remote.prefix):
                return True
        except SaigenError:
            return True  # nobody can tell: it counts as one that does
    return False


def _recorded(
    tracking: Tracking, runs: Sequence[Run], found: Mapping[str, Pointers], sharing: Set[str], forge: str | None
) -> set[str]:
    """The hashes that runs recorded. Blocked by a run of this prefix of whose data nothing is known."""
    maps = read_maps(tracking, runs)
    unknown = []
    for run in runs:
        name, recording = repository_name(run, forge) or "", run.recording
        if recording.data_digest and maps.get(recording.data_digest) is None:
            unknown.append(f"run {run.id}: its saigen/data.json cannot be read")
        elif name in sharing and recording.commit in found[name].missing and not _says_its_data(recording):
            unknown.append(f"run {run.id}: nobody has its commit {recording.commit}, and it recorded no data")
    if unknown:
        raise _blocked("what some runs used is not known", unknown, "RUN")
    named = {md5 for run in runs for md5 in run.recording.data.values()}
    return named | {md5 for data in maps.values() for md5 in (data or {}).values()}


def _says_its_data(recording: Recording) -> bool:
    return bool(recording.data or recording.data_digest or parse_states(recording.data_version or ""))


def _inside(
    needed: set[str], ours: set[str], stored: Sequence[Stored], remote: Remote, checkout: Repository
) -> set[str]:
    """Hashes of the files in every needed directory. Blocked where a list of one of this prefix is nowhere.

    Args:
        ours: what repositories of this prefix mention; the lists of others may well be elsewhere.
    """
    there = {content_of(one.key, remote.prefix): one.key for one in stored}
    lists = sorted(md5 for md5 in needed if md5.endswith(".dir"))
    needs = [Need(Output(md5, "", md5), Place(remote, there[md5])) for md5 in lists if md5 in there]
    entries = read_lists(needs)
    inside = {entry.md5 for found in entries.values() for entry in found}
    absent = []
    for md5 in (md5 for md5 in lists if md5 not in entries):
        local = _local_list(checkout, md5)
        if local is not None:
            inside |= local
        elif md5 in ours or md5 in there:
            absent.append(f"the list of the directory {md5} is not in the storage, or damaged")
    if absent:
        raise _blocked("what is in some directories is not known", absent, None)
    return inside


def _local_list(checkout: Repository, md5: str) -> set[str] | None:
    cache = checkout.root / ".dvc" / "cache"
    for path in (kept_list(md5), cache / "files" / "md5" / md5[:2] / md5[2:], cache / md5[:2] / md5[2:]):
        try:
            return {entry.md5 for entry in parse_directory(path.read_bytes(), md5)}
        except (OSError, SaigenError):
            continue
    return None


def _blocked(what: str, items: Sequence[str], left_out: str | None) -> BlockedError:
    shown = [*items[:20], *([f"and {len(items) - 20} more"] if len(items) > 20 else [])]
    fix = "saigen data push    (where the data is)"
    if left_out:
        fix = (
            f"ask a maintainer, who reaches all; or decide without it: saigen data gc --dry-run --leave-out {left_out}"
        )
    return BlockedError(what, "\n  ".join(shown), fix)
