"""Which version of its data a commit or a checkout has: the Git side of `version.describe`.

A recording asks this at the start of a run, so it takes few Git processes however many versions there are: three, and
a fourth for `--merged` where a state has no name.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from saigen.data.pointer import STAGES, Output, is_pointer, read_outputs
from saigen.data.version import State, describe, output_of, outputs_at
from saigen.errors import BlockedError, UsageError
from saigen.git.repository import Repository
from saigen.project import FILE, Basics, parse_basics, read_basics
from saigen.tags import DataVersion, parse_tag

_POINTERS = (":(glob)**/*.dvc", ":(glob)**/dvc.lock", f":(glob)**/{STAGES}")


@dataclass(frozen=True)
class DatasetState:
    """Data of a commit or a checkout.

    Attributes:
        dataset: its name in saigen.toml; None for data that DVC tracks and no dataset names.
        path: relative to the repository's root, with `/`.
        output: what its pointer says; None where saigen.toml names data that DVC does not know.
        state: its id; None where it has no name or its pointer records no content.
    """

    dataset: str | None
    path: str
    output: Output | None
    state: State | None

    @property
    def md5(self) -> str | None:
        """The hash in its pointer, or None."""
        return self.output.md5 if self.output else None


def describe_data(
    repository: Repository, revision: str | None = None, pointers: Iterable[str] | None = None
) -> list[DatasetState]:
    """All data of a commit, or, without `revision`, of the checkout as its pointers say: by path.

    `pointers`: paths of the checkout's pointers, where these are known already.

    Pointers are believed: whether the data in the checkout still is what they say is another question
    (`saigen.data.content.is_modified`).

    Raises:
        BlockedError: there is no such commit, or a pointer cannot be read. UsageError: saigen.toml is wrong.
    """
    if revision is None:
        project, outputs = read_basics(repository.root), outputs_here(repository, pointers)
    else:
        project, outputs = basics_at(repository, revision), outputs_at(repository, revision)
    names = {path: name for name, path in project.datasets.items()} if project else {}
    states = _states(repository, revision or "HEAD", names, outputs)
    tracked = {output.path: output for output in outputs}
    return [
        DatasetState(names.get(path), path, tracked.get(path), states.get(path)) for path in sorted({*tracked, *names})
    ]


def data_version(states: Iterable[DatasetState]) -> str:
    """The tag `data_version` for these: their ids, sorted and comma-joined."""
    return ",".join(sorted(str(one.state) for one in states if one.state))


def outputs_here(repository: Repository, pointers: Iterable[str] | None = None) -> list[Output]:
    """Everything that the pointers in the checkout declare, committed or not. Raises BlockedError for a broken one."""
    paths = sorted(set(pointers)) if pointers is not None else _pointers_here(repository)
    contents: dict[str, bytes] = {}
    for path in paths:
        if is_pointer(path) or path.rpartition("/")[2] == STAGES:
            with suppress(FileNotFoundError, IsADirectoryError):
                contents[path] = (repository.root / path).read_bytes()
    return read_outputs(contents)


def _pointers_here(repository: Repository) -> list[str]:
    listed = repository.run_bytes("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *_POINTERS)
    return sorted({os.fsdecode(path) for path in listed.split(b"\0") if path})


def basics_at(repository: Repository, revision: str) -> Basics | None:
    """The name, data and rules of recording of a commit; None where it has no saigen.toml. Raises UsageError."""
    text = repository.file(revision, FILE)
    return parse_basics(text.decode("utf-8", "replace")) if text is not None else None


def named_hashes(
    repository: Repository, dataset: str, path: str, pointers: Iterable[str] = ()
) -> dict[int, str | None]:
    """Hash by number of each named version of a dataset; None where its tag holds no such data.

    Args:
        path: where the dataset is now. pointers: paths of its pointer to try beside `<path>.dvc`.
    """
    return _named(repository, {dataset: (path, tuple(pointers))}, repository.tags()).get(dataset, {})


def _states(
    repository: Repository, revision: str, names: Mapping[str, str], outputs: Iterable[Output]
) -> dict[str, State]:
    """Id by path of all data that has a dataset's name and a hash."""
    known = {output.path: output for output in outputs if output.path in names and output.md5}
    if not known:
        return {}
    wanted = {names[path]: (path, (output.pointer,)) for path, output in known.items()}
    named = _named(repository, wanted, repository.tags())
    before: list[str] = []
    if any(named[names[path]] and output.md5 not in named[names[path]].values() for path, output in known.items()):
        before = (repository.ask("tag", "--list", "--merged", revision) or "").splitlines()
    numbers = _numbers(before)
    return {
        path: describe(names[path], output.md5 or "", named[names[path]], numbers.get(names[path], ()))
        for path, output in known.items()
    }


def _named(
    repository: Repository, wanted: Mapping[str, tuple[str, tuple[str, ...]]], tags: Iterable[str]
) -> dict[str, dict[int, str | None]]:
    """Hash by number by dataset. `wanted`: path and pointers of each dataset as they are now."""
    numbers = _numbers(tags)
    names = {
        (dataset, number): [f"refs/tags/{dataset}_v{number}:{pointer}" for pointer in _candidates(*wanted[dataset])]
        for dataset in wanted
        for number in numbers.get(dataset, ())
    }
    contents = repository.objects(list(dict.fromkeys(name for group in names.values() for name in group)))
    hashes: dict[str, dict[int, str | None]] = {dataset: {} for dataset in wanted}
    for (dataset, number), candidates in names.items():
        path = wanted[dataset][0]
        files = {name.partition(":")[2]: contents[name] for name in candidates if name in contents}
        output = _output(files, path) or output_at_tag(repository, dataset, number)
        hashes[dataset][number] = output.md5 if output else None
    return hashes


def _numbers(tags: Iterable[str]) -> dict[str, list[int]]:
    """The numbers of the data versions among these tags, by dataset."""
    found: dict[str, list[int]] = {}
    for version in map(parse_tag, tags):
        if isinstance(version, DataVersion):
            found.setdefault(version.dataset, []).append(version.number)
    return found


def output_at_tag(repository: Repository, dataset: str, number: int) -> Output | None:
    """The output that a named version holds, where saigen.toml of that commit says it was; None where there is none."""
    tag = f"refs/tags/{dataset}_v{number}"
    try:
        project = basics_at(repository, tag)
        path = project.datasets.get(dataset) if project else None
        return output_of(outputs_at(repository, tag), path) if path else None
    except (BlockedError, UsageError):
        return None


def _candidates(path: str, pointers: tuple[str, ...]) -> list[str]:
    return list(dict.fromkeys([*pointers, f"{path}.dvc"]))


def _output(files: Mapping[str, bytes], path: str) -> Output | None:
    """The output at `path` among pointers that are each read by itself: an old one may be broken."""
    for pointer, content in files.items():
        with suppress(BlockedError):
            if output := output_of(read_outputs({pointer: content}), path):
                return output
    return None
