"""Experiments on the server: made where they are not there, added to where they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from saigen.errors import NotPermittedError
from saigen.track.names import COMPLETE, CREATED, SOURCE, USER
from saigen.track.old import OldExperiment
from saigen.track.tags import AUTHOR
from saigen.track.target import Refused, Target

_OURS = frozenset({AUTHOR, SOURCE, CREATED, USER, COMPLETE})


@dataclass
class Made:
    """Id on the server by name, and what is to be known about it."""

    ids: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def make(target: Target, experiments: tuple[tuple[OldExperiment, str], ...]) -> Made:
    """Make what is not there. Raises Refused: the server takes no experiment of such a name."""
    there = {one.name: one for one in target.experiments()}
    done = Made()
    for experiment, name in experiments:
        tags = {key: value for key, value in experiment.tags.items() if key not in _OURS}
        if name in done.ids:  # one that was deleted, and made again under the same name
            _add_tags(target, done, name, tags, {})
        elif name in there:
            done.ids[name] = str(there[name].experiment_id)
            _add_tags(target, done, name, tags, there[name].tags)
        else:
            done.ids[name] = _create(target, done, experiment, name, tags)
    return done


def _create(target: Target, done: Made, experiment: OldExperiment, name: str, tags: dict[str, str]) -> str:
    marks = {SOURCE: experiment.id, **({CREATED: str(experiment.created)} if experiment.created else {})}
    make: Any = target.client.create_experiment
    try:
        return str(target.ask(f"experiment {name}", make, name, tags={**tags, **marks}))
    except Refused:  # one of the tags: then each by itself
        done.ids[name] = str(target.ask(f"experiment {name}", make, name, tags=marks))
        _add_tags(target, done, name, tags, {})
        return done.ids[name]


def _add_tags(target: Target, done: Made, name: str, tags: dict[str, str], there: dict[str, str]) -> None:
    """Set the tags that nobody has set; remark those that say something else, and those that were refused."""
    for key, value in tags.items():
        if there.get(key) == value:
            continue
        if key in there:
            done.notes.append(f"experiment {name}: tag {key} is {value!r} here, and another on the server")
            continue
        try:
            target.ask(f"tag {key}", target.client.set_experiment_tag, done.ids[name], key, value)
        except (Refused, NotPermittedError) as refusal:
            done.notes.append(f"experiment {name}: tag {key} ({value!r}) was not set: {' '.join(str(refusal).split())}")
