"""`saigen.versions`: the named versions of a project's data, who uses them, and what they cost."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from saigen.data.bucket import Stored
from saigen.data.content import Contents
from saigen.data.describe import output_at_tag
from saigen.data.pointer import Entry, Output
from saigen.data.remote import NotOurs, key, resolve
from saigen.data.version import State, parse_states
from saigen.errors import SaigenError
from saigen.git.repository import Repository, repository_here
from saigen.recording import DATA_VERSION
from saigen.tags import TAGS, DataVersion, parse_tag

DEFAULT_MESSAGE = "Release "  # and the tag: the message of a release without a word of why
_FIELDS = ("refname", "creatordate:iso-strict", "taggername", "authorname", "*authorname", "contents", "*contents")
_FORMAT = "".join(f"%({name})%00" for name in _FIELDS) + "%01"


@dataclass(frozen=True)
class Version:
    """A named data version.

    Attributes:
        date: when it was named, ISO 8601. author: who named it. source: what its message says where it came from.
        files, size: number of files, and bytes; None where its pointer does not say. md5: None where it holds no data.
        runs: how many runs used it; None where the tracking server was not asked or did not answer.
    """

    tag: str
    dataset: str
    number: int
    date: str
    author: str
    source: str
    message: str
    md5: str | None
    files: int | None
    size: int | None
    runs: int | None


@dataclass(frozen=True)
class Dedup:
    """Bytes of all versions of a dataset together, and of what is stored, each content once; None: not known."""

    dataset: str
    sum: int | None
    stored: int | None


@dataclass(frozen=True)
class Versions:
    """All versions, by dataset and number; notes say what could not be found out."""

    versions: tuple[Version, ...]
    dedup: tuple[Dedup, ...]
    notes: tuple[str, ...] = ()


def versions(
    dataset: str | None = None, *, runs: bool = True, sizes: bool = True, repository: Repository | None = None
) -> Versions:
    """The named versions of a project's data that are known here (`git fetch --tags` brings others').

    Args:
        dataset: only this one. runs: count the runs of each, which asks the tracking server.
        sizes: find out what is stored once, which may ask the remote.

    Raises:
        BlockedError: outside of a repository.
    """
    where = repository or repository_here()
    named = [one for one in _read(where) if dataset in (None, one[0].dataset)]
    notes: list[str] = []
    used = _runs(notes) if runs and named else None
    outputs = {version.tag: output_at_tag(where, version.dataset, version.number) for version, _ in named}
    listed = [_version(version, fields, outputs[version.tag], used) for version, fields in named]
    datasets = list(dict.fromkeys(version.dataset for version, _ in named))
    held = {name: [outputs[one.tag] for one in listed if one.dataset == name] for name in datasets}
    dedup = _all_stored(where, held, notes) if sizes else []
    return Versions(tuple(listed), tuple(dedup), tuple(notes))


def source_of(*messages: str) -> str:
    """Where data came from: the trailer `Source:` in the first of these messages that has one.

    Where none has, the first line of the last message that says anything, which is the commit's: by the method of data
    branches a commit's message names the source. What `saigen data release` writes without being told is no source.
    """
    folded = [re.sub(r"\n[ \t]+(?=\S)", " ", message.strip()) for message in messages]  # a trailer goes on, indented
    lines = [[line.strip() for line in message.splitlines()] for message in folded]
    for message in lines:
        for line in reversed(message):
            if line.lower().startswith("source:"):
                return line.partition(":")[2].strip()
    first = next((message[0] for message in reversed(lines) if message), "")
    return "" if first.startswith(DEFAULT_MESSAGE) else first


def stored_once(contents: Iterable[Iterable[tuple[str, int]]]) -> tuple[int, int]:
    """Bytes of several versions in sum, and with each content counted once.

    Args:
        contents: hash and size of every file of each version; a size below 0 where it is not known.
    """
    total = 0
    once: dict[str, int] = {}
    for files in contents:
        known = [(md5, size) for md5, size in files if size >= 0]
        total += sum(size for _, size in known)
        once.update(known)
    return total, sum(once.values())


def _read(repository: Repository) -> list[tuple[DataVersion, list[str]]]:
    """All tags that name data versions, with what Git knows of each, by dataset and number."""
    found = []
    for record in repository.run("for-each-ref", f"--format={_FORMAT}", TAGS).split("\0\1"):
        fields = record.lstrip("\n").split("\0")
        version = parse_tag(fields[0].removeprefix(TAGS))
        if isinstance(version, DataVersion):
            found.append((version, fields))
    return sorted(found, key=lambda one: (one[0].dataset, one[0].number))


def _version(
    version: DataVersion, fields: Sequence[str], output: Output | None, used: Mapping[State, int] | None
) -> Version:
    _, date, tagger, author, tagged_author, message, tagged_message = fields[:7]
    return Version(
        tag=version.tag,
        dataset=version.dataset,
        number=version.number,
        date=date,
        author=tagger or author or tagged_author,
        source=source_of(message, tagged_message),
        message=message.strip().partition("\n")[0],
        md5=output.md5 if output else None,
        files=(output.files if output.is_directory else 1) if output else None,
        size=output.size if output else None,
        runs=_count(used, version, output) if used is not None else None,
    )


def _count(used: Mapping[State, int], version: DataVersion, output: Output | None) -> int:
    """How many runs used a version, under its name or before it had one."""
    named = State(version.dataset, version.number)
    return sum(number for state, number in used.items() if named.is_also(state, output.md5 if output else None))


def _runs(notes: list[str]) -> Mapping[State, int] | None:
    """Number of runs by state of data; None, with a note, where the tracking server cannot be asked."""
    from saigen.tracking import Tracking

    try:
        tracking = Tracking()
        found: Counter[State] = Counter()
        for run in tracking.search(list(tracking.experiments()), f"tags.{DATA_VERSION} LIKE '%_v%'"):
            found.update(set(parse_states(run.tags.get(DATA_VERSION, ""))))
    except SaigenError as error:
        notes.append(f"runs are not counted: {error.what} ({error.why})")
        return None
    return found


def _all_stored(repository: Repository, held: Mapping[str, Sequence[Output | None]], notes: list[str]) -> list[Dedup]:
    contents = Contents(repository)
    found = []
    for dataset, outputs in held.items():
        known = [output for output in outputs if output and output.md5]
        try:
            sizes = sizes_of(contents, known)
            total, once = stored_once(sizes)
            found.append(Dedup(dataset, total, once))
            if lacking := sum(size < 0 for files in sizes for _, size in files):
                notes.append(f"{lacking} files of {dataset} are in no place that was looked at, and count as nothing")
        except SaigenError as error:
            notes.append(f"what {dataset} takes in storage is not known: {error.what} ({error.why})")
            found.append(Dedup(dataset, None, None))
    return found


def sizes_of(contents: Contents, outputs: Sequence[Output]) -> list[list[tuple[str, int]]]:
    """Hash and size of every file of each output. Directories' lists hold no sizes: the remote is asked for them."""
    listed = [(output, contents.entries(output) if output.is_directory else None) for output in outputs]
    stored: dict[str, int] = {}
    for output, entries in listed:
        if entries and not all(entry.md5 in stored for entry in entries):
            stored.update(_stored(contents, output, entries))
    return [
        [(entry.md5, stored.get(entry.md5, -1)) for entry in entries]
        if entries is not None
        else [(output.md5 or "", -1 if output.size is None else output.size)]
        for output, entries in listed
    ]


def _stored(contents: Contents, output: Output, entries: Iterable[Entry]) -> dict[str, int]:
    place = resolve(output, contents.remotes)
    wanted = {entry.md5 for entry in entries}
    if isinstance(place, NotOurs):
        found = {md5: contents.local(md5, legacy=output.legacy) for md5 in wanted}
        return {md5: path.stat().st_size for md5, path in found.items() if path}
    prefix = key(place.remote, "0" * 32, legacy=output.legacy)[:-33]
    listed: Iterable[Stored] = contents.bucket(place.remote).list(prefix)
    sizes = {one.key.removeprefix(prefix).replace("/", ""): one.size for one in listed}
    return {md5: sizes[md5] for md5 in wanted if md5 in sizes}
