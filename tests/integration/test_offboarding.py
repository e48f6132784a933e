"""Someone who is taken out of the team file loses access everywhere; what they did stays."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
import requests
from botocore.exceptions import ClientError

from tests.integration.declared import (
    Declare,
    assert_applied,
    assert_nothing_to_do,
    assert_reaches_everything,
    assert_reaches_nothing,
    by_hand,
    with_person,
)
from tests.integration.git.pages import Browser
from tests.integration.person import Person
from tests.integration.stack import Stack


@pytest.fixture
def leaver(platform: Stack, declare: Declare, tmp_path: Path) -> Person:
    """Someone with a run, a commit and data, who is about to leave."""
    declare(with_person(platform.team, name="leaver", role="member", projects=["flights"]))
    assert_applied(platform)
    leaver = Person.of(platform, "leaver", tmp_path)
    assert_reaches_everything(leaver, "flights")
    return leaver


def test_person_who_left_reaches_nothing_and_all_they_did_stays(
    platform: Stack, leaver: Person, captain: Person
) -> None:
    run, commit = _run_of(leaver), _commit_of(leaver)
    leaver.s3().put_object(Bucket="dvc", Key="flights/left-behind", Body=b"data")
    token = leaver.request("POST", "git", "/api/v1/users/leaver/tokens", json={"name": "t", "scopes": ["all"]}).json()
    platform.write_team(platform.team)
    assert_applied(platform)
    assert_reaches_nothing(leaver, "flights")
    assert_refused(platform, token.get("sha1", "none"))
    assert captain.api("GET", "runs/get", params={"run_id": run}).json()["run"]["info"]["user_id"] == "leaver"
    assert captain.request("GET", "git", f"/api/v1/repos/team/flights/git/commits/{commit}").status_code == 200
    assert captain.s3().get_object(Bucket="dvc", Key="flights/left-behind")["Body"].read() == b"data"
    assert_nothing_to_do(platform)


def test_person_who_left_is_refused_by_what_answers_while_something_is_down(platform: Stack, leaver: Person) -> None:
    platform.write_team(platform.team)
    platform.compose("stop", "storage").check_returncode()
    try:
        done = platform.apply()
    finally:
        platform.compose("up", "--detach", "--wait", "--no-deps", "storage").check_returncode()
    assert done.returncode == 4, done.stdout + done.stderr
    assert "storage does not answer" in done.stderr
    changed = [line.split()[0] for line in done.stdout.splitlines() if line.endswith("changed")]
    assert changed == ["tracking", "gate", "git"]
    assert_applied(platform)
    assert_reaches_nothing(leaver, "flights")
    assert_nothing_to_do(platform)


def test_address_of_a_person_who_left_can_be_another_s(platform: Stack, declare: Declare, tmp_path: Path) -> None:
    address = {"role": "member", "projects": ["flights"], "email": "one@team.example"}
    for name in ("one-who-left", "one-who-came"):
        declare(with_person(platform.team, name=name, **address))
        assert_applied(platform)
        assert_nothing_to_do(platform)
    came = Person.of(platform, "one-who-came", tmp_path)
    assert came.request("GET", "git", "/api/v1/user").json()["email"] == "one@team.example"


def test_person_who_comes_back_has_a_new_secret(platform: Stack, leaver: Person, tmp_path: Path) -> None:
    platform.write_team(platform.team)
    assert_applied(platform)
    platform.write_team(with_person(platform.team, name="leaver", role="member", projects=["flights"]))
    assert_applied(platform)
    assert_reaches_nothing(leaver, "flights")
    assert_reaches_everything(Person.of(platform, "leaver", tmp_path), "flights")


def test_browser_of_a_person_who_comes_back_has_to_sign_in_again(platform: Stack, leaver: Person) -> None:
    browser = Browser(platform.urls["git"], requests.Session()).sign_in(*leaver.login)
    token = leaver.request("POST", "git", "/api/v1/users/leaver/tokens", json={"name": "t", "scopes": ["all"]}).json()
    assert browser.get("/user/settings").status_code == 200
    platform.write_team(platform.team)
    assert_applied(platform)
    platform.write_team(with_person(platform.team, name="leaver", role="member", projects=["flights"]))
    assert_applied(platform)
    assert browser.get("/user/settings").status_code == 303  # to the login form
    assert_refused(platform, token["sha1"])


def test_secret_that_is_set_again_ends_what_was_begun_with_another(platform: Stack, leaver: Person) -> None:
    another = "another-secret-another-secret-another"
    account = f"{{'source_id': 0, 'login_name': 'leaver', 'password': '{another}'}}"
    by_hand(platform, f"git.patch('/admin/users/leaver', {account})")
    url = platform.urls["git"]
    browser = Browser(url, requests.Session()).sign_in("leaver", another)
    body = {"name": "t", "scopes": ["all"]}
    made = requests.post(f"{url}/api/v1/users/leaver/tokens", json=body, auth=("leaver", another), timeout=10).json()
    assert_applied(platform)
    assert browser.get("/user/settings").status_code == 303  # to the login form
    assert_refused(platform, made["sha1"])
    assert_reaches_everything(leaver, "flights")


def assert_refused(platform: Stack, token: str) -> None:
    with_token = {"Authorization": f"token {token}"}
    assert requests.get(platform.urls["git"] + "/api/v1/user", headers=with_token, timeout=10).status_code in {401, 403}


def test_person_who_leaves_a_project_reaches_it_no_more(platform: Stack, leaver: Person) -> None:
    platform.write_team(with_person(platform.team, name="leaver", role="member", projects=["demo"]))
    assert_applied(platform)
    assert_reaches_everything(leaver, "demo")
    assert leaver.request("GET", "git", "/api/v1/repos/team/flights").status_code == 404
    with pytest.raises(ClientError):
        leaver.s3().list_objects_v2(Bucket="dvc", Prefix="flights/")


def _run_of(person: Person) -> str:
    experiment = person.api("POST", "experiments/create", json={"name": f"left-{uuid.uuid4()}"}).json()["experiment_id"]
    run: str = person.api("POST", "runs/create", json={"experiment_id": experiment}).json()["run"]["info"]["run_id"]
    return run


def _commit_of(person: Person) -> str:
    clone = person.clone("flights")
    person.run("git", "commit", "--quiet", "--allow-empty", "-m", "Last commit", cwd=clone)
    person.run("git", "push", "--quiet", "origin", f"HEAD:refs/heads/left-{uuid.uuid4()}", cwd=clone)
    return person.run("git", "rev-parse", "HEAD", cwd=clone).stdout.strip()
