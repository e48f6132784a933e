"""A project that releases the model line `acme`: code on dev/main, data on data/split, by plain git and dvc alone.

The task is document 1's own: which species is a penguin, by its body? More penguins come in from release to release.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.integration.declared import project_of_the_team
from tests.integration.desk import Clone
from tests.integration.person import Person
from tests.integration.stack import Stack
from tests.shipped import ROOT

PROJECT = "lines"
CUSTOMER = "acme-customer"
PARTS = ("train", "validation", "test")
RULES = """
[branches]
main = {}
split = {trailers = []}
dev = {}
stable = {}

[release]
tests = ["uv", "run", "--frozen", "python", "-c", "import sys; sys.path.insert(0, 'src'); import release"]
tune = ["uv", "run", "--frozen", "python", "src/release.py"]
evaluate = ["uv", "run", "--frozen", "python", "src/release.py"]
final = ["uv", "run", "--frozen", "python", "src/release.py"]
card = "docs/model.md"
task = "tabular-classification"

[release.thresholds]
accuracy = ">= 0.9"
log_loss = {max = 0.5}
"""
TRAIN = '''"""Train one phase of a release, the one that SAIGEN_PHASE names."""

import json
import os
from importlib.metadata import version
from pathlib import Path

import mlflow
import pandas
import skops.io
from mlflow.models import infer_signature
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

FEATURES = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
TUNED = Path("release/tuned.json")
LIBRARIES = ("mlflow-skinny", "numpy", "pandas", "scikit-learn", "scipy", "skops")


def rows(*parts):
    table = pandas.concat([pandas.read_csv(f"data/split/{part}.csv") for part in parts]).dropna()
    return table[FEATURES].astype("float64"), table["species"].astype(str)


def fit(c, *parts):
    features, truth = rows(*parts)
    return make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=1000)).fit(features, truth)


def measure(model, part):
    features, truth = rows(part)
    return {
        "accuracy": accuracy_score(truth, model.predict(features)),
        "log_loss": log_loss(truth, model.predict_proba(features), labels=model.classes_),
    }


def tune():
    found = {c: measure(fit(c, "train"), "validation")["log_loss"] for c in (0.01, 1.0, 100.0)}
    best = min(found, key=found.get)
    TUNED.parent.mkdir(exist_ok=True)
    TUNED.write_text(json.dumps({"c": best}))
    mlflow.log_param("c", best)
    mlflow.log_metric("validation_log_loss", found[best])


def keep(*parts):
    c = json.loads(TUNED.read_text())["c"]
    model = fit(c, *parts)
    features, _ = rows(*parts)
    mlflow.log_param("c", c)
    mlflow.log_metric("rows", len(features))
    mlflow.sklearn.log_model(
        model,
        name="model",
        signature=infer_signature(features, model.predict(features)),
        input_example=features.head(3),
        skops_trusted_types=skops.io.get_untrusted_types(data=skops.io.dumps(model)),
        pip_requirements=[f"{library}=={version(library)}" for library in LIBRARIES],
    )
    return model


def main(phase):
    mlflow.set_experiment("lines")
    with mlflow.start_run(run_name=phase):
        if phase == "tune":
            tune()
        elif phase == "evaluate":
            mlflow.log_metrics(measure(keep("train", "validation"), "test"))
        else:
            keep("train", "validation", "test")


if __name__ == "__main__":
    main(os.environ["SAIGEN_PHASE"])
'''
USE = "Tells the species of a grown penguin of the Palmer archipelago. Not meant for chicks.\n"


@contextmanager
def project_with_customer(platform: Stack, captain: Person) -> Iterator[None]:
    """The project, with author and reviewer as members, a customer who may read, and rules on its default branch."""
    with project_of_the_team(platform, PROJECT, CUSTOMER):
        say_how(captain, PROJECT, RULES)
        yield


def say_how(captain: Person, project: str, rules: str) -> None:
    """Put the rules of a project on its default branch."""
    desk = Desk.of(captain, project)
    settings = desk.root / "saigen.toml"
    settings.write_text(settings.read_text().replace('example = "data/example.csv"', _datasets()) + rules)
    desk.commit("main", "Say how the line is released")


def _datasets() -> str:
    return "\n".join(f'penguins-{part} = "data/split/{part}.csv"' for part in PARTS)


@dataclass(frozen=True)
class Desk(Clone):
    """A person's clone of the project."""

    @classmethod
    def of(cls, person: Person, project: str = PROJECT) -> Desk:
        """A fresh clone."""
        return cls.fresh(person, project)

    def commit(self, branch: str, message: str, *paths: str) -> None:
        """Commit these paths, or everything, and push it."""
        self.git("add", "--all", "--", *(paths or (".",)))
        self.git("commit", "--quiet", "-m", message)
        self.git("push", "--quiet", "origin", f"HEAD:{branch}")

    def code(self, text: str, message: str) -> None:
        """A change of the training on dev/main."""
        self._go("dev/main")
        (self.root / "src" / "release.py").write_text(text)
        (self.root / "docs").mkdir(exist_ok=True)
        (self.root / "docs" / "model.md").write_text(USE)
        self.commit("dev/main", message, "src", "docs")
        self.git("switch", "--quiet", "main")

    def data(self, penguins: int, message: str) -> None:
        """So many penguins, each in the part that its number says, on data/split."""
        self._go("data/split")
        with (ROOT / "infra" / "demo" / "project" / "data" / "penguins.csv").open(newline="") as file:
            head, *rows = list(csv.reader(file))
        folder = self.root / "data" / "split"
        folder.mkdir(parents=True, exist_ok=True)
        for part, numbers in zip(PARTS, ({0, 1, 2}, {3}, {4}), strict=True):
            chosen = [row for number, row in enumerate(rows[:: len(rows) // penguins]) if number % 5 in numbers]
            with (folder / f"{part}.csv").open("w", newline="") as target:
                csv.writer(target).writerows([head, *chosen])
        self.run("dvc", "add", "--quiet", *(f"data/split/{part}.csv" for part in PARTS))
        self.run("dvc", "push", "--quiet")
        self.commit("data/split", message, "data")
        self.git("switch", "--quiet", "main")

    def release(self, *options: str, exit_code: int = 0) -> dict[str, Any]:
        """`saigen release train acme --yes`, with the exit code that is expected; what it said."""
        answer: dict[str, Any] = self.saigen("release", "train", "acme", "--yes", *options, exit_code=exit_code)
        return answer

    def published(self) -> dict[str, str]:
        """Everything that others see: refs of the forge, and the registry of models."""
        refs = dict(line.split()[::-1] for line in self.git("ls-remote", "origin").splitlines())
        return {**refs, **self.registered()}

    def registered(self, line: str = "acme") -> dict[str, str]:
        """The tag of each registered version of this project's models of a line."""
        wanted = {"filter": f"name = '{self.project}.{line}'"}
        found = self.person.api("GET", "model-versions/search", params=wanted).json()
        return {
            f"{one['name']}/{one['version']}": tag["value"]
            for one in found.get("model_versions", [])
            for tag in one["tags"]
            if tag["key"] == "saigen.release"
        }

    def _go(self, branch: str) -> None:
        self.git("fetch", "--quiet", "origin")
        known = self.git("branch", "--list", branch)
        self.git("switch", "--quiet", *([] if known else ["--create"]), branch)
