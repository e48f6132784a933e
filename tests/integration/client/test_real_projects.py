"""Real data and plain mlflow code, recorded from a working tree that nobody committed, and reproduced elsewhere."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from sklearn.datasets import load_digits

from tests.integration.client.runs import audit
from tests.integration.client.trainings import Lab, reproduced, tags_of, with_shared_packages
from tests.integration.person import Person
from tests.waiting import eventually

PICTURES = 600
IMAGES = """
from pathlib import Path
import matplotlib.image
import numpy

def pictures(folder):
    files = sorted(Path(folder).rglob("*.png"))
    read = [matplotlib.image.imread(file).ravel() for file in files]
    return numpy.array(read), [int(file.parent.name) for file in files]
"""
DIGITS = """
import mlflow
from images import pictures
from sklearn.model_selection import cross_val_score
from sklearn.svm import SVC

x, y = pictures("data/digits")
mlflow.set_experiment("digits")
with mlflow.start_run() as run:
    mlflow.log_params({"pictures": len(y), "gamma": 0.05})
    model = SVC(gamma=0.05).fit(x, y)
    mlflow.log_metric("accuracy", cross_val_score(model, x, y, cv=3).mean())
    mlflow.sklearn.log_model(model, name="model", input_example=x[:3])
print("RUN", run.info.run_id)
"""
BOOSTING = """
import mlflow
import pandas
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.metrics import mean_squared_error

table = pandas.read_csv("data/penguins.csv").select_dtypes("number").dropna()
x, y = table.iloc[:, :-1], table.iloc[:, -1]
mlflow.set_experiment("boosting")
with mlflow.start_run() as run:
    model = GradientBoostingRegressor(n_estimators=40, subsample=0.8, random_state=7).fit(x, y)
    for step, predicted in enumerate(model.staged_predict(x)):
        mlflow.log_metric("mse", mean_squared_error(y, predicted), step=step)
print("RUN", run.info.run_id)
"""

POOL = """
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
import mlflow

mlflow.set_experiment("pool")
together = Barrier(4)

def train(depth):
    together.wait()
    with mlflow.start_run() as run:
        mlflow.log_param("depth", depth)
        mlflow.log_metric("score", 1 / (1 + depth))
        together.wait()
    return run.info.run_id

with ThreadPoolExecutor(4) as pool:
    print("RUN", *pool.map(train, range(4)))
"""

LAUNCHER = """
import os, subprocess, sys
ranks = [
    subprocess.Popen([sys.executable, *sys.argv[1:]], env={**os.environ, "RANK": str(rank)}) for rank in range(2)
]
sys.exit(max(rank.wait() for rank in ranks))
"""
RANK = """
import os, sys
import mlflow

mlflow.set_experiment("launcher")
if os.environ["RANK"] == "0":
    with mlflow.start_run() as run:
        mlflow.log_metric("loss", float(sys.argv[1]) / 3)
    print("RUN", run.info.run_id)
"""
CELLS = [
    "import mlflow\nfrom pathlib import Path\nmlflow.set_experiment('notebook')",
    "lines = Path('data/small.csv').read_text().split()",
    "with mlflow.start_run() as run:\n    mlflow.log_metric('mean', sum(map(float, lines)) / len(lines))",
    "print('RUN', run.info.run_id)",
]
NOTEBOOK = """
import json, sys, nbformat
from nbclient import NotebookClient

book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in json.loads(sys.argv[1])])
NotebookClient(book, timeout=120, kernel_name="python3").execute()
print(book.cells[-1].outputs[0].text)
"""
VENDORED = """
import mlflow
from pathlib import Path

mlflow.set_experiment("vendored")
with mlflow.start_run() as run:
    mlflow.log_metric("length", len(Path("vendor/template/README.md").read_text()))
print("RUN", run.info.run_id)
"""


@pytest.fixture(scope="module")
def lab(author: Person) -> Lab:
    """The author's clone of the demo, with the client in the project's environment, as the README says."""
    lab = Lab.open(replace(with_shared_packages(author), records=True))
    wheel = lab.author.request("GET", "tracking", "/.well-known/saigen").json()["client"]
    lab.author.run("uv", "pip", "install", "--quiet", "--python", str(lab.clone / ".venv"), wheel, cwd=lab.clone)
    return lab


@pytest.fixture
def colleague(reviewer: Person) -> Person:
    """Who reproduces."""
    return replace(with_shared_packages(reviewer), records=True)


def write_digits(folder: Path) -> None:
    """Scikit-learn's handwritten digits as PNG files, in a folder for each digit."""
    digits = load_digits()
    for number, (picture, label) in enumerate(zip(digits.images[:PICTURES], digits.target, strict=False)):
        (folder / str(label)).mkdir(parents=True, exist_ok=True)
        Image.fromarray((picture * 15).astype("uint8")).save(folder / str(label) / f"{number:04}.png")


def recorded(lab: Lab, run: str, state: str = "code=pushed; data=pushed") -> dict[str, str]:
    """The tags of a run, once everything of it is where colleagues reach it."""

    def complete() -> dict[str, str]:
        tags = tags_of(lab.author, run)
        assert tags["saigen.state"].startswith(state), tags["saigen.state"]
        return tags

    found: dict[str, str] = eventually(complete, every=2)
    return found


def test_pictures_and_an_untracked_module_come_out_the_same_elsewhere(lab: Lab, colleague: Person) -> None:
    write_digits(lab.clone / "data" / "digits")
    lab.author.run("dvc", "add", "--quiet", "data/digits", cwd=lab.clone)
    lab.author.run("dvc", "push", "--quiet", cwd=lab.clone)
    (lab.clone / "src" / "images.py").write_text(IMAGES)
    (lab.clone / "src" / "digits.py").write_text(DIGITS)
    run = lab.train("digits.py")
    tags = recorded(lab, run)
    assert lab.author.run("git", "status", "--porcelain", cwd=lab.clone).stdout.count("?? src/") == 2

    found = reproduced(colleague, run)

    assert found["verdict"] == "reproduced"
    assert "data/digits" in found["data"]
    lines = {(line["kind"], line["name"]) for line in found["pairs"][0]["lines"]}
    assert {("metric", "accuracy"), ("predictions", "predictions of model")} <= lines
    assert tags_of(colleague, found["runs"][0])["saigen.commit"] == tags["saigen.commit"]


def test_every_step_of_a_boosting_comes_out_the_same_elsewhere(lab: Lab, colleague: Person) -> None:
    lab.author.run("dvc", "pull", "--quiet", "data/penguins.csv", cwd=lab.clone)
    (lab.clone / "src" / "boost.py").write_text(BOOSTING)
    run = lab.train("boost.py")
    recorded(lab, run)

    found = reproduced(colleague, run)

    assert found["verdict"] == "reproduced"
    assert [line["steps"] for line in found["pairs"][0]["lines"] if line["name"] == "mse"] == [40]


def test_runs_of_a_pool_are_compared_each_with_the_one_of_its_parameters(lab: Lab, colleague: Person) -> None:
    (lab.clone / "src" / "pool.py").write_text(POOL)
    run = lab.train("pool.py")
    recorded(lab, run)

    found = reproduced(colleague, run)

    assert [pair["verdict"] for pair in found["pairs"]] == ["reproduced"] * 4


def test_what_a_launcher_started_comes_out_the_same_elsewhere(lab: Lab, colleague: Person) -> None:
    (lab.clone / "src" / "torchrun").write_text(LAUNCHER)
    (lab.clone / "src" / "rank.py").write_text(RANK)
    run = lab.train("torchrun", "src/rank.py", "7")
    assert json.loads(recorded(lab, run)["saigen.command"])["argv"] == ["python", "src/torchrun", "src/rank.py", "7"]

    assert reproduced(colleague, run)["verdict"] == "reproduced"


def test_the_cells_of_a_notebook_come_out_the_same_elsewhere(lab: Lab, colleague: Person) -> None:
    into = ("--python", str(lab.clone / ".venv"))
    lab.author.run("uv", "pip", "install", "--quiet", *into, "nbclient", "ipykernel", cwd=lab.clone)
    python = str(lab.clone / ".venv" / "bin" / "python")
    words = lab.author.run(python, "-c", NOTEBOOK, json.dumps(CELLS), cwd=lab.clone).stdout.split()
    run = words[words.index("RUN") + 1]
    recorded(lab, run)

    found = reproduced(colleague, run)

    assert found["verdict"] == "reproduced"
    assert "data/small.csv" in found["data"]


def test_a_run_in_an_image_without_a_repository_comes_out_the_same_elsewhere(
    lab: Lab, colleague: Person, tmp_path: Path
) -> None:
    commit = lab.author.run("git", "rev-parse", "HEAD", cwd=lab.clone).stdout.strip()
    lab.author.run("git", "archive", "--output", str(tmp_path / "app.tar"), commit, cwd=lab.clone)
    shutil.unpack_archive(tmp_path / "app.tar", tmp_path / "app")
    (tmp_path / "app/data/small.csv").write_bytes((lab.clone / "data/small.csv").read_bytes())
    said = (f"SAIGEN_COMMIT={commit}", "SAIGEN_REPOSITORY=team/demo")
    python = str(lab.clone / ".venv" / "bin" / "python")
    contained = ("unshare", "--pid", "--fork", "--mount-proc")  # as in a container, its end is that of all others
    script = str(tmp_path / "app/src/mean.py")
    done = lab.author.run("env", *said, *contained, python, script, cwd=tmp_path / "app")
    run = done.stdout.split()[-1]
    tags = tags_of(lab.author, run)
    assert tags["saigen.state"].startswith("code=pushed; data=unknown")
    assert "lock_path" not in json.loads(tags["saigen.environment"])
    assert audit(colleague, "reproduce", "--filter", f"attributes.run_id = '{run}'")[run]["reasons"] == []

    assert reproduced(colleague, run)["verdict"] == "reproduced"


def test_a_submodule_comes_along(lab: Lab, colleague: Person) -> None:
    author = lab.author
    author.run("git", "submodule", "--quiet", "add", "../template.git", "vendor/template", cwd=lab.clone)
    (lab.clone / "src" / "vendored.py").write_text(VENDORED)
    author.run("git", "add", "src/vendored.py", cwd=lab.clone)
    author.run("git", "commit", "--quiet", "-m", "Vendor the template", cwd=lab.clone)
    author.run("git", "push", "--quiet", "origin", "HEAD", cwd=lab.clone)
    run = lab.train("vendored.py")
    recorded(lab, run)
    assert audit(colleague, "vendored")[run]["reasons"] == []

    assert reproduced(colleague, run)["verdict"] == "reproduced"
