"""Train one model and log the run: python src/train.py

Reads saigen.toml and params.yaml, and nothing else decides: the same commit and the same data give the same metrics.
Where the team has one split (data/split), that is used; otherwise the file of the dataset is split here.
`saigen release train` calls it once a phase, as phase.py says.
"""

import logging
import os
import sys
from collections.abc import Iterable
from dataclasses import replace
from importlib.metadata import entry_points, version
from pathlib import Path
from urllib.parse import urlsplit

import mlflow
import skops.io
from mlflow.data.sources import LocalArtifactDatasetSource
from mlflow.models import infer_signature
from threadpoolctl import threadpool_limits

import figure
from data_version import Data, data_version, git, read_data, recorded_here
from model import build, candidates, loss, score
from phase import Phase, current_phase, keep_tuned, tuned
from problem import Problem
from project import Project, read_project
from table import TEAM_SPLIT, Split, read_split, read_team_split
from tracking import begin_run

ROOT = Path(__file__).resolve().parents[1]
LIBRARIES = ("mlflow-skinny", "numpy", "pandas", "scikit-learn", "scipy", "skops")  # what loading the model needs


def train(root: Path) -> tuple[str, dict[str, float]]:
    """Train what the project at `root` describes; return the id of the run and its metrics."""
    project, phase = read_project(root), current_phase()
    used, split = read(root, project, phase)
    project = replace(project, model=tuned(root, phase, project.model))
    tags = {"data_version": data_version(root, used.values())} | code_tags(root, used.values())
    if "test" in used and phase.measures == "test":
        tags["saigen.test_set"] = used["test"].md5  # the platform counts who looked at it
    with begin_run(project.name, tags) as run, threadpool_limits(project.threads):
        if phase.name == "tune":
            project = replace(project, model=tune(project, split))
            keep_tuned(root, project.model)
        params = project.as_params()
        mlflow.log_params({key: value for key, value in params.items() if split.ours or key != "test_share"})
        for part, data in used.items():
            mlflow.log_input(as_input(data, split), context=part if part == phase.measures else "training")
        model, metrics = fit(project, split)
        metrics["rows_train"] = len(split.train)
        if split.measures:
            metrics[f"rows_{split.measures}"] = len(split.test)
            log_figure(project.task, model, split)
        mlflow.log_metrics(metrics)
        log_model(model, split)
    return run.info.run_id, metrics


def read(root: Path, project: Project, phase: Phase) -> tuple[dict[str, Data], Split]:
    """Return the data that a run uses, by its part of the split, and its rows.

    Raises Problem when the data is not here, or a phase needs the team's split and there is none.
    """
    if recorded_here(root, f"{TEAM_SPLIT.as_posix()}/train") is not None:
        paths = {part: f"{TEAM_SPLIT.as_posix()}/{part}" for part in phase.parts}
        for path in paths.values():
            if recorded_here(root, path) is None:
                why = f"expected it beside {TEAM_SPLIT.as_posix()}/train, found none"
                raise Problem(f"{path} is not on this branch", why, f"saigen data take data/split {path}")
        named = {part: project.names.get(path, f"split-{part}") for part, path in paths.items()}
        used = {part: read_data(root, named[part], path) for part, path in paths.items()}
        return used, read_team_split(root, project, phase)
    if phase.name in ("tune", "final"):
        why = f"expected {TEAM_SPLIT.as_posix()}/train, validation and test, found none"
        raise Problem(f"{phase.name} needs the team's split", why, "saigen data split", code=3)
    return {"train": read_data(root, project.dataset, project.path)}, read_split(root, project)


def tune(project: Project, split: Split) -> dict:
    """Return the settings that measure best, the first of equal ones."""

    def measured(settings: dict) -> float:
        return loss(project.task, fit(replace(project, model=settings), split)[1])

    return min(candidates(project.model), key=measured)


def fit(project: Project, split: Split):
    """Return the trained model, and its metrics: none when there is nothing to measure with."""
    model = build(project.task, project.model, split.train, project.seed)
    model.fit(split.train, split.train_truth)
    return model, score(project.task, model, split.test, split.test_truth) if split.measures else {}


def code_tags(root: Path, used: Iterable[Data]) -> dict[str, str]:
    """Return which commit runs, and whether code or data differ from it: then nobody can repeat the run from it."""
    changed = git(root, "status", "--porcelain")
    if changed and not client_records():
        print("note: there are uncommitted changes; commit before a run that others should repeat", file=sys.stderr)
    modified = [data for data in used if data.changed]
    for data in modified:
        print(f"note: {data.path} differs from its pointer; keep this state with: dvc commit", file=sys.stderr)
    return {
        "mlflow.source.git.commit": git(root, "rev-parse", "HEAD"),
        "uncommitted_changes": "yes" if changed or modified else "no",
        **repository(root),
    }


def client_records() -> bool:
    """Return whether the client `saigen` records what runs: uncommitted changes are part of the record then."""
    plugins = entry_points(group="mlflow.run_context_provider").names
    return "saigen" in plugins and os.environ.get("SAIGEN_RECORD", "").lower() not in ("off", "0", "false", "no")


def repository(root: Path) -> dict[str, str]:
    """Return `organisation/name` in place of the address that MLflow would record, where it is the platform's own.

    A run says where its code is without saying where the platform is: that may change, the run stays.
    """
    organisation = urlsplit(os.environ.get("SAIGEN_GIT_URL", "")).path
    path = urlsplit(git(root, "remote", "get-url", "origin")).path.removesuffix(".git")
    own = organisation and path.startswith(f"{organisation}/")
    return {"mlflow.source.git.repoURL": path.strip("/")} if own else {}


def as_input(data: Data, split: Split) -> mlflow.data.Dataset:
    """Return the dataset as MLflow shows it beside the run: name, content hash and columns."""
    source = LocalArtifactDatasetSource(data.path)
    return mlflow.data.from_pandas(split.train.head(0), source=source, name=data.name, digest=data.md5)


def log_figure(task: str, model, split: Split) -> None:
    """Log a confusion matrix or the residuals, whichever the task has."""
    guess = model.predict(split.test)
    if task == "classification":
        mlflow.log_figure(figure.confusion(split.test_truth, guess, model.classes_), "confusion_matrix.png")
    else:
        mlflow.log_figure(figure.residuals(split.test_truth, guess), "residuals.png")


def log_model(model, split: Split) -> None:
    """Log the model with its signature and an example, in a format that runs no code when it is loaded."""
    rows = split.test if split.measures else split.train
    mlflow.sklearn.log_model(
        model,
        name="model",
        signature=infer_signature(rows, model.predict(rows)),
        input_example=rows.head(5),
        skops_trusted_types=skops.io.get_untrusted_types(data=skops.io.dumps(model)),
        pip_requirements=[f"{library}=={version(library)}" for library in LIBRARIES],
    )


def main() -> int:
    """Run from the command line; return the exit code."""
    logging.getLogger("mlflow.utils.environment").setLevel(logging.ERROR)  # it misses pip: here uv installs
    try:
        run, metrics = train(ROOT)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return problem.code
    print(f"run {run}: " + ", ".join(f"{name} {value:.6g}" for name, value in metrics.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
