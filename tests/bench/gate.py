"""What the forge's gate costs a push, and what recorded runs cost it.

A push of one pointer to a directory of 10,000 files, in a remote of 100,000 objects, beside the push of a commit
without one: each round another directory, which nobody has asked for before. And an ordinary push into a repository in
which 100,000 snapshots of runs were recorded and folded, beside the same push into one that has none.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from saigen.data.remote import Remote
from saigen.data.transfer.crew import each
from saigen.data.transfer.store import Store
from tests.bench.ratio import Row, alternate, paired, seconds
from tests.integration.person import Person
from tests.integration.stack import Stack
from tests.waiting import eventually

OBJECTS, FILES = 100_000, 10_000
ROUNDS, AFTER_RESTART = 6, 4  # together: a directory each
SNAPSHOTS, PUSHES = 100_000, 10
MOST_ADDED, MOST_RATIO = 2.0, 1.5
THREADS = 24
CONFIG = "[core]\n    remote = storage\n['remote \"storage\"']\n    url = s3://dvc/{name}\n    region = us-east-1\n"


@dataclass(frozen=True)
class Folder:
    """A directory under DVC: its list, and what its pointer says."""

    listing: bytes

    @property
    def md5(self) -> str:
        """Its hash."""
        return md5(self.listing) + ".dir"

    @property
    def pointer(self) -> str:
        """The text of its `.dvc` file."""
        size = sum(len(content(entry)) for entry in range(FILES))
        return f"outs:\n- md5: {self.md5}\n  size: {size}\n  nfiles: {FILES}\n  hash: md5\n  path: many\n"


@dataclass(frozen=True)
class Project:
    """A repository of the forge, and a maintainer's clone of it, with a `saigen.toml` on main."""

    name: str
    person: Person
    root: Path
    numbers: Iterator[int]

    @classmethod
    def make(cls, person: Person, folder: Path, name: str) -> Project:
        """Make it, with one commit."""
        answer = person.request("POST", "git", "/api/v1/orgs/team/repos", json={"name": name, "private": True})
        answer.raise_for_status()
        root = folder / name
        (root / ".dvc").mkdir(parents=True)
        (root / ".dvc" / "config").write_text(CONFIG.format(name=name))
        (root / "saigen.toml").write_text(f'[project]\nname = "{name}"\n')
        made = cls(name, person, root, count())
        made.git("init", "--quiet", "--initial-branch=main", ".")
        made.git("remote", "add", "origin", f"{person.exports['SAIGEN_GIT_URL']}/{name}.git")
        made.git("add", "--all")
        made.git("commit", "--quiet", "-m", "Begin")
        made.git("push", "--quiet", "origin", "HEAD:main")
        return made

    def git(self, *arguments: str) -> None:
        """Run Git in the clone."""
        self.person.run("git", *arguments, cwd=self.root)

    def push(self, path: str, text: str) -> float:
        """Seconds of the push of a commit on a new branch, which writes one file."""
        number = next(self.numbers)
        self.git("checkout", "--quiet", "-B", f"bench-{number}", "main")
        (self.root / path).write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", f"Commit {number}")
        return seconds(lambda: self.git("push", "--quiet", "origin", f"HEAD:bench-{number}"))

    def on_server(self, stack: Stack, command: str, given: str = "") -> str:
        """Run a shell command in the repository on the server."""
        container = stack.containers()["git"]["Id"]
        script = f"cd /data/repositories/team/{self.name}.git && {command}"
        inside = ["docker", "exec", "--interactive", "--env=HOME=/data/forge/home", container]
        done = subprocess.run(
            [*inside, "bash", "-euc", script],
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ChildProcessError(f"{command}: {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout


def pointers(stack: Stack, captain: Person, direct: str, folder: Path) -> list[Row]:
    """A push with a pointer to a large directory beside one without, in seconds: as ever, and after a restart.

    Args:
        direct: the storage's URL around the gateway. folder: one for clones.
    """
    project = Project.make(captain, folder, "bench-gate")
    folders = fill(project, direct)
    what = f"push of a pointer to {FILES:,} files, {OBJECTS:,} objects in the remote: more than one without"
    as_ever, low, high = added(project, folders, ROUNDS)
    stack.compose("restart", "git").check_returncode()
    eventually(lambda: stack.health("git") == "healthy", within=120)
    restarted = added(project, folders, AFTER_RESTART)
    return [
        Row(what, as_ever, low, high, "s", ROUNDS, f"<= {MOST_ADDED:g} s", as_ever <= MOST_ADDED),
        Row(f"{what}, after a restart of the forge", *restarted, "s", AFTER_RESTART, "", None),
    ]


def added(project: Project, folders: Iterator[Folder], rounds: int) -> tuple[float, float, float]:
    """Seconds that the pointer adds to a push: median, least and most."""
    ours, plain = alternate(
        lambda: project.push("many.dvc", next(folders).pointer), lambda: project.push("note.txt", "a note"), rounds
    )
    seconds_added = sorted(one - other for one, other in zip(ours, plain, strict=True))
    return seconds_added[len(seconds_added) // 2], seconds_added[0], seconds_added[-1]


def fill(project: Project, direct: str) -> Iterator[Folder]:
    """Put all objects into the storage; directories of FILES of them each, no two alike."""
    exports = project.person.exports
    remote = Remote(
        "storage",
        f"s3://dvc/{project.name}",
        bucket="dvc",
        prefix=project.name,
        endpoint=direct,
        region=exports["AWS_DEFAULT_REGION"],
        access_key=exports["AWS_ACCESS_KEY_ID"],
        secret_key=exports["AWS_SECRET_ACCESS_KEY"],
    )
    store = Store(remote, legacy=False)
    hashes = [md5(content(number)) for number in range(OBJECTS)]
    each(range(OBJECTS), lambda number: store.put(hashes[number], content(number)), THREADS)
    folders = []
    for first in range(ROUNDS + AFTER_RESTART):
        some = hashes[first :: ROUNDS + AFTER_RESTART][:FILES]
        listing = json.dumps([{"md5": one, "relpath": f"{number:05}"} for number, one in enumerate(some)]).encode()
        folders.append(Folder(listing))
        store.put(folders[-1].md5, listing)
    return iter(folders)


def content(number: int) -> bytes:
    """Twelve bytes that no other object has."""
    return f"{number:012}".encode()


def md5(data: bytes) -> str:
    """DVC's hash."""
    return hashlib.md5(data).hexdigest()  # noqa: S324


def snapshots(stack: Stack, captain: Person, folder: Path) -> list[Row]:
    """A push into a repository with many snapshots beside one with none."""
    few, many = (Project.make(captain, folder, name) for name in ("bench-few", "bench-many"))
    record(stack, many)
    push: Callable[[Project], float] = lambda project: project.push("note.txt", "a note")  # noqa: E731
    unfolded = paired(*alternate(lambda: push(many), lambda: push(few), PUSHES))
    took = seconds(lambda: many.on_server(stack, "saigen-git fold"))
    eventually(lambda: many.on_server(stack, "git for-each-ref refs/saigen/in") == "", within=5)
    folded = paired(*alternate(lambda: push(many), lambda: push(few), PUSHES))
    what = f"ordinary push, {SNAPSHOTS:,} snapshots recorded / none"
    return [
        Row(f"{what}, before a fold", *unfolded, "x", PUSHES, "", None),
        Row(f"fold of {SNAPSHOTS:,} snapshots", took, took, took, "s", 1, "", None),
        Row(what, *folded, "x", PUSHES, f"<= {MOST_RATIO:g} x", folded[0] <= MOST_RATIO),
    ]


def record(stack: Stack, project: Project) -> None:
    """Record snapshots in a repository, as pushes of runs do, but all at once and on the server."""
    head = project.on_server(stack, "git rev-parse refs/heads/main").strip()
    lines = []
    for number in range(SNAPSHOTS):
        text = f"run {number}"
        who = f"committer bench <bench@example.org> {1_700_000_000 + number} +0000"
        lines.append(f"commit refs/bench\nmark :{number + 1}\n{who}\ndata {len(text)}\n{text}\nfrom {head}\n")
    importing = "git fast-import --quiet --force --export-marks=/tmp/bench-marks >&2; cut -d' ' -f2 /tmp/bench-marks"
    ids = project.on_server(stack, importing, "\n".join(lines)).split()
    refs = "".join(f"create refs/saigen/in/{one} {one}\n" for one in ids)
    project.on_server(stack, "git -c core.hooksPath=/dev/null update-ref --stdin", f"{refs}delete refs/bench\n")
