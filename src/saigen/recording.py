"""What a run says of itself: the contract of the `saigen.*` tags, written by record and read by everything else. Pure.

PostgreSQL refuses a tag above 8,000 bytes and the run with it, so that no value here exceeds LARGEST bytes: what is
longer goes into an artifact of the run, and the tag holds its digest and count.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from saigen.tags import is_commit
from saigen.text import utf8

LARGEST = 4096  # bytes
DATA_ARTIFACT = "saigen/data.json"
COMMAND_ARTIFACT = "saigen/command.json"

DATA_VERSION = "data_version"
RECORD = "saigen.record"
RECORDED = "saigen.recorded"
COMMIT = "saigen.commit"
REPOSITORY = "saigen.repository"
BRANCH = "saigen.branch"
COMMAND = "saigen.command"
SESSION = "saigen.session"
ENVIRONMENT = "saigen.environment"
DATA = "saigen.data"
STATE = "saigen.state"
UNRECORDED = "saigen.unrecorded"
REPRODUCES = "saigen.reproduces"
REPRODUCTION = "saigen.reproduction"  # id of one execution of `saigen reproduce`, on all runs that it made
VERDICT = "saigen.verdict"
RELEASE = "saigen.release"  # tag of the release that a run was made for: `acme-7`
PHASE = "saigen.phase"  # which part of that release it is: tune, evaluate or final
TEST_SET = "saigen.test_set"  # hash of the test set that a run looked at, as DVC writes it
GIT_COMMIT = "mlflow.source.git.commit"
RELEASE_TAG = "release_tag"  # the parameter that says the same as the tag RELEASE


class Code(str, Enum):
    """Where the commit of a run is, worst first."""

    PARTIAL = "partial"  # something that ran is not in it
    LOCAL = "local"  # only on the machine that ran it: nobody consented to a push
    UNPUSHED = "unpushed"  # it will be pushed: `saigen push`
    PUSHED = "pushed"


class Data(str, Enum):
    """Where the data of a run is, worst first."""

    UNKNOWN = "unknown"
    MODIFIED = "modified"  # what was read differs from its pointer
    UNPUSHED = "unpushed"
    PUSHED = "pushed"


class Verdict(str, Enum):
    """What a reproduction found."""

    REPRODUCED = "reproduced"
    WITHIN_TOLERANCE = "within-tolerance"
    DIVERGED = "diverged"


@dataclass(frozen=True)
class State:
    """`code=pushed; data=modified; note=data/flights.csv`. Notes name what is missing or was left out."""

    code: Code
    data: Data
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        text = f"code={self.code.value}; data={self.data.value}"
        for number, note in enumerate(self.notes):
            longer = f"{text}; note={utf8(note).replace(';', ',')}"
            if len(longer.encode()) > LARGEST - 40:
                return f"{text}; note=and {len(self.notes) - number} more"
            text = longer
        return text

    @classmethod
    def parse(cls, text: str) -> State | None:
        """The state that a tag's text says, or None where it says none."""
        parts = [part.strip().partition("=") for part in text.split(";")]
        values = {key: value for key, _, value in parts if key != "note"}
        try:
            code, data = Code(values.get("code")), Data(values.get("data"))
        except ValueError:
            return None
        return cls(code, data, tuple(value for key, _, value in parts if key == "note"))


@dataclass(frozen=True)
class Command:
    """How a run was started.

    Attributes:
        arguments: `sys.orig_argv`, the interpreter first as a bare name, secrets masked.
        directory: where it was started, relative to the repository's root with `/`; "" is the root itself.
        environment: variables from the allow list, with their values.
        needs: names of further variables that it read and that hold secrets, or whose value is not recorded.
    """

    arguments: tuple[str, ...]
    directory: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()

    def to_json(self) -> str:
        """The tag's value, however long."""
        value: dict[str, Any] = {"argv": list(self.arguments), "cwd": self.directory}
        if self.environment:
            value["env"] = dict(sorted(self.environment.items()))
        if self.needs:
            value["needs"] = sorted(self.needs)
        return json.dumps(value, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Command | None:
        """The command that a tag's text says, or None where it says none (also where it is only a digest)."""
        value = _object(text)
        arguments = value.get("argv")
        if not isinstance(arguments, list) or not arguments or not all(isinstance(word, str) for word in arguments):
            return None
        environment, needs, directory = value.get("env", {}), value.get("needs", []), value.get("cwd", "")
        if not _texts(environment) or not isinstance(needs, list) or not isinstance(directory, str):
            return None
        return cls(tuple(arguments), directory, environment, tuple(str(name) for name in needs))


@dataclass(frozen=True)
class Session:
    """Which command of which process a run belongs to, and which of its runs it is: 0, 1, 2 ..."""

    id: str
    ordinal: int

    def __str__(self) -> str:
        return f"{self.id}:{self.ordinal}"

    @classmethod
    def parse(cls, text: str) -> Session | None:
        """The session that a tag's text says, or None."""
        match = re.fullmatch(r"([A-Za-z0-9-]{1,64}):(\d{1,9})", text)
        return cls(match[1], int(match[2])) if match else None


@dataclass(frozen=True)
class Environment:
    """What a run ran in. `lock`: sha256 of the lock file that installs the same, and its path in the commit."""

    lock: str | None
    lock_path: str | None
    python: str
    system: str
    machine: str
    threads: int | None = None
    gpu: str | None = None

    def to_json(self) -> str:
        """The tag's value."""
        value = {
            "lock": self.lock,
            "lock_path": self.lock_path,
            "python": self.python,
            "system": self.system,
            "machine": self.machine,
            "threads": self.threads,
            "gpu": self.gpu,
        }
        return json.dumps({key: item for key, item in value.items() if item is not None}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Environment | None:
        """The environment that a tag's text says, or None."""
        value = _object(text)
        if not all(isinstance(value.get(key), str) for key in ("python", "system", "machine")):
            return None
        if not all(isinstance(value.get(key), str | None) for key in ("lock", "lock_path", "gpu")):
            return None
        threads = value.get("threads")
        return cls(
            lock=value.get("lock"),
            lock_path=value.get("lock_path"),
            python=value["python"],
            system=value["system"],
            machine=value["machine"],
            threads=threads if isinstance(threads, int) else None,
            gpu=value.get("gpu"),
        )


@dataclass(frozen=True)
class Recording:
    """Everything that the tags of one run say, as far as they say it; None or empty where they do not.

    `data` maps the path of each dataset that was used to the hash in its pointer. Where the map is too long for a tag
    it is empty here and `data_digest` is set: the map is the artifact DATA_ARTIFACT.
    """

    commit: str | None = None
    repository: str | None = None
    branch: str | None = None
    command: Command | None = None
    session: Session | None = None
    environment: Environment | None = None
    data: Mapping[str, str] = field(default_factory=dict)
    data_digest: str | None = None
    data_version: str | None = None
    state: State | None = None
    unrecorded: str | None = None
    recorded: bool = False
    reproduces: str | None = None
    verdict: Verdict | None = None

    @classmethod
    def from_tags(cls, tags: Mapping[str, str]) -> Recording:
        """Read the tags of a run. Anyone may have written them: what has not the contract's form counts as absent.

        For a run that was made without saigen, `commit` is what MLflow itself recorded.
        """
        commit = tags.get(COMMIT) or tags.get(GIT_COMMIT) or ""
        data = _object(tags.get(DATA, ""))
        digest = data.get("sha256") if set(data) == {"sha256", "count"} else None
        digest = digest if isinstance(digest, str) else None
        verdict = tags.get(VERDICT)
        return cls(
            commit=commit if is_commit(commit) else None,
            repository=tags.get(REPOSITORY) or tags.get("mlflow.source.git.repoURL"),
            branch=tags.get(BRANCH) or tags.get("mlflow.source.git.branch"),
            command=Command.from_json(tags.get(COMMAND, "")),
            session=Session.parse(tags.get(SESSION, "")),
            environment=Environment.from_json(tags.get(ENVIRONMENT, "")),
            data=data if digest is None and _texts(data) else {},
            data_digest=digest,
            data_version=tags.get(DATA_VERSION),
            state=State.parse(tags.get(STATE, "")),
            unrecorded=tags.get(UNRECORDED),
            recorded=tags.get(RECORDED) == "yes" or COMMAND in tags,
            reproduces=tags.get(REPRODUCES),
            verdict=Verdict(verdict) if verdict in {item.value for item in Verdict} else None,
        )


def fitting(value: str, count: int) -> str:
    """A JSON value as a tag: itself, or, where it is too long, `{"sha256": ..., "count": ...}` of it."""
    if len(value.encode()) <= LARGEST:
        return value
    return json.dumps({"sha256": hashlib.sha256(value.encode()).hexdigest(), "count": count}, separators=(",", ":"))


def render_data(data: Mapping[str, str]) -> str:
    """`saigen.data`, however long: a JSON object from path to hash, sorted."""
    return json.dumps(dict(sorted(data.items())), separators=(",", ":"))


def parse_data(text: str, digest: str) -> Mapping[str, str] | None:
    """The map from path to hash that DATA_ARTIFACT holds, or None where it is not the one with this digest."""
    found = _object(text)
    same = _texts(found) and hashlib.sha256(render_data(found).encode()).hexdigest() == digest
    return found if same else None


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _texts(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) for pair in value.items() for item in pair)
