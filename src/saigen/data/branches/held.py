"""What a checkout's pointers hold, file by file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from saigen.data.content import Contents
from saigen.data.dvc_program import dvc
from saigen.data.pointer import Entry, Output
from saigen.data.remote import NotOurs, resolve
from saigen.git.repository import Repository


def read_entries(repository: Repository, outputs: Iterable[Output]) -> dict[str, list[Entry]]:
    """The files of every directory among these outputs of a checkout, by its path.

    Raises:
        BlockedError: a list is nowhere. UnreachableError, NotPermittedError: the storage does not answer, or refuses.
    """
    contents = Contents(repository)
    found = {}
    for output in outputs:
        if output.md5 and output.is_directory and not output.elsewhere:
            away = isinstance(resolve(output, contents.remotes), NotOurs) and contents.local(output.md5) is None
            if away:  # another kind of storage than S3, which DVC knows
                dvc(repository, "fetch", output.pointer if output.pointer.endswith(".dvc") else output.path)
            found[output.path] = contents.entries(output)
    return found


def held_files(outputs: Iterable[Output], entries: Mapping[str, Sequence[Entry]]) -> dict[str, str]:
    """Md5 of every file that outputs consist of, by its path. `entries`: those of each directory among them. Pure."""
    held = {}
    for output in outputs:
        if output.path in entries:
            held.update({f"{output.path}/{entry.path}": entry.md5 for entry in entries[output.path]})
        elif output.md5 and not output.is_directory:
            held[output.path] = output.md5
    return held
