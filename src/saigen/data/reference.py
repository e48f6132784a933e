"""What a person may write for a state of data, and which state that is.

flights_v3              a named version                   flights            the dataset as the checkout has it
flights_v3+1a2b3c4      an unnamed state                  data/flights.csv   a path in the checkout, or any file
main, 1a2b3c4, HEAD~1   what a commit has                 .                  the checkout
HEAD~1:data/flights.csv what a commit has at a path
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from saigen.data.describe import DatasetState, describe_data, output_at_tag
from saigen.data.pointer import Output
from saigen.data.version import State, output_of, outputs_at, parse_state
from saigen.errors import BlockedError, SaigenError, UsageError
from saigen.git.repository import Repository
from saigen.project import read_project
from saigen.recording import Recording

CHECKOUT = "."


@dataclass(frozen=True)
class Reference:
    """One state of data.

    Attributes:
        label: how to call it.
        path: relative to the repository's root, or the file as it was named where it lies outside.
        output: what its pointer says; None for what lies in the checkout.
        file: where the data is on disk; None for a state that is in history only.
    """

    label: str
    path: str
    output: Output | None = None
    file: Path | None = None


def dataset_in(repository: Repository, text: str) -> str | None:
    """Name of the dataset that a reference names by itself, or None."""
    if state := parse_state(text):
        return state.dataset
    project = read_project(repository.root)
    names = project.datasets if project else {}
    if text in names:
        return text
    inside = inside_path(repository, Path(text))
    return next((name for name, path in names.items() if path == inside), None)


def resolve_reference(repository: Repository, text: str, dataset: str | None = None) -> Reference:
    """The state that a reference names.

    Args:
        dataset: which data is meant where the reference is a commit or the checkout.

    Raises:
        UsageError: it names nothing, or more than one dataset. BlockedError: the state cannot be found.
    """
    if text == CHECKOUT:
        return _in_checkout(repository, dataset)
    if (state := parse_state(text)) and (found := _of_state(repository, state)):
        return Reference(text, found.path, found)
    project = read_project(repository.root)
    if project and text in project.datasets:
        return _in_checkout(repository, text)
    if Path(text).exists():
        return _on_disk(repository, Path(text))
    revision, colon, path = text.partition(":")
    commit = repository.commit(revision)
    if commit is None:
        known = ", ".join(project.datasets) if project else "none"
        raise UsageError(
            f"{text!r} names no state of data",
            f"expected a version such as flights_v3, a dataset ({known}), a commit or a file",
            "saigen data list",
        )
    states = describe_data(repository, commit)
    chosen = _at_path(states, path, text) if colon else _choose(states, dataset, text)
    if chosen.output is None:
        raise BlockedError(
            f"{text} has no {chosen.path}", "DVC does not know it there", f"git log -- {chosen.path}.dvc"
        )
    return Reference(f"{chosen.state or chosen.path} at {revision}", chosen.path, chosen.output)


def inside_path(repository: Repository, path: Path) -> str | None:
    """A path as it reads from the repository's root, with `/`; None where it lies outside."""
    absolute, root = Path(os.path.abspath(path)), Path(os.path.abspath(repository.root))  # noqa: PTH100 - links stay
    return absolute.relative_to(root).as_posix() if absolute.is_relative_to(root) else None


def _in_checkout(repository: Repository, dataset: str | None) -> Reference:
    chosen = _choose(describe_data(repository), dataset, "the checkout")
    file = repository.root / chosen.path
    if not file.exists():
        raise BlockedError(
            f"{chosen.path} is not here", "its pointer is in Git, the data is not", f"dvc pull {chosen.path}"
        )
    return Reference(f"{chosen.dataset or chosen.path} in the checkout", chosen.path, file=file)


def _on_disk(repository: Repository, path: Path) -> Reference:
    inside = inside_path(repository, path)
    return Reference(str(path), inside or str(path), file=path)


def _choose(states: Iterable[DatasetState], dataset: str | None, where: str) -> DatasetState:
    every = list(states)
    if dataset:
        found = [one for one in every if dataset in (one.dataset, one.path)]
    else:
        found = [one for one in every if one.dataset] or every
    if len(found) == 1:
        return found[0]
    if dataset:
        raise UsageError(
            f"{where} has no dataset {dataset!r}", "saigen.toml there does not name it", "saigen data list"
        )
    names = ", ".join(sorted(one.dataset or one.path for one in found)) or "none"
    raise UsageError(f"which data of {where} is meant?", f"expected one dataset, found {names}", "--dataset NAME")


def _at_path(states: Iterable[DatasetState], path: str, text: str) -> DatasetState:
    for one in states:
        if one.path == path.strip("/"):
            return one
    raise BlockedError(f"{text} is no data", "DVC does not track this path there", "saigen data describe REVISION")


def _of_state(repository: Repository, state: State) -> Output | None:
    """The output of a named or unnamed state. Raises BlockedError where it cannot be found."""
    if state.short is None:
        return _of_tag(repository, state)
    path = _path_of(repository, state.dataset)
    found = _in_history(repository, path, state.short) or _in_runs(state, path)
    if found is None:
        raise BlockedError(
            f"the state {state} cannot be found",
            "no commit here and no run on the tracking server has data with this hash",
            "git fetch --all --tags    (or ask who made it)",
        )
    return found


def _of_tag(repository: Repository, state: State) -> Output | None:
    if repository.commit(f"refs/tags/{state}") is None:
        repository.ask("fetch", "--quiet", "origin", "tag", str(state))
    if repository.commit(f"refs/tags/{state}") is None:
        raise BlockedError(
            f"there is no version {state}", "neither here nor on `origin` is such a tag", "saigen data list"
        )
    if found := output_at_tag(repository, state.dataset, state.number):
        return found
    path = _path_of(repository, state.dataset)
    found = output_of(outputs_at(repository, f"refs/tags/{state}"), path)
    if found is None:
        raise BlockedError(
            f"{state} holds no data",
            f"expected a pointer of {path} in it, found none",
            "git show --stat " + str(state),
        )
    return found


def _path_of(repository: Repository, dataset: str) -> str:
    """Where saigen.toml of the checkout says that a dataset is. Raises UsageError."""
    project = read_project(repository.root)
    if project and (path := project.datasets.get(dataset)):
        return path
    raise UsageError(
        f"where the dataset {dataset} is, is not known",
        f"expected {dataset} in [datasets] of saigen.toml, found {'none' if project else 'no such file'}",
        f'write {dataset} = "PATH" there, with the path of its data' if project else "saigen init",
    )


def _in_history(repository: Repository, path: str, short: str) -> Output | None:
    """The output with this short hash in the checkout, or in any commit that is here, whatever leads to it."""
    here = [one.output for one in describe_data(repository) if one.path == path and one.output]
    if match := next((one for one in here if one.short == short), None):
        return match
    pointers = list(dict.fromkeys([*(one.pointer for one in here), f"{path}.dvc"]))
    commits = (repository.ask("log", "--all", "--format=%H", "--", *pointers) or "").splitlines()
    for commit in commits:
        found = output_of(outputs_at(repository, commit), path)
        if found and found.short == short:
            return found
    return None


def _in_runs(state: State, path: str) -> Output | None:
    """The output that a run recorded. Nothing where the tracking server cannot be asked."""
    try:
        from saigen.tracking import Tracking

        tracking = Tracking()
        runs = tracking.search(list(tracking.experiments()), f"tags.data_version LIKE '%{state}%'")
        for run in runs:
            md5 = Recording.from_tags(run.tags).data.get(path, "")
            if md5.startswith(state.short or "-"):
                return Output(path, f"{path}.dvc", md5)
    except SaigenError:
        return None
    return None
