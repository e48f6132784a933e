"""A maintainer's override: kept beside the repository before the push is let in, and then noted on the commit itself.

Anyone who reads the repository sees it:

    git fetch origin refs/notes/saigen/overrides:refs/notes/saigen/overrides
    git log --notes=saigen/overrides

Members cannot change these notes: refs/notes/saigen is the platform's (saigen.tags).
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from saigen.branches.push import RefChange
from saigen.git.repository import Repository
from saigen.tags import OVERRIDES

FOLDER = Path("saigen") / "overrides"  # in the bare repository
_ALLOWED = {"SAIGEN_PLATFORM": "notes"}
_UNDER_WAY = 3600  # seconds in which a push may still be
_NOBODY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Saigen"), ("EMAIL", "saigen@noreply.localhost"))
}


@dataclass(frozen=True)
class Override:
    """One ref that a maintainer changed against the rules. `at`: UTC, ISO 8601. `broken`: what each rule said."""

    by: str
    at: str
    reason: str
    ref: str
    old: str | None
    new: str | None
    broken: tuple[str, ...]

    @property
    def commit(self) -> str:
        """What the note is on: the new object, or the old one of a branch that was deleted."""
        return self.new or self.old or ""

    def text(self) -> str:
        """The note."""
        what = "deleted" if self.new is None else "made" if self.old is None else "changed"
        return "\n".join(
            (
                f"Override by {self.by}, {self.at}",
                f"Reason: {self.reason}",
                f"Ref: {self.ref}, {what}",
                *(f"Against: {said}" for said in self.broken),
            )
        )


def keep(folder: Path, overrides: Sequence[Override]) -> None:
    """Write them down, on the disk for good, before the push is let in. Raises OSError."""
    place = folder / FOLDER
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    for one in overrides:
        draft = place / f".{_name(one.ref, one.old, one.new)}"
        with draft.open("w", encoding="utf-8") as file:
            json.dump(asdict(one), file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(place / draft.name[1:])


def publish(folder: Path, changes: Sequence[RefChange] | None = None) -> list[Override]:
    """Note those overrides that were kept: of these changes, or all that were left behind. Returns those noted.

    One whose commit is not in the repository was not let in by something else, and is forgotten.

    Raises:
        GitError: a note could not be made; it waits for the next time.
    """
    place, noted = folder / FOLDER, []
    if not place.is_dir():
        return []
    repository = Repository(folder)
    names = None if changes is None else {_name(one.ref, one.old, one.new) for one in changes}
    with _alone(place):
        for file in sorted(place.glob("*.json")):
            if file.name not in names if names is not None else time.time() - file.stat().st_mtime < _UNDER_WAY:
                continue
            content = json.loads(file.read_text(encoding="utf-8"))
            one = Override(**{**content, "broken": tuple(content["broken"])})
            if repository.ask("cat-file", "-e", one.commit) is not None:
                _note(repository, one)
                noted.append(one)
            file.unlink()
    return noted


def _note(repository: Repository, one: Override) -> None:
    notes = ("notes", f"--ref={OVERRIDES}", "append", "--file=-", one.commit)
    repository.run(*notes, environment={**_NOBODY, **_ALLOWED}, given=one.text().encode())


def _name(ref: str, old: str | None, new: str | None) -> str:
    return hashlib.sha256(f"{old} {new} {ref}".encode()).hexdigest()[:40] + ".json"


@contextmanager
def _alone(place: Path) -> Iterator[None]:
    """Two at once would each add to the same notes, and one of them fail."""
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
