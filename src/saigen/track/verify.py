"""Whether a run on the server has everything that the store has of it: both are read anew."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from saigen.track import artifacts, tags
from saigen.track.bring import Brought
from saigen.track.kept import Kept
from saigen.track.links import INPUT, OUTPUT
from saigen.track.names import KEPT
from saigen.track.old import OldRun
from saigen.track.points import OldPoint, comparable
from saigen.track.target import Target

RUNS, PARAMS, TAGS, POINTS, FILES, BYTES = "runs", "params", "tags", "metric points", "artifact files", "artifact bytes"
LINKS = "datasets and models of runs"
KINDS = (RUNS, PARAMS, TAGS, POINTS, LINKS, FILES, BYTES)


@dataclass
class Tally:
    """How many of each kind the store has, how many of them the server has, and how many were kept aside there."""

    source: dict[str, int] = field(default_factory=dict)
    server: dict[str, int] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)

    def count(self, kind: str, source: int, server: int, kept: int = 0) -> None:
        for side, number in ((self.source, source), (self.server, server), (self.kept, kept)):
            side[kind] = side.get(kind, 0) + number

    def add(self, other: Tally) -> None:
        """Count what another one counted as well."""
        for kind, number in other.source.items():
            self.count(kind, number, other.server[kind], other.kept[kind])


def compare(target: Target, run: OldRun, new: str, brought: Brought, roots: Sequence[Path]) -> tuple[Tally, list[str]]:
    """What both sides have of a run, and what is missing on the server."""
    found = target.ask(f"run {new}", target.client.get_run, new)
    repository = artifacts.remote(target, found.info.artifact_uri)
    comparison = _Comparison(target, run, found, _kept(target, repository))
    comparison.values(PARAMS, "param", run.params, found.data.params)
    wanted = {**run.tags, **tags.afterwards(run.tags, brought.runs)}
    comparison.values(TAGS, "tag", wanted, found.data.tags)
    for name in run.metrics:
        comparison.history(name)
    comparison.links()
    comparison.files(repository, artifacts.find(run, roots).files)
    if run.start and found.info.start_time != run.start:
        comparison.missing.append(f"start time {run.start}")
    comparison.tally.count(RUNS, 1, 0 if comparison.missing else 1)
    return comparison.tally, [f"run {run.id}: {one}" for one in comparison.missing]


def compare_end(target: Target, run: OldRun, new: str) -> list[str]:
    """What is wrong about how a run ended: its status, its end, whether it is deleted."""
    info = target.ask(f"run {new}", target.client.get_run, new).info
    wrong = []
    if info.status != run.status:
        wrong.append(f"status {run.status}")
    if run.end and info.end_time != run.end:
        wrong.append(f"end time {run.end}")
    if run.deleted and info.lifecycle_stage != "deleted":
        wrong.append("its deletion")
    return [f"run {run.id}: {one}" for one in wrong]


def _kept(target: Target, repository: Any) -> list[Kept]:
    """What an import wrote beside the run's files. It writes this for every run."""
    with tempfile.TemporaryDirectory() as place:
        path = target.ask(f"artifact {KEPT}", repository.download_artifacts, KEPT, place)
        return [Kept(**one) for one in json.loads(Path(path).read_text(encoding="utf-8"))["kept"]]


@dataclass
class _Comparison:
    """One run, compared kind by kind."""

    target: Target
    run: OldRun
    found: Any  # MLflow's run on the server
    kept: list[Kept]
    tally: Tally = field(default_factory=Tally)
    missing: list[str] = field(default_factory=list)

    def values(self, kind: str, word: str, wanted: Mapping[str, str], there: Mapping[str, str]) -> None:
        """Compare params or tags."""
        aside = {one.name for one in self.kept if one.kind == word}
        same = {name for name, value in wanted.items() if there.get(name) == value}
        instead = {name for name in wanted if name in aside} - same
        self.tally.count(kind, len(wanted), len(same), len(instead))
        self.missing += [f"{word} {name}" for name in sorted(wanted.keys() - same - instead)]

    def history(self, name: str) -> None:
        """Compare every logged value of a metric; the same one logged twice is one on the server."""
        read = list(self.run.points(name))
        wanted = {comparable(one.value, one.timestamp, one.step) for one in read if isinstance(one, OldPoint)}
        no_values = sum(1 for one in read if isinstance(one, str))
        new = self.found.info.run_id
        logged = self.target.ask(f"metric {name} of run {new}", self.target.client.get_metric_history, new, name)
        lost = len(wanted - {comparable(one.value, one.timestamp, one.step) for one in logged})
        instead = sum(1 for one in self.kept if one.kind == "metric" and one.name == name)
        self.tally.count(POINTS, len(wanted) + no_values, len(wanted) - lost, instead)
        if lost + no_values > instead:
            self.missing.append(f"metric {name}: {lost + no_values - instead} values")

    def links(self) -> None:
        """Compare how many datasets and models went in and came out."""
        wanted = len(self.run.inputs()) + len(self.run.outputs())
        aside = sum(1 for one in self.kept if one.kind in {INPUT, OUTPUT})
        ins, outs = self.found.inputs, self.found.outputs
        there = len(ins.dataset_inputs) + len(ins.model_inputs or ()) if ins else 0
        there += len(outs.model_outputs or ()) if outs else 0
        if wanted:
            self.tally.count(LINKS, wanted, min(there, wanted), aside)
        if there + aside < wanted:
            self.missing.append(f"{wanted - there - aside} datasets or models that went in or came out")

    def files(self, repository: Any, old: Mapping[str, Path]) -> None:
        """Compare the files by size and, where they are small, by content."""
        lost = artifacts.differing(self.target, repository, old)
        sizes = {path: file.stat().st_size for path, file in old.items()}
        self.tally.count(FILES, len(old), len(old) - len(lost))
        self.tally.count(BYTES, sum(sizes.values()), sum(sizes.values()) - sum(sizes[path] for path in lost))
        self.missing += [f"artifact {path}" for path in lost]
