"""Pointers of a push whose data is not where it should be: in the project's remote, whole and of the size they say."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Protocol

from saigen.branches.history import Commit, commits
from saigen.branches.refusal import Refusal
from saigen.branches.rules import said
from saigen.data.need import Placed, place
from saigen.data.pointer import LOCK, STAGES, Output, is_pointer, parse_directory, parse_lock, parse_pointer
from saigen.data.remote import Remote, Remotes, location, read_remotes
from saigen.data.transfer.crew import each, threads_for
from saigen.data.transfer.listing import present
from saigen.data.transfer.store import MissingObjectError, Store
from saigen.errors import BlockedError, UsageError
from saigen.git.repository import Repository
from saigen.text import named, printable

CONFIGURATION = ".dvc/config"
_LARGEST_LIST = 256 << 20  # bytes of a directory's list
ReadRemotes = Callable[[str], Remotes]


class Known(Protocol):
    """What is known of remotes without asking them. `place`: a layout's path in its bucket: `flights/files/md5/`."""

    def sizes(self, place: str, wanted: Collection[str]) -> dict[str, int]:
        """Bytes by md5 of those objects that are there for certain."""

    def learn(self, place: str, sizes: Mapping[str, int]) -> None:
        """The remote was asked, and has these."""


@dataclass(frozen=True)
class Pointed:
    """Data that a commit of the push points to, and nothing before it did at this place."""

    commit: Commit
    output: Output
    remotes: Remotes


def of_project(bucket: str, prefix: str) -> ReadRemotes:
    """Reads a commit's DVC configuration and knows one remote alone: what else it says is not looked at.

    For the server: a pushed file must not choose where the server sends its credentials.
    """

    def read(configuration: str) -> Remotes:
        found = read_remotes([configuration])
        remotes = {}
        for name, remote in found.by_name.items():
            own = (remote.bucket, remote.prefix) == (bucket, prefix.strip("/"))
            remotes[name] = replace(
                remote,
                endpoint=None,
                profile=None,
                region=None,
                access_key=None,
                secret_key=None,
                session_token=None,
                ssl_verify=None,
                elsewhere=remote.elsewhere or (None if own else f"its remote {name!r} is not the project's own"),
            )
        return replace(found, by_name=remotes)

    return read


def judge_pointers(
    repository: Repository,
    new: Sequence[str],
    known: Iterable[str],
    remotes: ReadRemotes,
    objects: Known | None = None,
) -> tuple[list[Refusal], list[str]]:
    """A refusal for each pointer whose data is not in its remote, and a note for each that is not ours to find.

    Args:
        new: ids of the commits that branches and tags shall name. known: ids of commits that are there already.
        remotes: what a commit's `.dvc/config` (the text; empty without one) says of remotes.
        objects: what need not be asked for.

    Raises:
        UnreachableError, NotPermittedError: the storage does not tell.
    """
    pointed, refusals = _pointed(repository, commits(repository, new, known), remotes)
    notes: dict[str, None] = {}
    groups: dict[tuple[Remote, bool], list[tuple[Pointed, Placed]]] = {}
    for one in pointed:
        placed, left_out = place([one.output], one.remotes)
        for output, reason in left_out:
            notes[f"{printable(output.path)} was not looked for: {printable(reason)}"] = None
        for found in placed:
            groups.setdefault((found.remote, one.output.legacy), []).append((one, found))
    for (remote, legacy), group in groups.items():
        refusals += _judge_group(Store(remote, legacy=legacy), group, objects)
    return refusals, list(notes)


def _pointed(
    repository: Repository, made: Sequence[Commit], remotes: ReadRemotes
) -> tuple[list[Pointed], list[Refusal]]:
    changed = [
        (commit, path)
        for commit in made
        for path, status in commit.changes.items()
        if is_pointer(path) and "D" not in status
    ]
    contents = repository.objects(list(dict.fromkeys(_names(changed))))
    found: dict[Output, Pointed] = {}
    refusals = []
    for commit, path in changed:
        try:
            before = {one.md5 for parent in commit.parents for one in _outputs(contents, parent, path)}
            after = _outputs(contents, commit.id, path)
            where = remotes(_configuration(contents, commit.id, path))
        except (BlockedError, UsageError) as error:
            refusals.append(Refusal("pointer", f"{said(commit)}: {printable(error.what)}", error.why, f"edit {path}"))
            continue
        for output in after:
            if output.md5 not in before:
                found.setdefault(output, Pointed(commit, output, where))
    return list(found.values()), refusals


def _names(changed: Iterable[tuple[Commit, str]]) -> Iterator[str]:
    for commit, path in changed:
        for one in (commit.id, *commit.parents):
            yield f"{one}:{path}"
            if posixpath.basename(path) == LOCK:
                yield f"{one}:{posixpath.join(posixpath.dirname(path), STAGES)}"
        for folder in PurePosixPath(path).parents:
            yield f"{commit.id}:{folder / CONFIGURATION}"


def _outputs(contents: dict[str, bytes], commit: str, path: str) -> list[Output]:
    content = contents.get(f"{commit}:{path}")
    if content is None:
        return []
    if posixpath.basename(path) != LOCK:
        return parse_pointer(path, content)
    return parse_lock(path, content, contents.get(f"{commit}:{posixpath.join(posixpath.dirname(path), STAGES)}", b""))


def _configuration(contents: dict[str, bytes], commit: str, path: str) -> str:
    """The DVC configuration that holds for a pointer: the nearest above it."""
    for folder in PurePosixPath(path).parents:
        content = contents.get(f"{commit}:{folder / CONFIGURATION}")
        if content is not None:
            return content.decode(errors="replace")
    return ""


def _judge_group(store: Store, group: Sequence[tuple[Pointed, Placed]], objects: Known | None) -> Iterator[Refusal]:
    latency = store.latency()
    lists = _lists(store, {placed.md5 for one, placed in group if one.output.is_directory}, threads_for(latency))
    wanted = {placed.md5 for one, placed in group if not one.output.is_directory}
    wanted |= {md5 for files in lists.values() if isinstance(files, list) for _, md5 in files}
    sizes = _sizes(store, wanted, latency, objects)
    for one, placed in group:
        files = lists[placed.md5] if one.output.is_directory else [("", placed.md5)]
        if isinstance(files, str):
            yield _missing(one, placed, files)
        elif missing := [path for path, md5 in files if md5 not in sizes]:
            yield _missing(one, placed, _count(one.output, missing, len(files)))
        elif wrong := _wrong_sum(one.output, len(files), sum(sizes[md5] for _, md5 in files)):
            yield _missing(one, placed, wrong)


def _sizes(store: Store, wanted: set[str], latency: float, objects: Known | None) -> dict[str, int]:
    place = location(store.remote, legacy=store.legacy).removeprefix(f"s3://{store.remote.bucket}/")
    sizes = objects.sizes(place, wanted) if objects and wanted else {}
    if rest := wanted - sizes.keys():
        found = present(store, rest, latency)
        if objects:
            objects.learn(place, found)
        sizes |= found
    return sizes


def _lists(store: Store, wanted: Iterable[str], threads: int) -> dict[str, list[tuple[str, str]] | str]:
    """Path and md5 of each file, by the md5 of a directory's list; a reason where the list cannot be had."""
    found: dict[str, list[tuple[str, str]] | str] = {}

    def read(md5: str) -> None:
        try:
            content = bytes(store.read(md5, 0, _LARGEST_LIST))
            if hashlib.md5(content, usedforsecurity=False).hexdigest() != md5.removesuffix(".dir"):
                found[md5] = "the list of its files there is damaged"
            else:
                found[md5] = [(entry.path, entry.md5) for entry in parse_directory(content)]
        except MissingObjectError:
            found[md5] = "the list of its files is not there"
        except BlockedError as error:
            found[md5] = error.why

    each(wanted, read, threads)
    return found


def _count(output: Output, missing: Sequence[str], needed: int) -> str:
    if not output.is_directory:
        return "its content is not there"
    return f"{len(missing)} of its {needed} files are not there: {named(missing)}"


def _wrong_sum(output: Output, files: int, size: int) -> str | None:
    if output.files is not None and output.is_directory and output.files != files:
        return f"the pointer says {output.files} files, and there are {files}"
    if output.size is not None and output.size != size:
        return f"the pointer says {output.size} bytes, and there are {size}"
    return None


def _missing(one: Pointed, placed: Placed, reason: str) -> Refusal:
    return Refusal(
        "pointer",
        f"{said(one.commit)}: {printable(one.output.path)} is not whole in {printable(placed.remote.url)}",
        reason,
        f"saigen data push {printable(one.output.path)}    (where the data is; then push again)",
    )
