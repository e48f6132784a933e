"""`tracking/runs.json`: what was tried and what came of it, as a list in Git that is only ever added to.

One run a line, and the comma that JSON wants stands before an entry, not after it: adding runs adds lines and changes
none, so a diff shows what is new and nothing else. Entries that a person wrote by hand are left as they are.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from saigen.branches.kinds import RESULTS
from saigen.errors import BlockedError
from saigen.recording import COMMIT, DATA_VERSION
from saigen.tracking.runs import Run

Entry = Mapping[str, Any]
ID = "run_id"
RELEASE = "saigen.release"
# The tags that say which data, code and release a run belongs to.
TAGS = (DATA_VERSION, COMMIT, RELEASE)


class ResultsError(BlockedError):
    """The file is not what it should be. It is left as it is."""


def entry(run: Run, experiment: str | None = None) -> dict[str, Any]:
    """What the list says about a run.

    Args:
        experiment: name of its experiment; without it the id stands there.
    """
    return {
        ID: run.id,
        "experiment": experiment or run.experiment_id,
        "name": run.name,
        "started": _moment(run.start),
        "user": run.user,
        "params": dict(sorted(run.params.items())),
        "metrics": {name: _number(value) for name, value in sorted(run.metrics.items())},
        "tags": {name: run.tags[name] for name in TAGS if name in run.tags},
    }


def merged(old: Sequence[Entry], new: Iterable[Entry]) -> list[Entry]:
    """The old entries, untouched and in their order, then those of the new whose run is not there, oldest first."""
    known = {str(one[ID]) for one in old if ID in one}
    added: dict[str, Entry] = {}
    for one in new:
        if (id_ := str(one[ID])) not in known:
            added.setdefault(id_, one)
    return [*old, *sorted(added.values(), key=lambda one: (str(one.get("started", "")), str(one[ID])))]


def append(root: Path, entries: Iterable[Entry]) -> bool:
    """Add runs to the list of a working tree, at once: nobody sees half a file.

    Args:
        root: of the working tree.

    Returns:
        Whether the file changed: False where every run was there.

    Raises:
        ResultsError: the file that is there is no list of runs.
    """
    path = root / RESULTS
    old = read(path)
    every = merged(old, entries)
    if len(every) == len(old):
        return False
    _write(path, written(every))
    return True


def read(path: Path) -> list[Entry]:
    """The entries of a list, in their order; none where there is no file. Raises ResultsError."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise _broken(str(error)) from error
    return parsed(text)


def parsed(text: str) -> list[Entry]:
    """The entries that a text holds. Raises ResultsError."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise _broken(f"it is not JSON: {error}") from error
    if not isinstance(found, list):
        raise _broken(f"expected a list, found {type(found).__name__}")
    for number, one in enumerate(found, 1):
        if not isinstance(one, dict):
            raise _broken(f"expected an object for each run, found {type(one).__name__} as number {number}")
    return found


def written(entries: Sequence[Entry]) -> str:
    """The text of the file: one entry a line."""
    lines = [_line(one) for one in entries]
    return "".join(["[\n", *(f"{' ' if index == 0 else ','}{line}\n" for index, line in enumerate(lines)), "]\n"])


def _line(one: Entry) -> str:
    text = json.dumps(one, ensure_ascii=False)
    # Half of a surrogate pair is no text that a file can hold, but JSON can name it.
    return text if all(not "\ud800" <= character <= "\udfff" for character in text) else json.dumps(one)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(handle)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
        Path(draft).chmod(mode)
        Path(draft).replace(path)
    finally:
        Path(draft).unlink(missing_ok=True)


def _broken(why: str) -> ResultsError:
    return ResultsError(f"{RESULTS} cannot be read", why, f"git log -p -- {RESULTS}    (and put it right)")


def _number(value: float) -> float | str:
    """A metric; what JSON has no number for is written as Python writes it: nan, inf, -inf."""
    return value if math.isfinite(value) else str(value)


def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, timezone.utc).isoformat(timespec="milliseconds")
