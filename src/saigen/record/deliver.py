"""Brings the commit of a run to where colleagues can fetch it, if it may go there."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from saigen.errors import SaigenError
from saigen.git.repository import Repository, parse_modes
from saigen.git.submodules import SUBMODULE
from saigen.login.lists import PUSH, allowed
from saigen.login.profile import current, state_folder
from saigen.project import Basics, read_basics
from saigen.record import destination
from saigen.record.destination import Destination
from saigen.record.place import Place
from saigen.record.secrets import LARGEST, kind_of
from saigen.record.spool import Entry
from saigen.record.worktree import Worktree, borrowed, configuration
from saigen.recording import Code
from saigen.tags import INCOMING

_PATIENCE = 300  # seconds for one push
_SILENCE = 120  # seconds without a byte: while the forge looks at a push, on a machine that is busy, it says nothing
_KEPT = 30 * 86_400  # seconds that a recording waits for a consent, or for whoever has its checkout
_SCANNED = 500_000_000  # bytes of new content that are searched for secrets; a push of more is refused
_SILENT = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "true",
    "SSH_ASKPASS": "true",
    "GCM_INTERACTIVE": "never",
    "LC_ALL": "C",
}
_AWAY = (
    "Could not resolve",
    "unable to access",
    "Connection",
    "timed out",
    "Could not read from remote",
    "early EOF",
    "RPC failed; HTTP 5",
)
# Also what a forge says whose database does not answer: it finds nobody. Each request of a push asks anew.
_UNKNOWN = ("Authentication failed", "RPC failed; HTTP 401")
_AT_ONCE = "cannot lock ref"  # two trainings of one commit pushed it at the same time; asked again it is there


@dataclass(frozen=True)
class Delivered:
    """Where the commit is now.

    Attributes:
        note: why it is not further. pending: trying again may help. away: since the remote did not answer.
        unknown: the remote does not know who asks.
    """

    code: Code
    note: str | None = None
    pending: bool = False
    away: bool = False
    unknown: bool = False


def deliver(entry: Entry) -> Delivered:
    """Push the commit of a recording to `refs/saigen/in/`, unless it is there, or may not go there."""
    place = entry.place
    if entry.promised:
        return Delivered(Code.PUSHED)
    if place is None or entry.commit is None:
        return Delivered(Code.PARTIAL, "there is no commit of what ran")
    if not place.exists:
        return Delivered(Code.LOCAL, f"{place.root} is gone", pending=not entry.is_here and _is_young(entry))
    try:
        return _deliver(work_in(entry), place, entry)
    except SaigenError as error:
        return Delivered(Code.UNPUSHED, error.why, pending=True)


def look_into(entry: Entry) -> None:
    """Let every Git of this process work in the repository, be it somebody else's or not to be written to."""
    if entry.place is not None and entry.place.exists:
        os.environ |= configuration(entry.place) if not entry.place.is_ours else {}
        if entry.objects:
            os.environ["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = entry.objects


def work_in(entry: Entry) -> Worktree:
    """Git in the repository of a recording, with the recording's objects."""
    place = entry.place
    if place is None:
        raise ValueError("expected a recording of a repository")
    return Worktree(place, state_folder(), Path(entry.objects) if entry.objects else None)


def tracked_paths(entry: Entry) -> set[str]:
    """Paths of a recording's commit, with those of the commits that its submodules are at. Raises BlockedError."""
    place, commit = entry.place, entry.commit
    if place is None or commit is None or not place.exists:
        return set()
    modes = parse_modes(work_in(entry).git_bytes("ls-tree", "-r", "-z", "--full-tree", commit))
    paths = set(modes)
    for submodule in (path for path, mode in modes.items() if mode == SUBMODULE):
        inside = Repository(place.root / submodule)
        head = inside.commit("HEAD") if (inside.root / ".git").exists() else None
        paths |= {f"{submodule}/{path}" for path in (inside.files(head) if head else ())}
    return paths


def find_destination(tree: Worktree, branch: str | None) -> Destination | None:
    """The remote of a working tree, by its settings and who is logged in now. Raises BlockedError, UsageError."""
    remotes = destination.parse_remotes(tree.git("remote", "--verbose"))
    upstream = destination.upstream_of(branch, tree.branch_settings())
    profile = current()
    return destination.choose(remotes, upstream, _project(tree), profile.git if profile else None, allowed(PUSH))


def _project(tree: Worktree) -> Basics | None:
    try:
        return read_basics(tree.place.root)
    except SaigenError:
        return None


def _deliver(tree: Worktree, place: Place, entry: Entry) -> Delivered:
    commit = entry.commit or ""
    goal = find_destination(tree, entry.branch)
    if goal is not None and _is_on(tree, commit, goal.remote.name):
        return Delivered(Code.PUSHED)
    if entry.objects is None:
        tree.git("update-ref", f"{INCOMING}{commit}", commit)  # so that Git does not tidy it away meanwhile
    if goal is None:
        return Delivered(Code.LOCAL, "the repository has no remote")
    if goal.refused is not None:
        may_be_allowed = _project(tree) is not None and _is_young(entry)
        return Delivered(Code.LOCAL, f"not pushed, {goal.refused}", pending=may_be_allowed)
    if secret := _secret(tree, commit, goal.remote.name):
        return Delivered(Code.LOCAL, f"not pushed, {secret}")
    refused = _push(place, entry, goal)
    if refused is not None and _AT_ONCE in refused:
        refused = _push(place, entry, goal)
    if refused is not None:
        return failed(refused)
    if entry.objects is None:
        tree.git("update-ref", "-d", f"{INCOMING}{commit}")
    return Delivered(Code.PUSHED)


def _is_young(entry: Entry) -> bool:
    return time.time() - entry.created / 1000 < _KEPT


def failed(said: str) -> Delivered:
    """A push of which Git said this. Pure."""
    away = any(words in said for words in _AWAY)
    why = f"the Git remote {'does not answer' if away else 'refused'}: {_last_line(said)}"
    unknown = any(words in said for words in _UNKNOWN)
    return Delivered(Code.UNPUSHED, f"{why}, push later with: saigen push", pending=True, away=away, unknown=unknown)


def _is_on(tree: Worktree, commit: str, remote: str) -> bool:
    """Whether a commit is in a branch of the remote, as far as is known here."""
    if not tree.git("for-each-ref", "--count=1", f"refs/remotes/{remote}"):
        return False
    return not tree.git("rev-list", "-1", commit, "--not", f"--remotes={remote}")


def _secret(tree: Worktree, commit: str, remote: str) -> str | None:
    """Which new file, of all that the push would send, holds a secret."""
    listed = tree.git("rev-list", "--objects", commit, "--not", f"--remotes={remote}").splitlines()
    paths = {id_: path for id_, _, path in (line.partition(" ") for line in listed) if path}
    form = "--batch-check=%(objectname) %(objecttype) %(objectsize)"
    sizes = tree.git("cat-file", form, given="\n".join(paths).encode()) if paths else ""
    wanted = []
    total = 0
    for line in sizes.splitlines():
        id_, kind, size = line.split(" ")
        if kind == "blob" and int(size) <= LARGEST:
            wanted.append(id_)
            total += int(size)
    if total > _SCANNED:
        return f"{total / 1e6:.0f} MB are new: push the branch yourself"
    for id_ in wanted:
        if kind_found := kind_of(tree.git_bytes("cat-file", "blob", id_)):
            return f"{paths[id_]} holds a secret: {kind_found}"
    return None


def _push(place: Place, entry: Entry, goal: Destination) -> str | None:
    """Push, by the remote's name, so that its own settings hold; what Git said where it failed, else None."""
    variables = {**os.environ, **configuration(place), **_SILENT, "GIT_DIR": str(place.git)}
    variables.setdefault("GIT_SSH_COMMAND", "ssh -o BatchMode=yes -o ConnectTimeout=10")
    if entry.objects is not None:
        variables |= borrowed(place, Path(entry.objects))
    limits = ("-c", "http.lowSpeedLimit=1000", "-c", f"http.lowSpeedTime={_SILENCE}", "-c", "push.recurseSubmodules=no")
    try:
        done = subprocess.run(
            [
                "git",
                *limits,
                "push",
                "--quiet",
                "--no-follow-tags",
                "--no-verify",
                goal.remote.name,
                f"{entry.commit}:{INCOMING}{entry.commit}",
            ],
            cwd=place.root,
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "timed out"
    return None if done.returncode == 0 else done.stderr.decode(errors="replace") or "it said nothing"


def _last_line(text: str) -> str:
    lines = [line.removeprefix("remote:").strip() for line in text.splitlines()]
    told = [line for line in lines if line.startswith(("refused:", "why:", "fatal:", "error:"))] or [
        line for line in lines if line
    ]
    return told[0].removeprefix("fatal:").strip()[:300] if told else "it said nothing"
