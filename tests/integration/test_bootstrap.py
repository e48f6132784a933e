"""Bootstrap against the running platform: no-op, drift, offboarding, interruption, and a team file that is wrong."""

from __future__ import annotations

import copy
import json
import subprocess
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from tests.integration.person import Person
from tests.integration.stack import Stack, docker, eventually

# Runs `{code}` inside the stack with the platform's own rights: what an administrator might do by hand.
BY_HAND = """
import json, sys
sys.path.insert(0, "/opt/bootstrap")
from pathlib import Path
from saigen_bootstrap.postgres.client import connect
from saigen_bootstrap.run import Stack
from saigen_bootstrap.secrets import store
from saigen_bootstrap.settings import Paths, public_urls
with connect(Path("/secrets/pgpass")) as postgres:
    stack = Stack.connect(Paths(), postgres, public_urls(dict()), print)
    storage, git = stack.storage, stack.git
    {code}
"""

Declare = Callable[[dict[str, Any]], None]
Work = Callable[[Person], None]


def by_hand(platform: Stack, code: str) -> str:
    done = platform.compose(
        "run", "--rm", "--no-deps", "-T", "--entrypoint", "/opt/bootstrap/.venv/bin/python",
        "bootstrap", "-c", BY_HAND.format(code=code),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def plan(platform: Stack) -> subprocess.CompletedProcess[str]:
    return platform.one_shot("bootstrap", "plan")


def assert_applied(platform: Stack) -> str:
    done = platform.apply()
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def assert_nothing_to_do(platform: Stack) -> None:
    done = plan(platform)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "plan: nothing to do"


def assert_planned(platform: Stack, *changes: str) -> None:
    done = plan(platform)
    assert done.returncode == 1, done.stdout + done.stderr
    assert [change for change in changes if change not in done.stdout] == [], done.stdout


def assert_reaches_everything(person: Person, project: str) -> None:
    assert person.request("GET", "tracking", "/version").status_code == 200
    assert person.request("GET", "git", f"/api/v1/repos/team/{project}").status_code == 200
    person.s3().list_objects_v2(Bucket="dvc", Prefix=f"{project}/")


def assert_reaches_nothing(person: Person, project: str) -> None:
    assert person.request("GET", "tracking", "/version").status_code == 401
    assert person.request("GET", "git", f"/api/v1/repos/team/{project}").status_code in {401, 403}
    with pytest.raises(ClientError) as refused:
        person.s3().list_objects_v2(Bucket="dvc", Prefix=f"{project}/")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    url = person.exports["SAIGEN_GIT_URL"]
    assert person.run("git", "ls-remote", f"{url}/{project}.git", check=False).returncode != 0


@pytest.fixture
def declare(platform: Stack) -> Iterator[Declare]:
    """Write another team file for one test; the platform's own is applied again afterwards."""
    yield platform.write_team
    platform.write_team(platform.team)
    assert_applied(platform)


def with_person(team: dict[str, Any], **person: Any) -> dict[str, Any]:
    return {**copy.deepcopy(team), "people": [*team["people"], person]}


# First and second apply


def test_first_apply_says_what_it_made(platform: Stack) -> None:
    said = platform.compose("logs", "--no-color", "--no-log-prefix", "bootstrap").stdout
    assert "storage   buckets: 2 declared, 0 present -> create dvc; create mlflow" in said
    assert "demo: data version penguins_v1 is in Git and storage" in said
    assert "everything is as declared" in said


def test_second_apply_changes_nothing_and_says_so(platform: Stack) -> None:
    *lines, last = assert_applied(platform).splitlines()
    assert last == "apply: nothing to do"
    assert lines
    assert [line for line in lines if "nothing to do" not in line] == []


def test_second_up_makes_no_second_demo_run(platform: Stack, author: Person) -> None:
    assert_applied(platform)
    found = author.api("GET", "experiments/get-by-name", params={"experiment_name": "demo"}).json()["experiment"]
    query = {"experiment_ids": [found["experiment_id"]], "filter": "attributes.user_id = 'author'"}
    assert len(author.api("POST", "runs/search", json=query).json()["runs"]) == 1


# Drift


def test_drift_in_storage_is_found_and_repaired(platform: Stack, author: Person) -> None:
    by_hand(platform, "storage._admin.user_disable('author')")
    by_hand(platform, "storage.set_policy('dvc-demo-read', {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', "
            "'Action': ['s3:GetObject'], 'Resource': ['arn:aws:s3:::*']}]})")  # fmt: skip
    by_hand(platform, "storage.remove_member('reviewer', 'demo-members')")
    assert_planned(
        platform,
        "repair author (enabled, secret)",
        "repair dvc-demo-read (edited)",
        "create reviewer in demo-members",
    )
    assert_applied(platform)
    author.s3().list_objects_v2(Bucket="dvc", Prefix="demo/")
    assert_nothing_to_do(platform)


def test_secret_changed_by_hand_is_set_back(platform: Stack, author: Person) -> None:
    by_hand(platform, "storage._admin.user_add('author', 'another-secret')")
    account = "{'source_id': 0, 'login_name': 'author', 'password': 'another-secret'}"
    by_hand(platform, f"git.patch('/admin/users/author', {account})")
    assert_planned(platform, "storage   users: ", "git       users: ", "repair author (secret)")
    assert_applied(platform)
    assert_reaches_everything(author, "demo")


def test_drift_in_the_forge_is_found_and_repaired(platform: Stack, author: Person) -> None:
    account = "{'source_id': 0, 'login_name': 'author', 'prohibit_login': True, 'admin': True}"
    by_hand(platform, f"git.patch('/admin/users/author', {account})")
    by_hand(platform, "git.patch('/repos/team/demo', {'private': False})")
    by_hand(platform, "git.delete('/repos/team/demo/branch_protections/main')")
    assert_planned(
        platform,
        "repair author (admin, login prohibited, secret)",
        "repair demo (private, main is not protected)",
    )
    assert_applied(platform)
    assert_reaches_everything(author, "demo")
    assert_nothing_to_do(platform)


def test_role_raised_in_the_access_file_is_set_back(platform: Stack) -> None:
    by_hand(
        platform,
        "text = Path('/access/people.json').read_text(); "
        "store.replace(Path('/access/people.json'), text.replace('viewer', 'maintainer'))",
    )
    assert_planned(platform, "repair ci-bot (role maintainer, not viewer)")
    assert_applied(platform)
    assert_nothing_to_do(platform)


def test_account_that_nobody_declared_is_removed(platform: Stack) -> None:
    by_hand(platform, "storage._admin.user_add('mallory', 'mallory-mallory')")
    assert_planned(platform, "remove mallory")
    assert_applied(platform)
    assert_nothing_to_do(platform)


def test_bucket_that_nobody_declared_is_listed_and_left_alone(platform: Stack) -> None:
    by_hand(platform, "storage._s3.make_bucket(bucket_name='mine')")
    assert "nothing to do (not declared, left alone: mine)" in assert_applied(platform)
    by_hand(platform, "storage._s3.remove_bucket(bucket_name='mine')")


# Offboarding


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
    with_token = {"Authorization": f"token {token.get('sha1', 'none')}"}
    assert requests.get(platform.urls["git"] + "/api/v1/user", headers=with_token, timeout=10).status_code in {401, 403}
    assert captain.api("GET", "runs/get", params={"run_id": run}).json()["run"]["info"]["user_id"] == "leaver"
    assert captain.request("GET", "git", f"/api/v1/repos/team/flights/git/commits/{commit}").status_code == 200
    assert captain.s3().get_object(Bucket="dvc", Key="flights/left-behind")["Body"].read() == b"data"
    assert_nothing_to_do(platform)


def test_person_who_comes_back_has_a_new_secret(platform: Stack, leaver: Person, tmp_path: Path) -> None:
    platform.write_team(platform.team)
    assert_applied(platform)
    platform.write_team(with_person(platform.team, name="leaver", role="member", projects=["flights"]))
    assert_applied(platform)
    assert_reaches_nothing(leaver, "flights")
    assert_reaches_everything(Person.of(platform, "leaver", tmp_path), "flights")


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


# Interruption


@pytest.mark.parametrize("moment", ["memberships: ", "tracking  ", "storage   "])
def test_apply_that_was_killed_is_finished_by_the_next(
    platform: Stack, declare: Declare, tmp_path: Path, moment: str
) -> None:
    name = f"late-{uuid.uuid4().hex[:8]}x"
    team = with_person(platform.team, name=name, role="member", projects=[f"{name}-work"])
    declare({**team, "projects": [*team["projects"], {"name": f"{name}-work"}]})
    container = platform.compose("run", "-d", "--no-deps", "-T", "bootstrap", "apply").stdout.strip().splitlines()[-1]
    eventually(lambda: _has_done(container, moment), within=60, every=0.02)
    docker("kill", container)
    docker("rm", "-f", container)
    assert_applied(platform)
    assert_reaches_everything(Person.of(platform, name, tmp_path), f"{name}-work")
    assert_nothing_to_do(platform)


def _has_done(container: str, moment: str) -> bool:
    lines = docker("logs", container).splitlines()
    return any(moment in line and ("changed" in line or "memberships" in moment) for line in lines)


def test_two_applies_at_once_do_not_interleave(platform: Stack, declare: Declare) -> None:
    declare(with_person(platform.team, name="twin", role="viewer", projects=["demo"]))
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: platform.apply(), range(2))
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert sorted(done.stdout.splitlines()[-1] == "apply: nothing to do" for done in (first, second)) == [False, True]


# A team file that is wrong


def test_wrong_team_file_is_refused_at_once_and_changes_nothing(platform: Stack, declare: Declare) -> None:
    team = with_person(platform.team, name="captain", role="boss", colour="red")
    declare(with_person(team, name="No One", role="viewer", projects=["nowhere"]))
    done = platform.apply()
    assert done.returncode == 2
    assert done.stdout == ""
    problems = [line for line in done.stderr.splitlines() if line.startswith("infra/team.yaml:")]
    assert [problem.split(": ")[1].partition(".")[2] for problem in problems] == [
        "colour", "name", "role", "name", "projects[0]",
    ]  # fmt: skip
    platform.write_team(platform.team)
    assert_nothing_to_do(platform)


def test_credentials_of_nobody_are_refused_with_the_names_there_are(platform: Stack) -> None:
    done = platform.one_shot("bootstrap", "credentials", "nobody")
    assert done.returncode == 2
    assert "expected one of author, captain" in done.stderr
    assert done.stdout == ""


def test_logs_hold_no_secret(platform: Stack) -> None:
    said = platform.compose("logs", "--no-color", "init", "bootstrap").stdout
    kept = json.loads(
        by_hand(platform, "print(json.dumps([p.read_text() for p in Path('/secrets').rglob('*') if p.is_file()]))")
    )
    assert [secret for secret in kept if len(secret) >= 40 and secret.strip() in said] == []
