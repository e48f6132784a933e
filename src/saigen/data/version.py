"""The id of a dataset's state: `git describe` for data.

`flights_v3` where a tag of that name holds the same content; else `flights_v3+1a2b3c4`: the newest named version before
it and the first seven characters of the content's hash. `flights_v0+1a2b3c4`: nothing is named yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from saigen.data.pointer import LOCK, STAGES, Output, is_pointer, read_outputs
from saigen.git.repository import Repository
from saigen.tags import DataVersion, parse_tag

_UNNAMED = re.compile(r"(?P<before>[^+]+)\+(?P<short>[0-9a-f]{7})")


@dataclass(frozen=True)
class State:
    """One state of a dataset: a named one (`short` is None), or what came after it."""

    dataset: str
    number: int
    short: str | None = None

    def __str__(self) -> str:
        return f"{self.dataset}_v{self.number}" + (f"+{self.short}" if self.short else "")

    @property
    def tag(self) -> str | None:
        """The Git tag that holds exactly this state, or None."""
        return None if self.short else str(self)

    def is_also(self, other: State, md5: str | None) -> bool:
        """Whether another id means this state too: before it got its name, the hash of its content told it.

        Args:
            md5: hash of this state's content; None where it is not known.
        """
        if other.short is None or other.dataset != self.dataset:
            return other == self
        return other == self or (md5 or "").startswith(other.short)


def parse_state(text: str) -> State | None:
    """The state that an id names: `flights_v3`, `flights_v3+1a2b3c4`; None for anything else."""
    match = _UNNAMED.fullmatch(text)
    before = match["before"] if match else text
    found = parse_tag(before)
    if found is None and match and before.endswith("_v0"):
        found = parse_tag(before[:-1] + "1")
        return State(found.dataset, 0, match["short"]) if isinstance(found, DataVersion) else None
    if not isinstance(found, DataVersion):
        return None
    return State(found.dataset, found.number, match["short"] if match else None)


def parse_states(text: str) -> list[State]:
    """The states that a run's `data_version` names: comma-joined. What is not an id is left out."""
    return [state for part in text.split(",") if (state := parse_state(part.strip()))]


def describe(dataset: str, md5: str, named: Mapping[int, str | None], before: Iterable[int]) -> State:
    """The id of a state.

    Args:
        md5: the state's hash as DVC writes it.
        named: hash by number of each named version of the dataset (None where its tag holds no such data).
        before: numbers of the named versions in the history of the commit.
    """
    same = [number for number, held in named.items() if held == md5]
    if same:
        return State(dataset, max(same))
    return State(dataset, max(before, default=0), md5.removesuffix(".dir")[:7])


def version_numbers(dataset: str, tags: Iterable[str]) -> list[int]:
    """The numbers of a dataset's versions among these tags, ascending."""
    found = (parse_tag(tag) for tag in tags)
    return sorted(one.number for one in found if isinstance(one, DataVersion) and one.dataset == dataset)


def outputs_at(repository: Repository, revision: str) -> list[Output]:
    """Everything that DVC tracks in a commit.

    Raises:
        BlockedError: there is no such commit, or a pointer in it cannot be read.
    """
    paths = [path for path in repository.files(revision) if is_pointer(path) or path.rpartition("/")[2] == STAGES]
    locks = {path.rpartition("/")[0] for path in paths if path.rpartition("/")[2] == LOCK}
    wanted = [path for path in paths if path.rpartition("/")[2] != STAGES or path.rpartition("/")[0] in locks]
    return read_outputs(repository.contents(revision, wanted))


def output_of(outputs: Iterable[Output], path: str) -> Output | None:
    """The output at a dataset's path, or None."""
    return next((output for output in outputs if output.path == path), None)
