"""Whether the artifacts of runs are there: each place that holds some is asked once; a deep audit asks for each run."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from saigen.errors import SaigenError
from saigen.tracking import Run, StoredModel, Tracking

_AT_ONCE = 8


def wrong_artifacts(tracking: Tracking, runs: Sequence[Run], deep: bool = False) -> dict[str, str]:
    """What is wrong with the artifacts of runs, by run id; runs without a fault are left out.

    Args:
        deep: list every run's artifacts and those of its models, not one run's for each place.
    """
    if deep:
        return {**_each(tracking, runs), **_models(tracking, runs)}
    places: dict[str, Run] = {}
    for run in runs:
        places.setdefault(place(run.artifact_uri), run)
    wrong = {where: _listed(tracking, run) for where, run in places.items()}
    return {run.id: found for run in runs if (found := wrong[place(run.artifact_uri)])}


def place(uri: str) -> str:
    """The part of an artifact URI that stands or falls together: scheme and host; a local folder stands for itself."""
    parts = urlsplit(uri)
    if parts.scheme in {"", "file"}:
        return uri
    return f"{parts.scheme}://{parts.netloc}"


def _each(tracking: Tracking, runs: Sequence[Run]) -> dict[str, str]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = list(pool.map(lambda run: _listed(tracking, run), runs))
    return {run.id: what for run, what in zip(runs, found, strict=True) if what}


def _listed(tracking: Tracking, run: Run) -> str | None:
    """Why a run's artifacts cannot be listed, or None."""
    parts = urlsplit(run.artifact_uri)
    if parts.scheme in {"", "file"} and not Path(parts.path).exists():
        return f"they were left on one machine's disk, in {run.artifact_uri}"
    try:
        tracking.artifacts(run.id)
    except SaigenError as error:
        return f"{error.what}: {error.why}"
    return None


def _models(tracking: Tracking, runs: Sequence[Run]) -> dict[str, str]:
    """Runs with a logged model that has no files."""
    ids = {run.id for run in runs}
    models = [one for one in tracking.models(sorted({run.experiment_id for run in runs})) if one.source_run_id in ids]

    def lacks(model: StoredModel) -> bool:
        try:
            return not tracking.model_artifacts(model.model_id)
        except SaigenError:
            return True

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        empty = list(pool.map(lacks, models))
    return {
        model.source_run_id: f"model {model.name} ({model.model_id}) has no files"
        for model, lacking in zip(models, empty, strict=True)
        if lacking and model.source_run_id
    }
