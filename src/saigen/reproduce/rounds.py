"""One execution after another: run the command, find its runs, match and compare them."""

from __future__ import annotations

import json
import os
import platform
import posixpath
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from saigen.errors import BlockedError
from saigen.recording import Command, Environment
from saigen.reproduce import execute, observe
from saigen.reproduce.compare import Observed, compare
from saigen.reproduce.environment import Installed
from saigen.reproduce.execute import Execution
from saigen.reproduce.match import Matching, descendants, match
from saigen.reproduce.plan import entry_of
from saigen.reproduce.predictions import Predictor, predictor
from saigen.reproduce.preparation import Prepared
from saigen.reproduce.verdict import Pair, tags_of
from saigen.text import printable
from saigen.tracking import Run, Tracking

ARTIFACT = "saigen/reproduction.json"
# By its own code, and there again at the same point. A run that was killed says nothing of how it would have gone on.
_ENDED = frozenset({"FINISHED", "FAILED"})


class Clock(Protocol):
    """What is told how far things are."""

    def step(self, text: str) -> None:
        """A step begins."""

    def output(self, chunk: bytes) -> None:
        """The command printed something."""

    def add(self, name: str, seconds: float) -> None:
        """Count seconds under a name."""


@dataclass(frozen=True)
class Originals:
    """The recorded runs of the command. `asked`: ids of the one that was asked for and of all that is nested in it."""

    runs: tuple[Run, ...]
    asked: tuple[str, ...]


@dataclass(frozen=True)
class Round:
    """What one execution showed."""

    pairs: tuple[Pair, ...]
    unmatched: Mapping[str, str]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Work:
    """One reproduction at work.

    Attributes:
        place: the workspace. storage: whether the command gets S3 keys. held: secrets that it needs, by name.
    """

    tracking: Tracking
    original: Run
    prepared: Prepared
    place: Path
    clock: Clock
    storage: bool
    held: Mapping[str, str]

    def originals(self) -> Originals:
        """The recorded runs of the command.

        Raises:
            BlockedError: what was asked for has no metric to compare.
        """
        runs = observe.family(self.tracking, self.original)
        asked = descendants(self.original.id, observe.nodes(runs, by_ordinal=self._by_ordinal))
        rules = self.prepared.rules
        if not any(not rules.ignored(name) for run in runs if run.id in asked for name in run.metrics):
            raise BlockedError(
                f"run {self.original.id} has no metrics to compare",
                "expected at least one that says how the training went, found none",
                "choose a run with metrics",
            )
        return Originals(tuple(runs), tuple(asked))

    def once(self, installed: Installed, originals: Originals, folder: Path) -> Round:
        """Run the command in a checkout and compare the runs that it makes with the recorded ones.

        Raises:
            BlockedError: it failed, or made no runs that could be told to be those. There is no verdict then.
        """
        mark = secrets.token_hex(16)
        settings = self._settings(installed, mark)
        ended = [run for run in originals.runs if run.status in _ENDED]
        code = _code_of(self.prepared.plan.command, folder)
        scratch = {"TMPDIR": tempfile.mkdtemp(dir=self.place)}
        with ThreadPoolExecutor(1) as pool, predictor(installed.python, code, {**settings, **scratch}) as asked:
            before = pool.submit(observe.observe, self.tracking, ended, self.prepared.rules)
            asked.prepare(self.tracking.logged_models(self.original))
            self.clock.step("running its command")
            execution = self._execute(installed, folder, settings)
            self.clock.add("command", execution.seconds)
            self.clock.step("comparing")
            runs = observe.made(self.tracking, mark)
            matching = self._matched(originals, runs, execution)
            pairs = self._compared(originals, runs, matching, before.result(), asked)
        notes = [f"the command ended with {execution.code}"] if execution.code else []
        compared = {pair.original for pair in pairs}
        notes += [f"run {one} was cut off, and is not compared" for one in originals.asked if one not in compared]
        return Round(pairs, matching.unmatched, tuple(notes))

    def tag(self, pairs: Sequence[Pair]) -> None:
        """Write the verdicts on the runs that were made here, and the comparison beside them. On no other run."""
        for pair in pairs:
            tags = tags_of(pair)
            if pair.original == self.original.id and tags:
                lines = [line.as_json() for line in pair.comparison.lines]
                text = json.dumps(
                    {"original": pair.original, "lines": lines, "ignored": pair.comparison.ignored}, indent=1
                )
                self.tracking.log_text(pair.made, text, ARTIFACT)
            for key, value in tags.items():
                self.tracking.set_tag(pair.made, key, value)

    def _is_of_its_commit(self, run: Run) -> bool:
        """Whether another run of the command ran the same code: of a notebook each has a commit of its own."""
        return run.recording.commit == self.original.recording.commit

    @property
    def _by_ordinal(self) -> bool:
        return self.original.recording.session is not None

    def _settings(self, installed: Installed, mark: str) -> dict[str, str]:
        plan, lock = self.prepared.plan, self.prepared.lock
        here = Environment(lock.sha256, lock.path, installed.version, platform.system(), platform.machine())
        tags = execute.context_tags(mark, plan, self.prepared.recording, lock, here)
        shell = {**execute.tracking_login(), **os.environ}
        settings = execute.variables(
            shell, tags, recorded={**plan.command.environment, **self.held}, storage=self.storage
        )
        files = execute.storage_files(Path.home()) if self.storage else {}
        placed = execute.placed(
            self.place,
            installed.python.parent,
            installed.cache,
            str(self.tracking.uri),
            os.environ.get("PATH", os.defpath),
        )
        return {**files, **settings, **placed}

    def _execute(self, installed: Installed, folder: Path, settings: Mapping[str, str]) -> Execution:
        command = self.prepared.plan.command
        words = [installed.word(command.arguments[0]), *command.arguments[1:]]
        return execute.execute(words, folder / command.directory, settings, self.clock.output)

    def _matched(self, originals: Originals, runs: Sequence[Run], execution: Execution) -> Matching:
        failed = f"it ended with {execution.code}: {_end_of(execution.tail)}"
        if not runs:
            said = (
                failed if execution.code else "it made none (a run that MlflowClient.create_run makes carries no mark)"
            )
            raise _blocked("the command made no run that could be compared", said)
        matching = match(
            observe.nodes(originals.runs, by_ordinal=self._by_ordinal), observe.nodes(runs, by_ordinal=False)
        )
        statuses = {run.id: run.status for run in (*originals.runs, *runs)}
        for id_ in originals.asked:
            if id_ in matching.unmatched:
                raise _blocked(f"no run can be told to repeat {id_}", matching.unmatched[id_])
            recorded, made = statuses[id_], statuses[matching.made[id_]]
            if recorded in _ENDED and made != recorded:
                raise _blocked(f"the run that repeats {id_} ended as {made}, not as {recorded}", failed)
        return matching

    def _compared(
        self,
        originals: Originals,
        runs: Sequence[Run],
        matching: Matching,
        before: Mapping[str, Observed],
        asked: Predictor,
    ) -> tuple[Pair, ...]:
        repeating = {run.id: run for run in runs if run.status in _ENDED}
        recorded = {run.id: run for run in originals.runs}
        with ThreadPoolExecutor(2) as pool:
            now = pool.submit(observe.observe, self.tracking, list(repeating.values()), self.prepared.rules)
            predicted = {
                one: asked.compare(
                    self.tracking.logged_models(recorded[one]),
                    self.tracking.logged_models(repeating[matching.made[one]]),
                )
                for one in originals.asked
                if recorded[one].status == "FINISHED"
            }
            after = now.result()
        return tuple(
            Pair(one, two, compare(before[one], after[two], self.prepared.rules, predicted.get(one, ())))
            for one, two in matching.made.items()
            if one in before
            and two in after
            and recorded[one].status == repeating[two].status
            and (one in originals.asked or self._is_of_its_commit(recorded[one]))
        )


def _code_of(command: Command, folder: Path) -> Path:
    """The folder that the interpreter puts first on its path."""
    kind, name = entry_of(command.arguments)
    script = posixpath.dirname(name) if kind == "file" else ""
    return folder / command.directory / script


def _end_of(tail: str) -> str:
    lines = [printable(line.strip()) for line in tail.splitlines() if line.strip()]
    return " | ".join(lines[-3:]) or "it printed nothing"


def _blocked(what: str, why: str) -> BlockedError:
    return BlockedError(what, why, "saigen reproduce RUN --keep FOLDER    (to look into it)")
