"""An apply that is killed anywhere is finished by the next one; two at once do not interleave."""

from __future__ import annotations

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
from tests.integration.stack import Stack, docker, eventually


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
