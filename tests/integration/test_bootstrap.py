"""Bootstrap against the running platform: first apply, no-op, drift, and a team file that is wrong."""

from __future__ import annotations

import json

from tests.integration.declared import (
    Declare,
    assert_applied,
    assert_nothing_to_do,
    assert_planned,
    assert_reaches_everything,
    by_hand,
    with_person,
)
from tests.integration.person import Person
from tests.integration.stack import Stack

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
    anyone_reads = (
        "{'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': ['s3:GetObject'], "
        "'Resource': ['arn:aws:s3:::*']}]}"
    )
    by_hand(
        platform,
        "storage._admin.user_disable('author'); "
        f"storage.set_policy('dvc-demo-read', {anyone_reads}); "
        "storage.remove_member('reviewer', 'demo-members')",
    )
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
    another = "another-secret-another-secret-another"
    account = f"{{'source_id': 0, 'login_name': 'author', 'password': '{another}'}}"
    by_hand(
        platform,
        f"storage._admin.user_add('author', '{another}'); git.patch('/admin/users/author', {account})",
    )
    assert_planned(platform, "storage   users: ", "git       users: ", "repair author (secret)")
    assert_applied(platform)
    assert_reaches_everything(author, "demo")


def test_drift_in_the_forge_is_found_and_repaired(platform: Stack, author: Person) -> None:
    account = "{'source_id': 0, 'login_name': 'author', 'prohibit_login': True, 'admin': True}"
    by_hand(
        platform,
        f"git.patch('/admin/users/author', {account}); "
        "git.patch('/repos/team/demo', {'private': False}); "
        "git.delete('/repos/team/demo/branch_protections/main')",
    )
    assert_planned(
        platform,
        "repair author (admin, login prohibited, secret)",
        "repair demo (private, main is not protected)",
    )
    assert_applied(platform)
    assert_reaches_everything(author, "demo")


def test_role_raised_in_the_access_file_is_set_back(platform: Stack) -> None:
    by_hand(
        platform,
        "text = Path('/access/people.json').read_text(); "
        "store.replace(Path('/access/people.json'), text.replace('viewer', 'maintainer'))",
    )
    assert_planned(platform, "repair ci-bot (role maintainer, not viewer)")
    assert_applied(platform)


def test_account_that_nobody_declared_is_removed(platform: Stack) -> None:
    by_hand(platform, "storage._admin.user_add('mallory', 'mallory-mallory')")
    assert "remove mallory" in assert_applied(platform)
    assert_nothing_to_do(platform)


def test_bucket_that_nobody_declared_is_listed_and_left_alone(platform: Stack) -> None:
    by_hand(platform, "storage._s3.make_bucket(bucket_name='mine')")
    assert "nothing to do (not declared, left alone: mine)" in assert_applied(platform)
    by_hand(platform, "storage._s3.remove_bucket(bucket_name='mine')")


# A team file that is wrong


def test_wrong_team_file_is_refused_at_once_and_changes_nothing(platform: Stack, declare: Declare) -> None:
    team = with_person(platform.team, name="captain", role="boss", colour="red")
    declare(with_person(team, name="No One", role="viewer", projects=["nowhere"]))
    done = platform.apply()
    assert done.returncode == 2
    assert done.stdout == ""
    problems = [line for line in done.stderr.splitlines() if line.startswith("infra/team.yaml:")]
    assert [problem.split(": ")[1].partition(".")[2] for problem in problems] == [
        "name", "role", "colour", "name", "projects[0]",
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
