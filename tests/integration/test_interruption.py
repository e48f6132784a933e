"""An apply that is killed anywhere is finished by the next one; two at once do not interleave."""

from __future__ import annotations

import copy
import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.integration.declared import (
    Declare,
    assert_applied,
    assert_nothing_to_do,
    assert_reaches_everything,
    with_person,
)
from tests.integration.person import Person
from tests.integration.stack import Stack, docker
from tests.waiting import eventually

PLANNED, ACCESS, STORAGE, RELEASED = (
    r"git +memberships: ",
    r"tracking +\d+ changed",
    r"storage +\d+ changed",
    r"demo +.* is in Git and storage",
)


@pytest.mark.parametrize("moment", [PLANNED, ACCESS, STORAGE])
def test_apply_that_was_killed_is_finished_by_the_next(
    platform: Stack, declare: Declare, tmp_path: Path, moment: str
) -> None:
    name = f"late-{uuid.uuid4().hex[:8]}x"
    team = with_person(platform.team, name=name, role="member", projects=[f"{name}-work"])
    declare({**team, "projects": [*team["projects"], {"name": f"{name}-work"}]})
    _kill_apply(platform, after=moment)
    assert_applied(platform)
    assert_reaches_everything(Person.of(platform, name, tmp_path), f"{name}-work")
    assert_nothing_to_do(platform)


def test_demo_that_was_killed_before_its_run_gets_one_run(platform: Stack, declare: Declare, author: Person) -> None:
    project = f"demo-{uuid.uuid4().hex[:8]}x"
    team = copy.deepcopy(platform.team)
    next(person for person in team["people"] if person["name"] == "author")["projects"].append(project)
    declare({**team, "projects": [*team["projects"], {"name": project, "demo": True}]})
    _kill_apply(platform, after=RELEASED)
    assert_applied(platform)
    found = author.api("GET", "experiments/get-by-name", params={"experiment_name": project}).json()["experiment"]
    query = {"experiment_ids": [found["experiment_id"]], "filter": "tags.data_version = 'penguins_v1'"}
    runs = author.api("POST", "runs/search", json=query).json()["runs"]
    assert [run["info"]["status"] for run in runs] == ["FINISHED"]
    assert_nothing_to_do(platform)


def _kill_apply(platform: Stack, after: str) -> None:
    container = platform.compose("run", "-d", "--no-deps", "-T", "bootstrap", "apply").stdout.split()[-1]
    said = re.compile(after, re.MULTILINE)
    eventually(lambda: said.search(docker("logs", container)), every=0.02)
    docker("kill", container)
    docker("rm", "-f", container)


def test_two_applies_at_once_do_not_interleave(platform: Stack, declare: Declare) -> None:
    declare(with_person(platform.team, name="twin", role="viewer", projects=["demo"]))
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: platform.apply(), range(2))
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert sorted(done.stdout.splitlines()[-1] == "apply: nothing to do" for done in (first, second)) == [False, True]
