"""What tests of bootstrap say: declare another team, change something by hand, and what must be so afterwards."""

from __future__ import annotations

import copy
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.person import Person
from tests.integration.stack import Stack

Declare = Callable[[dict[str, Any]], None]

# Runs `{code}` inside the stack with the platform's own rights: what an administrator might do by hand.
BY_HAND = """
import json, sys
sys.path.insert(0, "/opt/bootstrap")
from pathlib import Path
from saigen_bootstrap.postgres.client import connect
from saigen_bootstrap.run import Stack
from saigen_bootstrap.secrets import store
from saigen_bootstrap.settings import Paths, public_urls, worker_name
with connect(Path("/secrets/pgpass")) as postgres:
    stack = Stack.connect(Paths(), postgres, public_urls(dict()), worker_name(dict()), print)
    storage, git = stack.storage, stack.git
    {code}
"""


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


@contextmanager
def project_of_the_team(platform: Stack, name: str, *customers: str, worker: str = "") -> Iterator[None]:
    """One more project, with author and reviewer as members, and service accounts that may read it, for a while.

    worker: one more service account, a member of it.
    """
    team = {**platform.team, "projects": [*platform.team["projects"], {"name": name}]}
    team["people"] = [
        {**one, "projects": [*one["projects"], name]} if one["name"] in {"author", "reviewer"} else one
        for one in platform.team["people"]
    ]
    readers = [{"name": customer, "role": "viewer", "projects": [name]} for customer in customers]
    members = [{"name": worker, "role": "member", "projects": [name]}] if worker else []
    team["service_accounts"] = [*platform.team["service_accounts"], *readers, *members]
    platform.write_team(team)
    try:
        assert_applied(platform)
        yield
    finally:
        platform.write_team(platform.team)
        assert_applied(platform)


def with_person(team: dict[str, Any], **person: Any) -> dict[str, Any]:
    return {**copy.deepcopy(team), "people": [*team["people"], person]}
