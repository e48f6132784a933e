"""A small project of its own for every test: a Git repository with one dataset, its pointer and its settings."""

import hashlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

SETTINGS = """
[project]
name = "{name}"
[datasets]
fruit = "data/fruit.csv"
"""
PARAMS = """
dataset: fruit
target: kind
drop: [id]
task: classification
model: {kind: linear, penalty: 1.0, iterations: 20, learning_rate: 0.1}
test_share: 0.25
seed: 1
threads: 1
"""


def fruit(rows: int) -> str:
    """Return a table of apples and melons, as CSV; every seventh weight is missing."""
    lines = ["id,weight,skin,kind"]
    for row in range(rows):
        kind, skin, weight = ("melon", "rough", 900) if row % 3 == 0 else ("apple", "smooth", 150)
        lines.append(f"{row},{'' if row % 7 == 6 else weight + row % 11},{skin},{kind}")
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Sandbox:
    """A project in a folder that the test owns."""

    root: Path

    def git(self, *arguments: str) -> None:
        """Run Git in the project as somebody."""
        person = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"]
        subprocess.run(["git", "-C", str(self.root), *person, *arguments], check=True, capture_output=True)

    def write(self, path: str, text: str) -> None:
        """Write one file."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def record(self, text: str, tag: str | None = None, path: str = "data/fruit.csv") -> str:
        """Write data, its pointer as `dvc add` does, and commit; optionally name the state. Return the md5."""
        md5 = hashlib.md5(text.encode()).hexdigest()
        self.write(path, text)
        self.write(f"{path}.dvc", f"outs:\n- md5: {md5}\n  size: {len(text)}\n  hash: md5\n  path: {Path(path).name}\n")
        self.git("add", f"{path}.dvc")
        self.git("commit", "--allow-empty", "-m", "Change the data")
        if tag:
            self.git("tag", tag)
        return md5


def begin(root: Path) -> Sandbox:
    """Make an empty project with settings for the dataset `fruit`."""
    project = Sandbox(root)
    project.git("init", "--quiet")
    project.write("saigen.toml", SETTINGS.format(name=root.name))
    project.write("params.yaml", PARAMS)
    project.write(".gitignore", "/data/*.csv\n/mlruns/\n")
    project.git("add", "--all")
    project.git("commit", "--quiet", "-m", "Begin")
    return project


@pytest.fixture(scope="session", autouse=True)
def no_release() -> Iterator[None]:
    """A release starts these tests as well, with its own variables: they are not about that release."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("SAIGEN_PHASE", "SAIGEN_RELEASE"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of an empty tracking database, made once: that takes longer than a training."""
    return f"sqlite:///{tmp_path_factory.mktemp('store')}/mlflow.db"


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    """A project of the test's own."""
    return begin(tmp_path)
