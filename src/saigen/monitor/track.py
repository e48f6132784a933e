"""Checks as runs on the tracking server: figures as metrics, the report as an artifact, who was told as tags."""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saigen.errors import BlockedError
from saigen.tracking import Run, Tracking
from saigen.tracking.errors import our_errors

ENVIRONMENT = "monitor.environment"
MODEL = "monitor.model"
RECORD = "monitor.record"  # tag of the newest batch that was checked
HEAD = "monitor.head"  # tag of the model's newest record then, labels included
RECORDS = "monitor.records"  # how many batches
ALERTS = "monitor.alerts"  # JSON: rules that hold, with their severity
SENT = "monitor.sent."  # + channel. JSON: rules that somebody was told of
UNSENT = "monitor.unsent"  # why somebody could not be told
REPORT = "report.html"
_NOT_A_NAME = re.compile(r"[^\w\-. /:]")  # what MLflow refuses in a metric's name
_LONGEST = 4000


@dataclass(frozen=True)
class Journal:
    """The experiment that a project's checks are in: `<project>-monitoring`."""

    tracking: Tracking
    name: str

    @classmethod
    def of(cls, tracking: Tracking, project: str) -> Journal:
        """The journal of a project."""
        return cls(tracking, f"{project}-monitoring")

    def runs(self, environment: str, model: str) -> list[Run]:
        """Earlier checks of a model in an environment, the newest first."""
        id_ = self._experiment()
        wanted = f"tags.`{ENVIRONMENT}` = '{environment}' and tags.`{MODEL}` = '{model}'"
        return list(self.tracking.search([id_], wanted)) if id_ else []

    def write(self, title: str, tags: Mapping[str, str], figures: Mapping[str, float], report: str) -> str:
        """Write a check down; the id of its run."""
        client = self.tracking.client
        with our_errors(self.tracking.uri, f"a run in {self.name}"):
            experiment = self._experiment() or client.create_experiment(self.name)
            run = client.create_run(experiment, run_name=title, tags=dict(tags))
            id_ = str(run.info.run_id)
            _log(client, id_, figures)
            with tempfile.TemporaryDirectory(prefix="saigen-report-") as folder:
                file = Path(folder) / REPORT
                file.write_text(report, encoding="utf-8")
                client.log_artifact(id_, str(file))
            with redirect_stdout(sys.stderr):  # MLflow tells the run's address, which is no part of our JSON
                client.set_terminated(id_)
        return id_

    def _experiment(self) -> str | None:
        try:
            found = self.tracking.experiments([self.name])
        except BlockedError:
            return None
        return next(iter(found))


def sent_before(runs: Iterable[Run], record: str, channel: str) -> set[str]:
    """Rules that a channel was told of for this record, by earlier checks of it."""
    told: set[str] = set()
    for run in runs:
        if run.tags.get(RECORD) == record:
            told.update(_texts(run.tags.get(SENT + channel, "[]")))
    return told


def is_checked(runs: Iterable[Run], head: str) -> bool:
    """Whether a check looked at everything up to this record, and everybody was told who should be."""
    return any(run.tags.get(HEAD) == head and run.status == "FINISHED" and UNSENT not in run.tags for run in runs)


def as_tag(values: Iterable[str]) -> str:
    """Texts as JSON, as many as a tag holds."""
    kept: list[str] = []
    for value in values:
        if len(json.dumps([*kept, value])) > _LONGEST:
            break
        kept.append(value)
    return json.dumps(kept)


def _log(client: Any, run: str, figures: Mapping[str, float]) -> None:
    import time

    from mlflow.entities import Metric

    now = int(time.time() * 1000)
    every = [Metric(_NOT_A_NAME.sub("_", name), value, now, 0) for name, value in figures.items()]
    for start in range(0, len(every), 1000):
        client.log_batch(run, metrics=every[start : start + 1000])


def _texts(text: str) -> list[str]:
    try:
        found = json.loads(text)
    except ValueError:
        return []
    return [str(one) for one in found] if isinstance(found, list) else []
