"""What a new project begins with: its own remote, no address, no secret, and tests that pass."""

from __future__ import annotations

import configparser
import os
import re
import runpy
import shutil
import subprocess
import sys

import pytest
import tomllib
from hypothesis import given
from hypothesis import strategies as some

from saigen import tags
from tests.unit.template.generated import TEMPLATE, Project, expand, expanded_files, template_files

NEW = "delay-forecast"


def rule_of_the_template() -> re.Pattern[str]:
    """DATASET_NAME of its src/project.py, which imports its own neighbours."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(TEMPLATE / "src"))
        rule: re.Pattern[str] = runpy.run_path(str(TEMPLATE / "src" / "project.py"))["DATASET_NAME"]
    return rule


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project.generate(tmp_path_factory.mktemp("made") / NEW, NEW)


def dvc_config(project: Project) -> configparser.ConfigParser:
    parsed = configparser.ConfigParser()
    parsed.read(project.root / ".dvc" / "config")
    return parsed


def test_dvc_remote_is_the_projects_own_prefix(project: Project) -> None:
    remote = dvc_config(project)["'remote \"storage\"'"]
    assert remote["url"] == f"s3://dvc/{NEW}"
    assert project.run("dvc", "remote", "default").stdout.strip() == "storage"


def test_dvc_verifies_what_it_downloads(project: Project) -> None:
    assert project.run("dvc", "config", "remote.storage.verify").stdout.strip() == "true"


def test_dvc_calls_nobody_else(project: Project) -> None:
    core = dvc_config(project)["core"]
    assert core["analytics"] == "false"
    assert core["check_update"] == "false"


def test_dvc_config_has_no_endpoint_and_no_key(project: Project) -> None:
    keys = {key for section in dvc_config(project).values() for key in section}
    assert keys == {"remote", "autostage", "analytics", "check_update", "url", "region", "verify"}


def test_project_is_called_as_its_repository(project: Project) -> None:
    settings = tomllib.loads((project.root / "saigen.toml").read_text())
    assert settings["project"]["name"] == NEW
    assert (project.root / "README.md").read_text().startswith(f"# {NEW}\n")


def test_readme_of_a_project_keeps_the_variables_of_the_shell(project: Project) -> None:
    readme = (project.root / "README.md").read_text()
    assert f'git clone "$SAIGEN_GIT_URL/{NEW}.git"' in readme
    assert 'eval "$(./scripts/credentials NAME)"' in readme
    assert "$$" not in readme


def test_every_variable_of_the_forge_is_in_a_file_that_it_expands() -> None:
    using = {path.as_posix() for path in template_files() if "REPO_NAME" in (TEMPLATE / path).read_text()}
    assert using == set(expanded_files())


@pytest.mark.parametrize(
    ("text", "expected"),
    [("${REPO_NAME}", "x"), ("$REPO_NAME.git", "x.git"), ("$$HOME", "$HOME"), ("$HOME", "HOME"), ("$(ls)", "$(ls)")],
)
def test_expansion_is_the_one_of_the_forge(text: str, expected: str) -> None:
    assert expand(text, {"REPO_NAME": "x"}) == expected


def test_no_address_is_committed() -> None:
    found = {
        path.as_posix(): addresses
        for path in template_files()
        if path.parts[0] != "tests" and path.name != "uv.lock"
        if (addresses := re.findall(r"https?://|localhost|\d+\.\d+\.\d+\.\d+|endpoint", (TEMPLATE / path).read_text()))
    }
    assert found == {}


def test_data_itself_is_kept_out_of_git_and_its_description_is_not(project: Project) -> None:
    assert project.run("git", "ls-files", "data").stdout.split() == ["data/README.md"]


def test_lock_is_current(project: Project) -> None:
    uv = os.environ.get("UV") or shutil.which("uv")
    assert uv, "expected uv on PATH, found none"
    environment = os.environ | {"UV_PYTHON_DOWNLOADS": "never"}
    command = [uv, "lock", "--check", "--offline"]
    checked = subprocess.run(command, cwd=project.root, env=environment, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


def test_locked_numeric_libraries_are_the_same_for_every_python() -> None:
    locked = tomllib.loads((TEMPLATE / "uv.lock").read_text())["package"]
    for library in ("numpy", "pandas", "scipy", "scikit-learn"):
        assert len([package for package in locked if package["name"] == library]) == 1, library


DATASET_NAME = rule_of_the_template()


@given(some.text(alphabet="aZ09-_. ", max_size=12))
def test_dataset_names_follow_the_tag_contract_of_the_platform(name: str) -> None:
    assert bool(DATASET_NAME.fullmatch(name)) == tags.is_name(name)


def test_projects_own_tests_pass(project: Project) -> None:
    own = project.run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "pyproject.toml")
    assert " passed" in own.stdout


def test_new_project_says_what_is_missing(project: Project) -> None:
    refused = project.run(sys.executable, "src/train.py", check=False)
    assert refused.returncode == 3
    assert "next: dvc add data/example.csv" in refused.stderr
    assert "Traceback" not in refused.stderr
