"""An experiment as a run of MLflow: one for each commit of a report, found again by it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from saigen.git.address import identity
from saigen.git.repository import Repository
from saigen.login.profile import current
from saigen.recording import BRANCH, COMMIT, REPOSITORY
from saigen.tracking.errors import our_errors
from saigen.tracking.server import Tracking

ANALYSIS = "saigen.analysis"  # tag: which kind of experiment a run is
VERDICT = "analysis.verdict"


@dataclass(frozen=True)
class Place:
    """Where an experiment is: its repository, its branch, and the name of its project."""

    repository: Repository
    branch: str
    project: str


def log(tracking: Tracking, place: Place, commit: str, files: Mapping[str, bytes]) -> str:
    """The run of a report in the MLflow experiment `<project>-analysis`, made where there is none; its id.

    Args:
        commit: of the report. files: what the branch holds, by path; report.json is among them.

    Raises:
        UnreachableError, NotPermittedError: the server does not answer, or refuses.
    """
    with our_errors(tracking.uri, "the analysis"):
        experiment = _experiment(tracking.client, f"{place.project}-analysis")
        known = tracking.client.search_runs(
            [experiment], f"tags.`{COMMIT}` = '{commit}' AND attributes.status = 'FINISHED'", max_results=1
        )
        if known:
            return str(known[0].info.run_id)
        return _make(tracking.client, experiment, _tags(place, commit), files)


def _experiment(client: Any, name: str) -> str:
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is None:
        with suppress(MlflowException):  # a colleague made it meanwhile: then it is found below
            return str(client.create_experiment(name))
        found = client.get_experiment_by_name(name)
    return str(found.experiment_id)


def _tags(place: Place, commit: str) -> dict[str, str]:
    profile, url = current(), place.repository.remote_url()
    tags = {COMMIT: commit, BRANCH: place.branch}
    if url:
        tags[REPOSITORY] = identity(url, profile.git if profile else None)
    return tags


def _make(client: Any, experiment: str, tags: Mapping[str, str], files: Mapping[str, bytes]) -> str:
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")  # there is our answer, perhaps as JSON
    report = json.loads(files["report.json"])
    run = client.create_run(
        experiment,
        run_name=tags[BRANCH].rpartition("/")[2],
        tags={**tags, ANALYSIS: report["question"]["kind"], VERDICT: report["verdict"]},
    )
    id = str(run.info.run_id)
    for name, value in parameters(report).items():
        client.log_param(id, name, value)
    for name, figure in figures(report).items():
        client.log_metric(id, name, figure)
    for path, content in files.items():
        client.log_text(id, content.decode(), path)
    client.set_terminated(id)
    return id


def parameters(report: Mapping[str, Any]) -> dict[str, str]:
    """What was asked, as parameters of the run."""
    asked = report["question"]
    split = asked["split"]
    return {
        "kind": asked["kind"],
        "control": asked["control"]["model"],
        "candidate": asked["candidate"]["model"],
        "environment": ",".join(asked["environments"]),
        "metric": asked["metric"]["name"],
        "alpha": f"{asked['alpha']:g}",
        "split": f"{split[0]:g}/{split[1]:g}" if split else "offline",
    }


def figures(report: Mapping[str, Any]) -> dict[str, float]:
    """What was found, as metrics of the run."""
    effect = report["effect"]
    wanted = ("control", "candidate", "difference", "low", "high", "p", "detectable", "power", "relative")
    found = {name: float(effect[name]) for name in wanted if effect[name] is not None}
    found["units_control"], found["units_candidate"] = map(float, report["units"])
    if report["split"]:
        found["split_p"] = float(report["split"]["p"])
    return found
