"""Whether the data of a run is what its pointers say, and whether colleagues can get it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from saigen.data.bucket import Bucket
from saigen.data.configuration import configured_remotes
from saigen.data.describe import describe_data
from saigen.data.hashing import Hashes
from saigen.data.pointer import Output, is_inside
from saigen.data.remote import NotOurs, Remotes, resolve
from saigen.data.standing import ELSEWHERE_FOR_ALL
from saigen.errors import NotPermittedError, SaigenError, UnreachableError
from saigen.git.repository import Repository
from saigen.record.spool import Entry
from saigen.recording import Data

_SHOWN = 20


@dataclass(frozen=True)
class Compared:
    """The state of a run's data.

    Attributes:
        modified: paths that differ from their pointers. pending: ask again later. failed: it could not be looked at.
        kept: paths whose content no remote gives to others.
    """

    data: Data
    notes: tuple[str, ...] = ()
    modified: tuple[str, ...] = ()
    pending: bool = False
    failed: bool = False
    kept: tuple[str, ...] = ()


def outputs_of(entry: Entry) -> list[Output]:
    """What the pointers of a recording's commit say of the data that was in its checkout.

    Raises:
        BlockedError: the commit is not here, or a pointer cannot be read.
    """
    place = entry.place
    if place is None or entry.commit is None:
        return []
    states = describe_data(Repository(place.root), entry.commit)
    return [one.output for one in states if one.output and (not entry.described or one.path in entry.data)]


def compare(entry: Entry, known: Collection[str] | None, written: Collection[str]) -> Compared:
    """The state of a recording's data.

    Args:
        known: paths that were found to be modified when the run began; None: look now.
        written: paths that the run itself wrote and did not read: its results.
    """
    place = entry.place
    if place is None:
        return Compared(Data.UNKNOWN)
    try:
        every = outputs_of(entry)
        outputs = [one for one in every if one.path not in written]
        # A file that the run replaced may have been looked at too late. What else is in a folder was there before.
        replaced = {one.path for one in every if one.path in written and not one.is_directory}
        modified = sorted({*known} - replaced) if known is not None else list(find_modified(entry, outputs))
        notes = [f"{path} differs from its pointer" for path in modified[:_SHOWN]]
        held = in_git(entry, [one.path for one in outputs if one.elsewhere and is_inside(one.path)])
        asked = [one for one in outputs if one.path not in modified and one.path not in held]
        rest = in_remote(asked, configured_remotes(place.root))
    except (SaigenError, OSError) as error:
        said = error.why if isinstance(error, SaigenError) else str(error)
        return Compared(Data.UNKNOWN, (f"the data is not known: {said}",), failed=True)
    if modified:
        return Compared(Data.MODIFIED, (*notes, *rest.notes), tuple(modified))
    return rest


def find_modified(entry: Entry, outputs: Iterable[Output]) -> Iterable[str]:
    """Paths of the outputs whose content in the checkout is not what their pointers say. Raises OSError."""
    hashes = Hashes(workers=2)
    for output in outputs:
        if output.md5 is not None and entry.place is not None:
            found = hashes.output(entry.place.root, output)
            if found is not None and found != output.md5:
                yield output.path


def in_git(entry: Entry, paths: Sequence[str]) -> set[str]:
    """Those of the paths that the recording's commit itself holds, as outputs with `cache: false` are."""
    place = entry.place
    if place is None or entry.commit is None or not paths:
        return set()
    found = Repository(place.root).run("ls-tree", "-z", "--name-only", "--full-tree", entry.commit, "--", *paths)
    return {path for path in found.split("\0") if path}


def in_remote(outputs: Iterable[Output], remotes: Remotes) -> Compared:
    """Whether the remotes hold these outputs: each file, and of a directory its list, which is written last."""
    buckets: dict[str, Bucket] = {}
    notes: list[str] = []
    kept: list[str] = []
    worst = Data.PUSHED
    pending = False
    for output in outputs:
        place = resolve(output, remotes)
        if isinstance(place, NotOurs):
            notes.append(f"{output.path}: {place.reason}")
            kept += [] if place.reason.startswith(ELSEWHERE_FOR_ALL) else [output.path]
            worst = Data.UNKNOWN
            continue
        bucket = buckets.setdefault(place.remote.name, Bucket(place.remote))
        try:
            if bucket.size(place.key) is None:
                notes.append(f"{output.path} is not in the remote, push it with: saigen data push")
                worst, pending = Data.UNPUSHED if worst is Data.PUSHED else worst, True
        except (UnreachableError, NotPermittedError) as error:
            return Compared(Data.UNKNOWN, (*notes[:_SHOWN], f"{error.what}: {output.path}"), pending=True)
    return Compared(worst, tuple(notes[:_SHOWN]), pending=pending, kept=tuple(kept))
