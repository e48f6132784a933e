"""What an audit knows when it decides: frozen values, gathered once a commit, remote or experiment. Pure.

What a commit holds cannot change, so it is kept in the client's cache (`to_json`, `from_json`). Whether objects are
there can, so it is asked again by every audit.
"""

from __future__ import annotations

import configparser
import posixpath
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import Enum
from functools import lru_cache
from typing import Any

from saigen.data.pointer import Entry, Output
from saigen.data.remote import Place, Remote, Remotes, read_remotes
from saigen.errors import UsageError
from saigen.git.submodules import Submodule
from saigen.recording import Verdict

# Locks that uv installs from, the recorded one first; the others are known so that a recorded path can be checked.
INSTALLABLE = ("environment.lock", "uv.lock", "requirements.txt")
LOCKS = (*INSTALLABLE, "pylock.toml", "poetry.lock", "pdm.lock", "Pipfile.lock", "conda-lock.yml")
_PINNED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(\[[^\]]*\])?\s*(===?|@)\s*\S.*")


class Lack(str, Enum):
    """What a run lacks to be run again."""

    RECORDING = "not recorded"
    REPOSITORY = "no repository"
    COMMIT = "commit missing"
    CODE = "code not in the commit"
    SUBMODULE = "submodule missing"
    LOCK = "lock missing"
    DATA_STATE = "data not as its pointer says"
    DATA_POINTER = "data not in the commit"
    DATA_OBJECT = "data missing in the storage"
    DATA_SIZE = "data of another size"
    DATA_CONTENT = "data damaged"
    UNRECORDED = "files that nobody tracks"
    ARTIFACTS = "artifacts missing"
    UNREADABLE = "could not be read from here"


@dataclass(frozen=True)
class Reason:
    """One thing that is missing: its kind, and what exactly."""

    lack: Lack
    what: str


@dataclass(frozen=True)
class CommitFacts:
    """What a commit holds that running it again needs.

    Attributes:
        outputs: everything that DVC tracks in it. remotes: of its `.dvc/config` and the person's own.
        datasets: name to path, as its `saigen.toml` says. locks: sha256 of each lock file by path.
        lacking: by path of a lock, what of it nobody can install. submodules: commits of other repositories.
        large: it has files in Git LFS. ignored: metrics that its `saigen.toml` leaves out of comparisons.
        committed: paths among the outputs that Git itself holds (`cache: false`).
        broken: why a pointer or setting in it cannot be read; None where all can.
    """

    outputs: tuple[Output, ...] = ()
    remotes: Remotes = field(default_factory=lambda: Remotes({}, None))
    datasets: Mapping[str, str] = field(default_factory=dict)
    locks: Mapping[str, str] = field(default_factory=dict)
    lacking: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    submodules: tuple[Submodule, ...] = ()
    large: bool = False
    ignored: tuple[str, ...] = ()
    committed: frozenset[str] = frozenset()
    broken: str | None = None


@dataclass(frozen=True)
class Need:
    """One output that a run needs, and where its content is. Entries of a directory are below the same remote."""

    output: Output
    place: Place

    @property
    def md5(self) -> str:
        """Hash of the content, `.dir` at its end for a directory."""
        return self.output.md5 or ""


@dataclass(frozen=True)
class Objects:
    """What the storage answered.

    Attributes:
        sizes: bytes of each object that was asked for, None where there is none.
        lists: files by hash of a directory, for every list that could be read.
        damaged: objects whose content was read and is not what their name says.
        unreadable: by remote, why it did not answer.
    """

    sizes: Mapping[Place, int | None] = field(default_factory=dict)
    lists: Mapping[str, tuple[Entry, ...]] = field(default_factory=dict)
    damaged: frozenset[Place] = frozenset()
    unreadable: Mapping[Remote, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Evidence:
    """A reproduction of a run: its id, who made it, and what it found (None: it is not finished)."""

    run: str
    author: str
    verdict: Verdict | None


def to_json(facts: CommitFacts, configuration: str) -> dict[str, Any]:
    """Facts as JSON values. The remotes are kept as the text of `.dvc/config`."""
    return {
        "outputs": [asdict(output) for output in facts.outputs],
        "configuration": configuration,
        "datasets": dict(facts.datasets),
        "locks": dict(facts.locks),
        "lacking": dict(facts.lacking),
        "submodules": facts.submodules,
        "large": facts.large,
        "ignored": facts.ignored,
        "committed": sorted(facts.committed),
        "broken": facts.broken,
    }


def from_json(value: Mapping[str, Any], personal: str = "") -> CommitFacts:
    """Facts from JSON values. `personal` is the text of the person's own DVC configuration."""
    broken = value["broken"]
    try:
        remotes = remotes_of(personal, value["configuration"])
    except (UsageError, configparser.Error) as error:
        remotes, broken = Remotes({}, None), broken or f".dvc/config: {error}".splitlines()[0]
    return CommitFacts(
        outputs=tuple(Output(**output) for output in value["outputs"]),
        remotes=remotes,
        datasets=value["datasets"],
        locks=value["locks"],
        lacking={path: tuple(found) for path, found in value["lacking"].items()},
        submodules=tuple(Submodule(*one) for one in value["submodules"]),
        large=value["large"],
        ignored=tuple(value["ignored"]),
        committed=frozenset(value["committed"]),
        broken=broken,
    )


@lru_cache(maxsize=4096)
def remotes_of(*configurations: str) -> Remotes:
    """The remotes of these configuration texts. Most commits of a repository have the same."""
    return read_remotes(configurations)


def is_lock(path: str) -> bool:
    """Whether a path is that of a lock file."""
    return posixpath.basename(path) in LOCKS


def is_pinned(requirements: str) -> bool:
    """Whether a requirements file names one version of everything, so that it is a lock."""
    joined = requirements.replace("\\\n", " ")
    lines = [line.split(" #")[0].strip() for line in joined.splitlines() if not line.lstrip().startswith("#")]
    wanted = [line for line in lines if line and not line.startswith("--")]
    return bool(wanted) and all(_PINNED.fullmatch(line.split(" --hash")[0].split(";")[0].strip()) for line in wanted)
