"""Trainings that are not simply started as `python train.py`: launchers, pipelines, notebooks, and many at once."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests.integration.client.record.recordings import fetched, finished, show
from tests.integration.person import PROGRAMS, Person

# As torchrun does it: so many copies of the training, each with its rank.
TORCHRUN = """#!/usr/bin/env python
import os, subprocess, sys
ranks = [subprocess.Popen([sys.executable, *sys.argv[1:]], env={**os.environ, "RANK": str(rank)}) for rank in range(2)]
sys.exit(max(rank.wait() for rank in ranks))
"""
RANK = """
import os, sys
import mlflow

if os.environ["RANK"] == "0":
    mlflow.set_experiment(sys.argv[1])
    with mlflow.start_run():
        mlflow.log_metric("loss", 1)
"""
MODULE = """
import os, sys
import mlflow

os.makedirs("outputs/one")
os.chdir("outputs/one")
mlflow.set_experiment(sys.argv[1])
with mlflow.start_run():
    mlflow.log_metric("loss", 1)
"""
PIPELINE = """stages:
  train:
    cmd: python train.py record-pipeline
    deps: [train.py, extra.py]
    outs: [model.txt]
"""
CELLS = [
    "import mlflow\nimport extra\nmlflow.set_experiment('record-notebook')",
    "rate = 0.25",
    "with mlflow.start_run():\n    mlflow.log_metric('loss', extra.value(rate))",
]
NOTEBOOK = """
import json, sys, nbformat
from nbclient import NotebookClient

book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in json.loads(sys.argv[1])])
nbformat.write(book, "study.ipynb")
NotebookClient(book, timeout=120, kernel_name="python3").execute()
"""
MANY = """
import sys
from multiprocessing import get_context
import mlflow

def one(number, together):
    with mlflow.start_run():
        mlflow.log_metric("number", number)
        together.wait()

if __name__ == "__main__":
    mlflow.set_experiment(sys.argv[1])
    fork = get_context("fork")
    together = fork.Barrier(100, timeout=240)
    processes = [fork.Process(target=one, args=(number, together)) for number in range(100)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    sys.exit(max(process.exitcode for process in processes))
"""


def argv(tags: dict[str, str]) -> list[str]:
    """The recorded command."""
    said: list[str] = json.loads(tags["saigen.command"])["argv"]
    return said


def test_a_launcher_is_the_command_and_not_one_of_its_ranks(author: Person, workplace: Path, tmp_path: Path) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "torchrun").write_text(TORCHRUN)
    (programs / "torchrun").chmod(0o755)
    (workplace / "rank.py").write_text(RANK)
    path = f"PATH={programs}:{author.environment['PATH']}"
    author.run("env", path, "torchrun", "rank.py", "record-launcher", cwd=workplace)
    run = finished(author, "record-launcher", "code=pushed; data=pushed")[0]
    assert argv(run.tags) == ["python", str(programs / "torchrun"), "rank.py", "record-launcher"]


def test_a_module_that_changes_its_folder_is_recorded_where_it_was_started(author: Person, workplace: Path) -> None:
    (workplace / "jobs").mkdir()
    (workplace / "jobs" / "fit.py").write_text(MODULE)
    author.run("python", "-m", "jobs.fit", "record-module", cwd=workplace)
    run = finished(author, "record-module", "code=pushed; data=pushed")[0]
    assert json.loads(run.tags["saigen.command"]) == {"argv": ["python", "-m", "jobs.fit", "record-module"], "cwd": ""}


def test_a_stage_of_a_pipeline_is_recorded_while_dvc_holds_its_lock(author: Person, workplace: Path) -> None:
    training = (workplace / "train.py").read_text()
    (workplace / "train.py").write_text(f"{training}\nopen('model.txt', 'w').write('weights')\n")
    (workplace / "dvc.yaml").write_text(PIPELINE)
    author.run("dvc", "repro", "--quiet", cwd=workplace)
    run = finished(author, "record-pipeline", "code=pushed")[0]
    assert argv(run.tags) == ["python", "train.py", "record-pipeline"]


def test_the_executed_cells_of_a_notebook_are_a_script_that_a_colleague_can_run(
    author: Person, reviewer: Person, workplace: Path, colleagues_clone: Path
) -> None:
    author.run("python", "-c", NOTEBOOK, json.dumps(CELLS), cwd=workplace)
    run = finished(reviewer, "record-notebook", "code=pushed; data=pushed")[0]
    clone = fetched(reviewer, colleagues_clone, run.commit)
    script = show(reviewer, clone, run.commit, ".saigen/notebook.py")
    assert [script.index(cell) for cell in CELLS] == sorted(script.index(cell) for cell in CELLS)
    assert argv(run.tags)[-1] == ".saigen/notebook.py"
    reviewer.run("git", "checkout", "--quiet", run.commit, cwd=clone)
    reviewer.run(*argv(run.tags), cwd=clone)
    assert len(finished(reviewer, "record-notebook", "code=", count=2)) == 2


def test_somebody_elses_checkout_that_cannot_be_written_to_is_delivered(
    author: Person, reviewer: Person, workplace: Path, colleagues_clone: Path
) -> None:
    for path in (workplace, *workplace.rglob("*")):
        os.chown(path, 12345, 12345, follow_symlinks=False)
    seal = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && cd "$1" && ! touch x 2>&1'
    train = f'{seal} && exec "$2" train.py "$3"'
    words = ("sh", "-c", train, "sh", str(workplace), str(PROGRAMS / "python"), "record-sealed")
    said = author.run("unshare", "--mount", *words, cwd=workplace.parent).stdout
    assert "Read-only file system" in said
    run = finished(reviewer, "record-sealed", "code=pushed; data=pushed")[0]
    clone = fetched(reviewer, colleagues_clone, run.commit)
    assert "rate * 2" in show(reviewer, clone, run.commit, "extra.py")


def test_a_hundred_runs_at_once_are_all_recorded(author: Person, workplace: Path) -> None:
    (workplace / "many.py").write_text(MANY)
    author.run("python", "many.py", "record-many", cwd=workplace)
    found = finished(author, "record-many", "code=pushed; data=pushed", count=100)
    assert len({run.commit for run in found}) == 1
    assert {tuple(argv(run.tags)) for run in found} == {("python", "many.py", "record-many")}
    assert len({run.tags["saigen.session"] for run in found}) == 100
