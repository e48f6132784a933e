"""A repository that is there already when its project is declared: nothing that is in it is lost."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from tests.integration.declared import Declare, assert_applied, assert_nothing_to_do, assert_planned, with_person
from tests.integration.person import Person
from tests.integration.stack import Stack, docker


@pytest.fixture
def name() -> str:
    return f"own-{uuid.uuid4().hex[:8]}x"


def with_project(platform: Stack, name: str) -> dict[str, object]:
    return {**platform.team, "projects": [*platform.team["projects"], {"name": name}]}


def new_commit(captain: Person, folder: Path) -> str:
    captain.run("git", "init", "--quiet", str(folder))
    captain.run("git", "commit", "--quiet", "--allow-empty", "-m", "What a run ran", cwd=folder)
    return captain.run("git", "rev-parse", "HEAD", cwd=folder).stdout.strip()


def push(captain: Person, folder: Path, name: str, ref: str) -> None:
    captain.run("git", "push", "--quiet", f"{captain.exports['SAIGEN_GIT_URL']}/{name}.git", f"HEAD:{ref}", cwd=folder)


@pytest.mark.parametrize("ref", ["refs/saigen/in/{commit}", "refs/tags/flights_v1"])
def test_repository_made_by_hand_keeps_what_was_pushed_before_it_was_declared(
    platform: Stack, declare: Declare, captain: Person, name: str, tmp_path: Path, ref: str
) -> None:
    captain.request("POST", "git", "/api/v1/orgs/team/repos", json={"name": name}).raise_for_status()
    commit = new_commit(captain, tmp_path / name)
    push(captain, tmp_path / name, name, ref.format(commit=commit))
    declare(with_project(platform, name))
    assert_applied(platform)
    url = f"{captain.exports['SAIGEN_GIT_URL']}/{name}.git"
    captain.run("git", "init", "--quiet", str(tmp_path / "other"))
    captain.run("git", "fetch", "--quiet", url, commit, cwd=tmp_path / "other")
    assert_nothing_to_do(platform)


def test_repository_whose_making_was_interrupted_is_made_again_unless_something_is_in_it(
    platform: Stack, declare: Declare, captain: Person, name: str
) -> None:
    _interrupt_the_making(platform, captain, name)
    declare(with_project(platform, name))
    assert_planned(platform, f"repair {name} (unfinished)")
    _on_server(platform, name, "git update-ref refs/saigen/keep/1 $(git commit-tree -m kept $(git mktree </dev/null))")
    assert "unfinished" not in assert_applied(platform)
    _on_server(platform, name, "git -c core.hooksPath=/dev/null update-ref -d refs/saigen/keep/1")
    assert f"repair {name} (unfinished)" in assert_applied(platform)
    assert captain.request("GET", "git", f"/api/v1/repos/team/{name}/branches/main").status_code == 200
    assert_nothing_to_do(platform)


def test_maintainer_who_becomes_a_member_keeps_no_rights_to_a_repository_that_they_made(
    platform: Stack, declare: Declare, name: str, tmp_path: Path
) -> None:
    declare(with_person(platform.team, name="deputy", role="maintainer"))
    assert_applied(platform)
    deputy = Person.of(platform, "deputy", tmp_path)
    deputy.request("POST", "git", "/api/v1/orgs/team/repos", json={"name": name}).raise_for_status()
    declare(with_person(platform.team, name="deputy", role="member", projects=["demo"]))
    assert f"remove deputy from {name}" in assert_applied(platform)
    assert deputy.request("GET", "git", f"/api/v1/repos/team/{name}").status_code == 404
    assert_nothing_to_do(platform)


def _interrupt_the_making(platform: Stack, captain: Person, name: str) -> None:
    """A repository as it is when the forge dies before it has put the template's content in."""
    body = {"owner": "team", "name": name, "private": True, "git_content": True}
    captain.request("POST", "git", "/api/v1/repos/team/template/generate", json=body).raise_for_status()
    _on_server(platform, name, "git update-ref -d refs/heads/main")
    query = "DELETE FROM branch USING repository WHERE repository.id = branch.repo_id AND lower_name = "
    postgres = platform.containers()["postgres"]["Name"].lstrip("/")
    docker("exec", postgres, "psql", "-h", "/run/postgresql", "-U", "saigen", "-d", "git", "-qc", f"{query}'{name}'")


def _on_server(platform: Stack, name: str, script: str) -> None:
    names = " ".join(f"GIT_{who}_NAME=t GIT_{who}_EMAIL=t@t" for who in ("AUTHOR", "COMMITTER"))
    folder = f"/data/repositories/team/{name}.git"
    docker(
        "exec",
        platform.containers()["git"]["Name"].lstrip("/"),
        "bash",
        "-euc",
        f"export HOME=/data/forge/home {names}; cd {folder}; {script}",
    )
