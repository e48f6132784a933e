"""The demo: real penguins, laid over a project from the template, become `penguins_v1` and a run."""

from __future__ import annotations

import hashlib
import shutil
import sys
from pathlib import Path

import pytest

from saigen.data.split.by import SIDES
from tests.unit.template.generated import DEMO, TEMPLATE, Project

SPLIT = "from saigen.data.split import Row, split; split('data/penguins.csv', 'data/split', by=Row())"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A clone of the demo after the steps of infra/demo/README.md, without the pushes."""
    project = Project.generate(tmp_path_factory.mktemp("made") / "demo", "demo")
    shutil.copytree(DEMO / "project", project.root, dirs_exist_ok=True)
    project.run("dvc", "add", "data/penguins.csv")
    project.commit("Add penguins", tag="penguins_v1")
    return project


def test_run_on_penguins_carries_the_version_of_its_data(demo: Project) -> None:
    run = demo.train()
    assert run.data.tags["data_version"] == "penguins_v1"
    assert run.data.tags["uncommitted_changes"] == "no"
    assert run.data.metrics["accuracy"] > 0.95


def test_run_on_the_team_split_uses_its_parts(demo: Project, tmp_path: Path) -> None:
    project = Project(tmp_path / "demo", demo.store)
    shutil.copytree(demo.root, project.root, symlinks=True)
    project.run(sys.executable, "-c", SPLIT)
    project.run("dvc", "add", *(f"data/split/{side}" for side in SIDES))
    project.commit("Take the split")
    run = project.train()
    versions = run.data.tags["data_version"].split(",")
    assert [version.partition("_v0+")[0] for version in versions] == ["split-train", "split-validation"]
    assert 0 < run.data.metrics["rows_validation"] < run.data.metrics["rows_train"] < 344
    assert run.data.metrics["accuracy"] > 0.9


def test_penguins_are_not_in_git_and_their_pointer_is(demo: Project) -> None:
    held = demo.run("git", "ls-files", "data").stdout.split()
    assert held == ["data/.gitignore", "data/README.md", "data/penguins.csv.dvc"]


def test_penguins_are_the_published_ones() -> None:
    digest = hashlib.sha256((DEMO / "project" / "data" / "penguins.csv").read_bytes()).hexdigest()
    assert digest in (DEMO / "README.md").read_text()


def test_demo_is_the_template_but_for_names() -> None:
    template = (TEMPLATE / "saigen.toml").read_text()
    renamed = template.replace("${REPO_NAME}", "demo").replace("example", "penguins").replace("flights", "penguins")
    assert (DEMO / "project" / "saigen.toml").read_text() == renamed


def test_demo_adds_data_and_settings_but_no_code() -> None:
    folder = DEMO / "project"
    shipped = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert shipped == {"saigen.toml", "params.yaml", "data/README.md", "data/penguins.csv"}
