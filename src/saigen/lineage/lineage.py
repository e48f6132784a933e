"""`saigen lineage`: read what has to do with one thing, and build the graph around it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from saigen.audit.history import History, read_history
from saigen.audit.objects import read_lists
from saigen.data.version import State, parse_state
from saigen.errors import BlockedError, UsageError
from saigen.lineage.build import Model, Records, Used, Version, build, used_of
from saigen.lineage.graph import Graph
from saigen.lineage.target import Asked, Target, parse_target
from saigen.lineage.uses import content_of, says_it_used
from saigen.model.find import find_release
from saigen.recording import COMMIT, DATA, DATA_VERSION, GIT_COMMIT, REPRODUCES, TEST_SET
from saigen.release.registry import Registry
from saigen.tags import ReleasedModel, parse_tag
from saigen.tracking import Run, Tracking

_FEW = 100  # runs; for more, all models are asked for at once


@dataclass(frozen=True)
class Lineage:
    """A thing (one node, or more where several repositories have it) and everything that led to it or came of it."""

    target: str
    focus: tuple[str, ...]
    graph: Graph


def lineage(target: str, *, tracking: Tracking | None = None) -> Lineage:
    """Where a run, model, data version, file or commit came from, and what came of it.

    Args:
        target: a run's id; a registered model `NAME`, `NAME/VERSION` or `NAME@ALIAS`, a release's tag such as `acme-2`,
            or a logged model's id; a data version such as `flights_v3` or `flights_v3+1a2b3c4`; a file's path (found by
            content); a commit. Where the form leaves a doubt, its kind comes first: `model:flights_v3`.
        tracking: the server to ask; the one in use by default.

    Raises:
        BlockedError: nothing is known of it. UsageError: it names nothing.
        UnreachableError, NotPermittedError: a service does not answer, or not to you.
    """
    tracking = tracking or Tracking()
    asked = parse_target(target, Path(target).is_file())
    readers: dict[Asked, Callable[[Tracking, Target], tuple[Records, Sequence[str]]]] = {
        Asked.RUN: _of_run,
        Asked.MODEL: _of_model,
        Asked.DATA: _of_data,
        Asked.FILE: _of_file,
        Asked.COMMIT: _of_commit,
    }
    records, focus = readers[asked.kind](tracking, asked)
    graph = build(records)
    found = tuple(dict.fromkeys(id for id in focus if id in graph.nodes))
    if not found:
        raise BlockedError(
            f"nothing is known of the {asked.kind.value} {asked.name}",
            "expected a run that has to do with it, found none",
            "saigen lineage run:ID    (or model:, data:, file:, commit: in front, where its form leaves a doubt)",
        )
    return Lineage(target, found, graph.around(found))


def _of_run(tracking: Tracking, asked: Target) -> tuple[Records, Sequence[str]]:
    run = tracking.run(asked.name)
    related = _search(tracking, f"tags.`{REPRODUCES}` = '{run.id}'", f"tags.`mlflow.parentRunId` = '{run.id}'")
    above = [tracking.run(id) for id in (run.recording.reproduces, run.parent) if id]
    runs = _unique([run, *above, *related])
    return _records(tracking, runs, read_history(tracking, runs)), [f"run:{run.id}"]


def _of_model(tracking: Tracking, asked: Target) -> tuple[Records, Sequence[str]]:
    if asked.is_logged_model:
        model = tracking.model(asked.name)
        runs = [tracking.run(model.source_run_id)] if model.source_run_id else []
        records = _records(tracking, runs, read_history(tracking, runs), [model])
        return records, [f"model:{asked.name}"]
    name, number, alias = asked.model
    if isinstance(parse_tag(asked.name), ReleasedModel):  # a release's tag, as `saigen model pull` takes it
        with suppress(BlockedError):  # none: then it is a model that is called so
            released = find_release(Registry(tracking), asked.name)
            name, number = released.name, released.number
    aliases = tracking.aliases(name)
    if alias is not None:
        number = aliases.get(alias)
        if number is None:
            known = ", ".join(sorted(aliases)) or "none"
            raise BlockedError(f"model {name} has no alias {alias}", f"it has {known}", f"saigen lineage {name}")
    versions = [one for one in tracking.versions(f"name = '{_safe(name)}'") if number in {None, str(one.version)}]
    if not versions:
        raise BlockedError(f"model {name} has no version {number}", "expected one", f"saigen lineage {name}")
    runs = [tracking.run(id) for id in dict.fromkeys(one.run_id for one in versions) if id]
    records = _records(tracking, runs, read_history(tracking, runs), versions=versions)
    return records, [f"version:{name}/{number}" if number else f"registered:{name}"]


def _of_data(tracking: Tracking, asked: Target) -> tuple[Records, Sequence[str]]:
    state = parse_state(asked.name)
    if state is None:
        raise UsageError(
            f"{asked.name!r} is no data version",
            "expected one like flights_v3 or flights_v3+1a2b3c4",
            "saigen data list",
        )
    content = content_of(state)
    called = [_safe(str(state)), *([f"+{content[:7]}"] if content else [])]
    named = _search(tracking, *(f"tags.{DATA_VERSION} LIKE '%{one}%'" for one in called))
    named = [run for run in named if says_it_used(run, state, content)]
    history = read_history(tracking, named)
    contents = {used.md5 for run in named for used in used_of(history, run) if used.md5 and _is(used, state, content)}
    contents |= {content} if content else set()
    asked_for = [(f"tags.`{DATA}` LIKE '%{md5}%'", f"tags.`{TEST_SET}` = '{md5}'") for md5 in sorted(contents)]
    same = _search(tracking, *(filter for pair in asked_for for filter in pair))
    runs = _unique([*named, *same])
    history = read_history(tracking, runs) if len(runs) > len(named) else history
    records = _records(tracking, runs, history)
    every = (used for found in records.used.values() for used in found)
    return records, [used.node.id for used in every if _is(used, state, content) or used.md5 in contents]


def _is(used: Used, state: State, content: str | None) -> bool:
    called = parse_state(used.name)
    return called is not None and state.is_also(called, content)


def _of_file(tracking: Tracking, asked: Target) -> tuple[Records, Sequence[str]]:
    md5 = _md5(Path(asked.name))
    runs = list(tracking.search(list(tracking.experiments())))
    history = read_history(tracking, runs)
    needs = {need for run in runs if (found := history.needs_of(run)) for need in found.needs}
    lists = read_lists(needs)
    holders = {need.md5: entry.path for need in needs for entry in lists.get(need.md5, ()) if entry.md5 == md5}
    holders[md5] = ""
    seen = [run for run in runs if any(used.md5 in holders for used in used_of(history, run))]
    records = _records(tracking, seen, history)
    states = {used for every in records.used.values() for used in every if used.md5 in holders}
    inside = tuple((md5, holders[str(used.md5)], used) for used in sorted(states, key=lambda used: used.label))
    return replace(records, inside=inside), [f"file:{md5}"]


def _of_commit(tracking: Tracking, asked: Target) -> tuple[Records, Sequence[str]]:
    runs = _search(tracking, *(f"tags.`{tag}` LIKE '{_safe(asked.name)}%'" for tag in (COMMIT, GIT_COMMIT)))
    runs = [run for run in runs if (run.recording.commit or "").startswith(asked.name)]
    records = _records(tracking, runs, read_history(tracking, runs))
    return records, [f"commit:{run.recording.commit}" for run in runs]


def _search(tracking: Tracking, *filters: str) -> list[Run]:
    experiments = list(tracking.experiments()) if filters else []
    return _unique(run for filter in filters for run in tracking.search(experiments, filter))


def _unique(runs: Iterable[Run]) -> list[Run]:
    return list({run.id: run for run in runs}.values())


def _records(
    tracking: Tracking, runs: Sequence[Run], history: History, models: Sequence[Any] = (), versions: Sequence[Any] = ()
) -> Records:
    """Everything about these runs: what they used, the models they logged, and the versions registered of those."""
    ids = {run.id for run in runs}
    asked = f"({', '.join(repr(id) for id in sorted(ids))})" if len(ids) <= _FEW else None
    if runs:
        experiments = sorted({run.experiment_id for run in runs})
        models = [*models, *tracking.models(experiments, f"source_run_id IN {asked}" if asked else None)]
        registered = tracking.versions(f"run_id IN {asked}" if asked else "")
        versions = [*versions, *(one for one in registered if one.run_id in ids)]
    aliases = {name: tracking.aliases(name) for name in {one.name for one in versions}}
    logged = {one.model_id: Model(one.model_id, one.name, one.source_run_id or "") for one in models}
    return Records(
        runs=tuple(runs),
        forge=history.forge,
        used={run.id: used_of(history, run) for run in runs},
        models=tuple(model for model in logged.values() if model.run in ids or not runs),
        versions=tuple(dict.fromkeys(_version(one, aliases[one.name]) for one in versions)),
    )


def _version(found: Any, aliases: dict[str, str]) -> Version:
    number = str(found.version)
    named = tuple(sorted(alias for alias, held in aliases.items() if held == number))
    return Version(found.name, number, found.run_id, getattr(found, "model_id", None), named)


def _safe(text: str) -> str:
    """A text inside a filter of MLflow's: it has no way to say a quote, so that one cannot be asked for."""
    if "'" in text:
        raise UsageError(f"{text!r} cannot be asked for", "expected a name without quotes", "saigen lineage ID")
    return text


def _md5(path: Path) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
