"""`saigen.variants`: every state of data that any run used, in families, without anybody having named one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from saigen.data.content import Contents
from saigen.data.describe import describe_data, named_hashes
from saigen.data.families import DataState, families
from saigen.data.pointer import Output
from saigen.data.version import State, parse_states
from saigen.errors import SaigenError, UsageError
from saigen.git.address import identity
from saigen.git.repository import Repository
from saigen.login.profile import current
from saigen.project import read_project
from saigen.recording import DATA_ARTIFACT, DATA_VERSION
from saigen.tracking import Run, Tracking

# Of a metric whose name says one of these, less is better.
_LESS = ("loss", "error", "rmse", "mae", "mse", "mape", "deviance", "log_loss", "perplexity")

# Of the machine, or how much data there was.
_NO_QUALITY = ("system/", "rows_")


@dataclass(frozen=True)
class Variant:
    """One state of data with what was made of it.

    Attributes:
        state: which data. runs: number of runs that used it. people: who made them.
        first, last: start of the earliest and the latest of them, ms since 1970.
        best, best_run: the best value of the metric, and the run that has it; None where no run has the metric.
    """

    state: DataState
    runs: int
    people: tuple[str, ...]
    first: int
    last: int
    best: float | None = None
    best_run: str | None = None


@dataclass(frozen=True)
class Variants:
    """All variants, by family; the family with most runs first, in it the best variant first.

    Attributes:
        metric: by which `best` is; None where no metric was logged. lower: whether less is better.
        unknown: number of runs that do not say which data they used.
    """

    families: tuple[tuple[Variant, ...], ...]
    metric: str | None
    lower: bool
    unknown: int
    notes: tuple[str, ...] = ()


def variants(
    experiments: Sequence[str] = (),
    *,
    metric: str | None = None,
    lower: bool | None = None,
    filter: str = "",
    tracking: Tracking | None = None,
    repository: Repository | None = None,
) -> Variants:
    """Every distinct state of data that any run used, named or not.

    Args:
        experiments: names; empty for all. filter: MLflow's, for the runs to look at.
        metric: by which variants are compared; default is the one that most runs have, of those the first by name,
            and none that only counts rows.
        lower: whether less is better; default is by the metric's name (loss, error, rmse, ...: less).
        repository: the checkout whose tags and remotes name and open the data; default is the one here, if any.

    Raises:
        UsageError: no run has the metric. BlockedError: no such experiment. UnreachableError, NotPermittedError: the
            tracking server does not answer, or refuses.
    """
    server = tracking or Tracking()
    runs = list(server.search(list(server.experiments(experiments)), filter))
    chosen = _metric(runs, metric)
    less = lower if lower is not None else _less_is_better(chosen)
    notes: list[str] = []
    used, unknown = _used(server, runs, notes)
    where = repository or Repository.containing(Path.cwd())
    states = without_bystanders(_named(used, where, notes))
    found = {state: _variant(state, made, chosen, less) for state, made in states.items()}
    contents = _contents(states, where, notes)
    grouped = [[found[state] for state in group] for group in families(list(found), contents)]
    ordered = sorted(grouped, key=lambda group: -sum(one.runs for one in group))
    return Variants(tuple(tuple(sorted(one, key=_order(less))) for one in ordered), chosen, less, unknown, tuple(notes))


def _metric(runs: Sequence[Run], asked: str | None) -> str | None:
    counts: dict[str, int] = {}
    for run in runs:
        for name in run.metrics:
            counts[name] = counts.get(name, 0) + 1
    if asked and asked not in counts:
        known = ", ".join(sorted(counts)[:10]) or "none"
        raise UsageError(
            f"no run has the metric {asked!r}", f"expected one of {known}", "saigen data variants --metric NAME"
        )
    usual = {name: count for name, count in counts.items() if not name.startswith(_NO_QUALITY)}
    return asked or min(usual, key=lambda name: (-usual[name], name), default=None)


def _less_is_better(metric: str | None) -> bool:
    return metric is not None and any(word in metric.lower() for word in _LESS)


def _used(tracking: Tracking, runs: Iterable[Run], notes: list[str]) -> tuple[dict[DataState, list[Run]], int]:
    """Runs by the state of data that they used; and how many runs do not say."""
    used: dict[DataState, list[Run]] = {}
    unknown = 0
    maps: dict[str, Mapping[str, str]] = {}
    for run in runs:
        data = run.recording.data
        if digest := run.recording.data_digest:
            if digest not in maps:
                maps[digest] = _whole_map(tracking, run.id, notes)
            data = maps[digest]
        states = states_of(run.recording.repository or "", data, run.tags.get(DATA_VERSION, ""))
        unknown += not states
        for state in states:
            used.setdefault(state, []).append(run)
    return used, unknown


def states_of(repository: str, data: Mapping[str, str], data_version: str) -> list[DataState]:
    """The states of data that a run's tags say.

    Args:
        data: `saigen.data`, hash by path. data_version: the tag of that name.
    """
    ids = parse_states(data_version)
    found = []
    for path, md5 in data.items():
        own = next((one for one in ids if one.short and md5.startswith(one.short)), None)
        own = own or (ids[0] if len(ids) == 1 and len(data) == 1 and ids[0].short is None else None)
        ids = [one for one in ids if one != own]
        found.append(DataState(repository, path, own.dataset if own else "", md5, str(own) if own else ""))
    if not data:
        found.extend(DataState(repository, "", one.dataset, "", str(one)) for one in ids)
    return found


def without_bystanders(states: Mapping[DataState, Sequence[Run]]) -> dict[DataState, list[Run]]:
    """Runs by the states that they used: the datasets that its `data_version` names, where a run has one."""
    said = {
        run.id: {one.dataset for one in parse_states(run.tags.get(DATA_VERSION, ""))}
        for run in {run.id: run for runs in states.values() for run in runs}.values()
    }
    name_theirs = {run.id for state, runs in states.items() for run in runs if state.dataset in said[run.id]}
    used = {
        state: [run for run in runs if state.dataset in said[run.id] or run.id not in name_theirs]
        for state, runs in states.items()
    }
    return {state: runs for state, runs in used.items() if runs}


def _whole_map(tracking: Tracking, run: str, notes: list[str]) -> Mapping[str, str]:
    try:
        found = json.loads(tracking.artifact_text(run, DATA_ARTIFACT))
        return {str(path): str(md5) for path, md5 in found.items()}
    except (SaigenError, ValueError, AttributeError) as error:
        notes.append(f"the data of run {run} is in its artifact {DATA_ARTIFACT}, which cannot be read: {error}")
        return {}


def _named(
    used: Mapping[DataState, list[Run]], repository: Repository | None, notes: list[str]
) -> dict[DataState, list[Run]]:
    """The same, with the names and hashes that the checkout here knows; states that turn out the same are merged."""
    project = read_project(repository.root) if repository else None
    hashes: dict[str, dict[int, str | None]] = {}
    if repository and project:
        hashes = {name: named_hashes(repository, name, path) for name, path in project.datasets.items()}
    paths = {path: name for name, path in project.datasets.items()} if project else {}
    forge = getattr(current(), "git", None)
    own = identity(repository.remote_url() or "", forge) if repository else ""
    merged: dict[DataState, list[Run]] = {}
    for state, runs in used.items():
        said = replace(state, repository=identity(state.repository, forge) if state.repository else own)
        merged.setdefault(_with_name(said, paths, hashes) if said.repository == own else said, []).extend(runs)
    if used and project is None:
        notes.append("states are named by the tags of a checkout: in none, they have the names that their runs say")
    return merged


def _with_name(state: DataState, paths: Mapping[str, str], hashes: Mapping[str, Mapping[int, str | None]]) -> DataState:
    dataset = state.dataset or paths.get(state.path, "")
    named = hashes.get(dataset, {})
    if state.md5:
        numbers = [number for number, md5 in named.items() if md5 == state.md5]
        id_ = str(State(dataset, min(numbers))) if numbers else state.id
        return replace(state, dataset=dataset, id=id_)
    stated = parse_states(state.id)[0]
    md5 = named.get(stated.number) if stated.short is None else None
    path = next((path for path, name in paths.items() if name == dataset), "")
    return replace(state, dataset=dataset, md5=md5 or "", path=path if md5 else "")


def _contents(
    states: Iterable[DataState], repository: Repository | None, notes: list[str]
) -> dict[str, frozenset[str]]:
    """Hashes of the files of each directory among the states that the checkout here can open."""
    directories = {state.md5: state for state in states if state.md5.endswith(".dir")}
    if not directories or repository is None:
        return {}
    contents = Contents(repository)
    outputs: dict[str, Output] = {one.path: one.output for one in describe_data(repository) if one.output}
    found: dict[str, frozenset[str]] = {}
    for md5, state in directories.items():
        like = outputs.get(state.path) or Output(state.path, f"{state.path}.dvc", md5)
        try:
            found[md5] = frozenset(
                entry.md5 for entry in contents.entries(replace(like, md5=md5, size=None, files=None))
            )
        except SaigenError as error:
            notes.append(f"the files of {state.name} are not known: {error.what}")
    return found


def _variant(state: DataState, runs: Sequence[Run], metric: str | None, less: bool) -> Variant:
    measured = (
        [run for run in runs if metric in run.metrics and run.metrics[metric] == run.metrics[metric]] if metric else []
    )
    best = (min if less else max)(measured, key=lambda run: run.metrics[metric or ""], default=None)
    return Variant(
        state=state,
        runs=len(runs),
        people=tuple(sorted({run.user for run in runs if run.user})),
        first=min(run.start for run in runs),
        last=max(run.start for run in runs),
        best=best.metrics[metric] if best and metric else None,
        best_run=best.id if best else None,
    )


def _order(less: bool) -> Callable[[Variant], tuple[bool, float, str]]:
    """The best variant first; those without the metric last."""

    def order(one: Variant) -> tuple[bool, float, str]:
        value = one.best if one.best is not None else 0.0
        return one.best is None, value if less else -value, one.state.name

    return order
