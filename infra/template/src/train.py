"""Train one model and log the run: python src/train.py

Reads saigen.toml and params.yaml, and nothing else decides: the same commit and the same data give the same metrics.
"""

import logging
import os
import sys
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import mlflow
import skops.io
from mlflow.data.sources import LocalArtifactDatasetSource
from mlflow.models import infer_signature
from threadpoolctl import threadpool_limits

import figure
from data_version import Data, data_version, git, read_data
from model import build, score
from problem import Problem
from project import read_project
from table import Split, read_split
from tracking import begin_run

ROOT = Path(__file__).resolve().parents[1]
LIBRARIES = ("mlflow-skinny", "numpy", "pandas", "scikit-learn", "scipy", "skops")  # what loading the model needs


def train(root: Path) -> tuple[str, dict[str, float]]:
    """Train what the project at `root` describes; return the id of the run and its metrics."""
    project = read_project(root)
    data = read_data(root, project.dataset, project.path)
    split = read_split(root, project)
    tags = {"data_version": data_version(root, [data])} | code_tags(root, data)
    with begin_run(project.name, tags) as run, threadpool_limits(project.threads):
        mlflow.log_params(project.as_params())
        mlflow.log_input(as_input(data, split), context="training")
        model = build(project.task, project.model, split.train, project.seed)
        model.fit(split.train, split.train_truth)
        metrics = score(project.task, model, split.test, split.test_truth)
        metrics |= {"rows_train": len(split.train), "rows_test": len(split.test)}
        mlflow.log_metrics(metrics)
        log_figure(project.task, model, split)
        log_model(model, split)
    return run.info.run_id, metrics


def code_tags(root: Path, data: Data) -> dict[str, str]:
    """Return which commit runs, and whether code or data differ from it: then nobody can repeat the run from it."""
    changed = git(root, "status", "--porcelain")
    if changed:
        print("note: there are uncommitted changes; commit before a run that others should repeat", file=sys.stderr)
    if data.changed:
        print(f"note: {data.path} differs from its pointer; keep this state with: dvc commit", file=sys.stderr)
    return {
        "mlflow.source.git.commit": git(root, "rev-parse", "HEAD"),
        "uncommitted_changes": "yes" if changed or data.changed else "no",
        **repository(root),
    }


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
    mlflow.sklearn.log_model(
        model,
        name="model",
        signature=infer_signature(split.test, model.predict(split.test)),
        input_example=split.test.head(5),
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
