"""`saigen run -- CMD`: nothing starts before everything it needs is where colleagues can get it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from saigen.errors import BlockedError, UnreachableError
from saigen.login.session import use
from saigen.project import RecordRules, read_basics
from saigen.record import spool
from saigen.record.asking import ask
from saigen.record.compare import Compared, compare
from saigen.record.deliver import deliver, look_into
from saigen.record.gather import lock_files
from saigen.record.place import find
from saigen.record.snapshot import take
from saigen.recording import Code, Data


@dataclass(frozen=True)
class Ready:
    """Everything is recorded: the commit that holds what will run, and what is worth knowing."""

    commit: str
    notes: tuple[str, ...] = ()


def prepare(folder: Path | None = None) -> Ready:
    """Record and push the working tree, and make sure that the remote has its data, before something runs.

    Raises:
        BlockedError: something would be missing for whoever runs it again. UnreachableError: a remote does not answer.
    """
    use(os.environ)
    place = find(folder or Path.cwd())
    if place is None:
        raise BlockedError("there is no repository here", f"expected one around {folder or Path.cwd()}", "git init")
    project = read_basics(place.root)
    with ask(place) as asked:
        snapshot = take(asked, project.record if project else RecordRules(), lambda: lock_files(place))
    if snapshot.left_out:
        raise BlockedError(
            "not everything that would run can be recorded",
            "left out: " + ", ".join(snapshot.left_out[:10]),
            "commit it, or name it in .gitignore if nothing reads it",
        )
    entry = spool.Entry(
        record=spool.new_id(),
        pid=os.getpid(),
        started=0,
        tracking=None,
        folder=str(place.root),
        created=0,
        root=str(place.root),
        git=str(place.git),
        common=str(place.common),
        objects=str(asked.tree.objects) if asked.tree.objects else None,
        commit=snapshot.commit,
        head=snapshot.head,
        branch=snapshot.branch,
    )
    delivered = deliver(entry)
    if delivered.code is not Code.PUSHED:
        kind = UnreachableError if delivered.pending and "does not answer" in (delivered.note or "") else BlockedError
        raise kind("the code could not be pushed", delivered.note or "it is on this machine only", "saigen login URL")
    with _looking_into(entry):
        found = compare(entry, None, ())
    return Ready(snapshot.commit, (*snapshot.notes, *_check(found)))


@contextmanager
def _looking_into(entry: spool.Entry) -> Iterator[None]:
    """As `look_into`, and the command that comes after sees nothing of it."""
    before = dict(os.environ)
    look_into(entry)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)


def _check(found: Compared) -> tuple[str, ...]:
    if found.data is Data.MODIFIED:
        raise BlockedError(
            "data was changed and not added",
            ", ".join(f"{path} differs from its pointer" for path in found.modified),
            f"dvc add {found.modified[0]} && saigen data push    (or: dvc checkout {found.modified[0]})",
        )
    if found.data is Data.UNPUSHED:
        raise BlockedError("data is on this machine only", "; ".join(found.notes), "saigen data push")
    if found.pending:
        raise UnreachableError("the remote of the data does not answer", "; ".join(found.notes), "saigen doctor")
    if found.failed:
        raise BlockedError("the data could not be looked at", "; ".join(found.notes), "dvc status")
    if found.kept:
        raise BlockedError(
            "nobody else gets some of the data",
            "; ".join(found.notes),
            f"let DVC push {found.kept[0]}, or commit it to Git; then the same again",
        )
    return found.notes
