"""Which data of a commit a run needs, and what its tags say about it."""

from __future__ import annotations

import hashlib
import json
import os
import posixpath
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from saigen.data.pointer import LOCK, Output
from saigen.data.remote import Remotes, read_remotes
from saigen.data.version import output_of, outputs_at, parse_states
from saigen.errors import BlockedError
from saigen.git.repository import Repository
from saigen.project import Project
from saigen.recording import DATA_ARTIFACT, Recording, parse_data
from saigen.reproduce.plan import same_data
from saigen.text import printable


@dataclass(frozen=True)
class Needed:
    """The outputs that a run needs, and what the person should know about them."""

    outputs: tuple[Output, ...]
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes, as far as the pointers say."""
        return sum(output.size or 0 for output in self.outputs)


def needed(recording: Recording, outputs: Sequence[Output], files: Collection[str], program: str) -> Needed:
    """Which outputs of a commit a run needs. Pure.

    Those that its recording names; all of the commit's where it names none.

    Args:
        outputs: everything that DVC tracks in the commit. files: all files in it.
        program: what the command runs: for `dvc` itself what stages produce is left to the stages.

    Raises:
        BlockedError: the run used other content than its commit points to, or content that is in no remote of ours.
    """
    pointed = {output.path: output.md5 for output in outputs}
    if different := same_data(recording.data, pointed):
        path = printable(different[0])
        raise BlockedError(
            f"the run used other data than its commit points to: {path}",
            f"expected {pointed.get(different[0]) or 'a pointer'}, found {printable(recording.data[different[0]])}",
            "dvc commit && saigen data push, then train again    (whoever ran it)",
        )
    chosen = [output for output in outputs if not recording.data or output.path in recording.data]
    if program == "dvc":
        chosen = [output for output in chosen if posixpath.basename(output.pointer) != LOCK]
    notes, kept = [], []
    for output in chosen:
        reason = output.elsewhere or (None if output.md5 else "its pointer records no content")
        if reason is None:
            kept.append(output)
        elif output.path in recording.data and output.path not in files:
            raise BlockedError(
                f"{printable(output.path)} cannot be fetched", reason, "fetch it by hand: --no-run --keep"
            )
        elif output.path not in files:
            notes.append(f"not fetched: {printable(output.path)}, {reason}")
    return Needed(tuple(kept), tuple(notes))


def at_version(
    repository: Repository, recording: Recording, project: Project | None, outputs: Sequence[Output]
) -> tuple[list[Output], list[str]]:
    """The commit's outputs, those datasets that `data_version` names by tag taken from that tag; and notes about it.

    For a run without a recording, what its author says about its data holds (A7), also where its commit says otherwise.
    """
    if recording.data or project is None:
        return list(outputs), []
    found, notes = {output.path: output for output in outputs}, []
    for state in parse_states(recording.data_version or ""):
        path = project.datasets.get(state.dataset)
        if path is None or state.tag is None:
            continue
        there = (
            output_of(outputs_at(repository, f"refs/tags/{state.tag}"), path)
            if _tagged(repository, state.tag)
            else None
        )
        if there is None:
            notes.append(f"data_version says {state.tag}, but there is no such tag with {printable(path)}")
        elif path not in found or there.md5 != found[path].md5:
            notes.append(
                f"{printable(path)} is that of {state.tag}, as data_version says; the commit points to another"
            )
            found[path] = there
    return [found[path] for path in sorted(found)], notes


def remotes_at(repository: Repository, commit: str) -> Remotes:
    """The DVC remotes of a commit, with what the person has set for all projects."""
    own = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "dvc" / "config"
    texts = [own.read_text(encoding="utf-8")] if own.is_file() else []
    committed = repository.file(commit, ".dvc/config")
    return read_remotes([*texts, *([committed.decode("utf-8", "replace")] if committed else [])])


def _tagged(repository: Repository, tag: str) -> bool:
    return repository.commit(f"refs/tags/{tag}") is not None


def recorded_data(recording: Recording, artifact: str | None) -> Mapping[str, str]:
    """The map of a run's data, from its tag or, where that only holds a digest, from the artifact with that digest.

    Raises:
        BlockedError: the artifact is not the one that the tag names.
    """
    if recording.data_digest is None:
        return recording.data
    found = parse_data(_with_digest(artifact or "", recording.data_digest), recording.data_digest)
    if found is None:
        what = f"{DATA_ARTIFACT} cannot be read"
        raise BlockedError(what, "expected a hash for each path", "look at the run's artifacts in saigen/")
    return found


def recorded_artifact(tag: str, read: Callable[[], str]) -> str | None:
    """The text that was too long for a tag, which then holds its digest; None where the tag holds something else.

    Raises:
        BlockedError: the artifact is not the one that the tag names.
    """
    try:
        said = json.loads(tag)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or set(said) != {"sha256", "count"}:
        return None
    return _with_digest(read(), str(said["sha256"]))


def _with_digest(text: str, digest: str) -> str:
    found = hashlib.sha256(text.encode()).hexdigest()
    if found == digest:
        return text
    raise BlockedError(
        "what was recorded beside the run's tags is not what they name",
        f"expected sha256 {printable(digest)}, found {found}",
        "look at the run's artifacts in saigen/",
    )
