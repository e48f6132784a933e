"""A folder `mlruns` or a database `mlflow.db` with the same in it, made by the MLflow that is installed.

It lets its file store run when told to; a database is what it keeps runs in by itself.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

# MLflow's own switch for its file store, which is no longer developed.
SWITCH = {"MLFLOW_ALLOW_FILE_STORE": "true", "SAIGEN_RECORD": "off"}

MAKE = """
import pathlib, sys
import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric

mlflow.set_tracking_uri(sys.argv[1])
client = MlflowClient()
work = pathlib.Path("work")
work.mkdir(exist_ok=True)

class Twice(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input: list[float], params=None) -> list[float]:
        return [2 * one for one in model_input]

mlflow.set_experiment("Flüge über New York")
with mlflow.start_run(run_name="größer ✓") as parent:
    mlflow.log_params({"depth": "3", "grün": "ja", "a/b": "nested name", "lines": "one\\ntwo\\n"})
    mlflow.log_metrics({"rmse": 3.25, "loss/train": 1e-300})
    mlflow.set_tags({"note": "ÄÖÜ", "mlflow.note.content": "# Why\\n\\nBecause."})
    # More than MLflow takes at once.
    points = [Metric("history", step / 7, 1_700_000_000_000 + step, step) for step in range(1100)]
    for start in range(0, 1100, 1000):
        client.log_batch(parent.info.run_id, metrics=points[start:start + 1000])
    client.log_batch(parent.info.run_id, metrics=[
        Metric("odd", float("nan"), 1, 0), Metric("odd", float("inf"), 2, 1), Metric("odd", -float("inf"), 3, 2),
        Metric("odd", 1.0, 4, -3)])
    (work / "größe.txt").write_text("inhalt\\n")
    (work / "empty").write_bytes(b"")
    (work / "big.bin").write_bytes(bytes(range(256)) * 2000)
    (work / "100% #1.txt").write_text("odd name\\n")
    for name in ("größe.txt", "empty", "big.bin"):
        mlflow.log_artifact(work / name, "reports/täglich")
    mlflow.log_artifact(work / "100% #1.txt")
    mlflow.log_text("alone in a folder of its own name", "same/same")
    data = mlflow.data.from_numpy(__import__("numpy").arange(6), source="https://example.org/data", name="numbers")
    mlflow.log_input(data, context="training", tags={"kind": "raw"})
    model = mlflow.pyfunc.log_model(name="twice", python_model=Twice(), registered_model_name="twice",
                                    params={"factor": "2"}, pip_requirements=[])
    mlflow.log_metric("accuracy", 0.75, model_id=model.model_id, dataset=data)
    with mlflow.start_run(nested=True, run_name="child") as child:
        mlflow.log_param("fold", 1)
client.update_registered_model("twice", "Doubles numbers")
client.update_model_version("twice", "1", "The first one")
client.set_registered_model_alias("twice", "champion", "1")
client.set_model_version_tag("twice", "1", "checked", "yes")
failed = client.create_run(mlflow.get_experiment_by_name("Flüge über New York").experiment_id, run_name="failed")
client.set_terminated(failed.info.run_id, "FAILED")
gone = client.create_run("0" if client.get_experiment("0") else client.create_experiment("Default"), run_name="gone")
client.log_param(gone.info.run_id, "seen", "yes")
client.set_terminated(gone.info.run_id, "KILLED")
client.delete_run(gone.info.run_id)
print(parent.info.run_id, child.info.run_id, failed.info.run_id, gone.info.run_id, model.model_id)
"""


def make(root: Path) -> dict[str, str]:
    """Make the folder; ids of its runs and of its logged model by name."""
    return _made(root.as_uri(), root.parent)


def make_database(file: Path) -> dict[str, str]:
    """Make the database, and a folder `mlruns` with its files beside it; ids as above."""
    return _made(f"sqlite:///{file}", file.parent)


def _made(uri: str, place: Path) -> dict[str, str]:
    return dict(zip(("parent", "child", "failed", "gone", "model"), run(MAKE, uri, place).split(), strict=True))


def run(code: str, uri: str, place: Path) -> str:
    """Run Python code in a folder that uses MLflow on a store of its own; what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code, uri],
        cwd=place,
        env={**{key: value for key, value in os.environ.items() if not key.startswith("MLFLOW_")}, **SWITCH},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
