"""What the doctor says of the shell that asks, and of who commits."""

from __future__ import annotations

from pathlib import Path

import pytest

from saigen.doctor.checks import Level, judge_shell
from saigen.doctor.machine import author
from saigen.git.repository import NAME_THE_AUTHOR, GitError, Repository
from saigen.login.profile import Profile, save
from saigen.login.session import use


def test_a_shell_without_the_variables_of_the_login_gets_the_line_that_sets_them() -> None:
    (check,) = judge_shell({"MLFLOW_TRACKING_URI": "http://localhost:5000", "AWS_PROFILE": "saigen"})
    assert check.level is Level.NOTE
    assert check.fix == "export MLFLOW_TRACKING_URI=http://localhost:5000 AWS_PROFILE=saigen"


def test_a_shell_that_has_them_is_not_mentioned() -> None:
    assert list(judge_shell({})) == []


def test_what_the_login_adds_is_what_the_shell_lacks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    profile = Profile("ada", "http://localhost:5000", "http://localhost:9000", "http://localhost:3000", "team")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    save(profile)
    environment = {"MLFLOW_TRACKING_URI": "http://localhost:5000"}
    assert use(environment) == {"AWS_PROFILE": "saigen", "SAIGEN_GIT_URL": "http://localhost:3000/team"}
    assert environment["AWS_PROFILE"] == "saigen"
    assert use(environment) == {}


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Repository:
    """A repository in which Git does not know who commits, and may not guess."""
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{name}_NAME", raising=False)
        monkeypatch.delenv(f"GIT_{name}_EMAIL", raising=False)
    monkeypatch.delenv("EMAIL", raising=False)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.useConfigOnly")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "true")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
    Repository(tmp_path).run("init", "--quiet")
    return Repository(tmp_path)


def test_a_commit_of_nobody_says_how_to_name_oneself(nobody: Repository) -> None:
    with pytest.raises(GitError) as refused:
        nobody.run("commit", "--quiet", "--allow-empty", "--message", "Begin")
    assert refused.value.what == "git does not know who commits"
    assert refused.value.next == NAME_THE_AUTHOR


def test_the_doctor_names_the_author_or_how_to_name_one(nobody: Repository) -> None:
    assert author(nobody.root).fix == NAME_THE_AUTHOR
    nobody.run("config", "user.name", "Ada")
    nobody.run("config", "user.email", "ada@team.invalid")
    assert (author(nobody.root).level, author(nobody.root).found) == (Level.GOOD, "Ada <ada@team.invalid>")
