"""The tag contract: which refs have a meaning on the platform, and that such a ref never changes once it is there.

    refs/tags/<dataset>_v<N>                      a named data version         flights_v3
    refs/tags/<line>-<N>                          a released model             acme-7, delay-2
    refs/tags/monitor/<env>/<model tag>/<N>       recorded production data     monitor/prod/acme-7/12
    refs/saigen/in/<commit>                       what a run ran, when it was not a pushed commit
    refs/saigen/keep/...                          many of those, folded into one
    refs/saigen/forget/<commit>                   a maintainer wants that one taken away, and this is who and when
    refs/notes/saigen/...                         what the platform notes about commits, such as a maintainer's override

A dataset, line or environment is letters, digits and `-`. It does not begin with `-` (git refuses such tags itself) and
does not end in `-` and digits, so a tag has one reading only. N counts 1, 2, 3, ... without leading zeros (18 digits at
most).

The rule is about form, so `release-2024` is a released model as well (line `release`, number 2024). Every other tag is
free to move: `v1.2.3`, `baseline`, `2024-11-02`, `my_data_v1` (`_` in the name), `flights_V3` (capital V), `acme-007`.
Names are case-sensitive: `Flights_v1` and `flights_v1` are two datasets.

Everything here is pure. The client, local hooks and the forge's hooks ask the same functions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from saigen.errors import NotPermittedError, UsageError

TAGS = "refs/tags/"
SAIGEN = "refs/saigen/"
INCOMING = f"{SAIGEN}in/"
KEPT = f"{SAIGEN}keep/"
FORGOTTEN = f"{SAIGEN}forget/"
NOTES = "refs/notes/saigen/"
OVERRIDES = f"{NOTES}overrides"
REPLACE = "refs/replace/"  # where Git takes one object for another: nobody's history may be seen as another one

NAME_RULE = "letters, digits and '-', not beginning with '-', not ending in '-' and digits"

_NAME = r"(?!-)(?![A-Za-z0-9-]*-[0-9]+(?![A-Za-z0-9-]))[A-Za-z0-9-]+"
_NUMBER = r"[1-9][0-9]{0,17}"
_COMMIT = r"[0-9a-f]{64}|[0-9a-f]{40}"

# Compiled when they are first used: every training imports this with MLflow, and most never ask.
_DATA_VERSION = rf"(?P<dataset>{_NAME})_v(?P<number>{_NUMBER})"
_RELEASE = rf"(?P<line>[A-Za-z0-9-]+)-(?P<number>{_NUMBER})"
_MONITORING = rf"monitor/(?P<environment>{_NAME})/(?P<model>[^/]+)/(?P<number>{_NUMBER})"


@dataclass(frozen=True)
class DataVersion:
    """A named data version: `flights_v3`."""

    dataset: str
    number: int

    @property
    def tag(self) -> str:
        return f"{self.dataset}_v{self.number}"

    @property
    def meaning(self) -> str:
        return f"version {self.number} of the data '{self.dataset}'"


@dataclass(frozen=True)
class ReleasedModel:
    """A released model: `acme-7`, where the line is a client's id or a model's name."""

    line: str
    number: int

    @property
    def tag(self) -> str:
        return f"{self.line}-{self.number}"

    @property
    def meaning(self) -> str:
        return f"release {self.number} of the model line '{self.line}'"


@dataclass(frozen=True)
class MonitoringRecord:
    """Recorded production data of one model in one environment: `monitor/prod/acme-7/12`."""

    environment: str
    model: ReleasedModel
    number: int

    @property
    def tag(self) -> str:
        return f"monitor/{self.environment}/{self.model.tag}/{self.number}"

    @property
    def meaning(self) -> str:
        return f"record {self.number} of what '{self.model.tag}' saw in '{self.environment}'"


@dataclass(frozen=True)
class Snapshot:
    """What a run ran, as a commit: `refs/saigen/in/<commit>`."""

    commit: str

    @property
    def meaning(self) -> str:
        return f"what a run ran, commit {self.commit}"


@dataclass(frozen=True)
class KeptSnapshots:
    """Folded snapshots: `refs/saigen/keep/<name>`."""

    name: str

    @property
    def meaning(self) -> str:
        return "what earlier runs ran"


@dataclass(frozen=True)
class ForgottenSnapshot:
    """What a run ran and nobody shall have any more: `refs/saigen/forget/<commit>`."""

    commit: str

    @property
    def meaning(self) -> str:
        return f"who had the commit {self.commit} taken away, and when"


ImmutableTag = DataVersion | ReleasedModel | MonitoringRecord
ImmutableRef = ImmutableTag | Snapshot | KeptSnapshots | ForgottenSnapshot
AnyTag = TypeVar("AnyTag", bound=ImmutableTag)


def is_name(text: str) -> bool:
    """Whether `text` may name a dataset, a model line or an environment."""
    return re.fullmatch(_NAME, text) is not None


def is_commit(text: str) -> bool:
    """Whether `text` has the form of a commit's full id."""
    return re.fullmatch(_COMMIT, text) is not None


def parse_tag(tag: str) -> ImmutableTag | None:
    """What a tag (without `refs/tags/`) means in the contract; None for a tag that is free."""
    if match := re.fullmatch(_DATA_VERSION, tag):
        return DataVersion(match["dataset"], int(match["number"]))
    if match := re.fullmatch(_MONITORING, tag):
        model = _parse_release(match["model"])
        return model and MonitoringRecord(match["environment"], model, int(match["number"]))
    return _parse_release(tag)


def _parse_release(tag: str) -> ReleasedModel | None:
    match = re.fullmatch(_RELEASE, tag)
    if match is None or not is_name(match["line"]):
        return None
    return ReleasedModel(match["line"], int(match["number"]))


def parse_ref(ref: str) -> ImmutableRef | None:
    """What a full ref means in the contract; None for a ref that is free (branches, other tags, pull requests)."""
    if ref.startswith(TAGS):
        return parse_tag(ref.removeprefix(TAGS))
    if ref.startswith(INCOMING) and is_commit(ref.removeprefix(INCOMING)):
        return Snapshot(ref.removeprefix(INCOMING))
    if ref.startswith(FORGOTTEN) and is_commit(ref.removeprefix(FORGOTTEN)):
        return ForgottenSnapshot(ref.removeprefix(FORGOTTEN))
    if ref.startswith(KEPT) and ref != KEPT:
        return KeptSnapshots(ref.removeprefix(KEPT))
    return None


def is_immutable(ref: str) -> bool:
    """Whether a full ref never moves and never goes once it is there."""
    return parse_ref(ref) is not None


def successor(record: AnyTag, tags: Iterable[str]) -> AnyTag:
    """The next free record of the same series, given all tags of the repository (without `refs/tags/`).

    It counts on from the highest number present, so that a number that was skipped is never handed out late.
    """
    series = replace(record, number=1)
    numbers = (
        found.number for found in map(parse_tag, tags) if found is not None and replace(found, number=1) == series
    )
    return replace(record, number=max(numbers, default=0) + 1)


def next_data_version(dataset: str, tags: Iterable[str]) -> DataVersion:
    """The tag for the next state of a dataset: `flights_v4` when the highest present is `flights_v3`.

    Raises:
        UsageError: the dataset's name is not one.
    """
    return successor(DataVersion(_checked("dataset", dataset), 1), tags)


def next_release(line: str, tags: Iterable[str]) -> ReleasedModel:
    """The tag for the next release of a model line: `acme-8` when the highest present is `acme-7`.

    Raises:
        UsageError: the line's name is not one.
    """
    return successor(ReleasedModel(_checked("model line", line), 1), tags)


def refusal(
    ref: str, old: str | None, new: str | None, *, kind: str = "commit", tags: Iterable[str] = ()
) -> NotPermittedError | None:
    """Why a change of a ref is refused, or None when it may happen.

    Args:
        ref: the full ref.
        old: id of the object that the ref names now, None where it does not exist.
        new: id of the object that it shall name, None to delete it.
        kind: Git's type of the new object.
        tags: all tags of the repository (without `refs/tags/`), to name the next free one.
    """
    if old == new:
        return None
    if (ref + "/").startswith(SAIGEN):
        return _refusal_of_saigen(ref, old, new, kind)
    if (ref + "/").startswith(NOTES):
        return NotPermittedError(
            what=f"{ref} cannot be changed",
            why="it holds what the platform notes about commits, and only the platform writes there",
            next=f"git fetch origin {OVERRIDES}:{OVERRIDES}    (to read it, with git log --notes=saigen/overrides)",
        )
    if ref.startswith(REPLACE) and new is not None:
        return NotPermittedError(
            what=f"{ref} cannot be pushed",
            why="with it Git would show one commit for another, to everybody and to the platform itself",
            next="git replace is for one's own clone; make the change a commit of a branch",
        )
    record = parse_tag(ref.removeprefix(TAGS)) if ref.startswith(TAGS) else None
    if record is None or old is None:
        return None
    following = successor(record, [record.tag, *tags]).tag
    return NotPermittedError(
        what=f"tag {record.tag} cannot be {'deleted' if new is None else 'moved'}",
        why=f"it is {record.meaning}, and such tags are immutable: runs and colleagues rely on it to stay {old[:12]}",
        next=f"give another state its own name: git tag {following} && git push origin {following}",
    )


def _refusal_of_saigen(ref: str, old: str | None, new: str | None, kind: str) -> NotPermittedError | None:
    record = parse_ref(ref)
    if isinstance(record, Snapshot) and old is None and new == record.commit and kind == "commit":
        return None
    if isinstance(record, ForgottenSnapshot) and old is None and new is not None and kind == "commit":
        return None  # by a maintainer, which the gate asks
    if record is not None and old is not None:
        lost = "it would not be known any more" if isinstance(record, ForgottenSnapshot) else "that cannot be run again"
        return NotPermittedError(
            what=f"{ref} cannot be {'deleted' if new is None else 'moved'}",
            why=f"it holds {record.meaning}; without it {lost}",
            next="leave it as it is: the platform keeps such refs few by itself",
        )
    return NotPermittedError(
        what=f"{ref} cannot be made",
        why=f"{SAIGEN} is the platform's own and takes only {INCOMING}<commit>, holding the commit of that id",
        next=f"git push origin <commit>:{INCOMING}<commit>, with the full id twice; a branch or tag for anything else",
    )


def _checked(kind: str, name: str) -> str:
    if is_name(name):
        return name
    raise UsageError(
        what=f"{name!r} cannot name a {kind}",
        why=f"expected {NAME_RULE}",
        next="choose another name, for example 'flights' or 'dataset-A'",
    )
