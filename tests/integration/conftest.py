"""The stack that the whole-platform tests share, and the people who work on it.

Its fixtures are of the package: a stack that idles would cost the tests that run afterwards a tenth of a core.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests import warm
from tests.integration.declared import Declare, assert_applied
from tests.integration.person import PROGRAMS, Person
from tests.integration.stack import LOGS, Stack, shipped_team

FLIGHTS = {"name": "flights", "description": "Which flights out of New York are late?"}
EXTRA_PEOPLE = [
    {"name": "watcher", "role": "viewer", "projects": ["flights"]},
    {"name": "outsider", "role": "member", "projects": ["demo"]},
]


def team_with_flights() -> dict[str, Any]:
    """The shipped team plus a project that author and reviewer share, a viewer of it, and a member who is not in it."""
    team = shipped_team()
    for person in team["people"]:
        if person["name"] in {"author", "reviewer"}:
            person["projects"] = [*person["projects"], "flights"]
    team["people"] = [*team["people"], *EXTRA_PEOPLE]
    team["projects"] = [*team["projects"], FLIGHTS]
    return team


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Remember on the session that something failed, so that the stack keeps its logs."""
    report = yield
    if report.failed:
        item.session.stash[FAILED] = True
    return report


FAILED = pytest.StashKey[bool]()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """The tests' processes start their stacks one after the other: together each takes as long as all of them."""
    LOGS.mkdir(parents=True, exist_ok=True)
    with (LOGS / "starting.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run_stack(request: pytest.FixtureRequest, stack: Stack) -> Iterator[Stack]:
    """Bring a stack up, hand it out, keep its logs if a test failed, and remove it with its volumes."""
    stack.programs = stack.directory / "programs"
    stack.programs.mkdir()
    with warm.program(stack.programs, "dvc", (*warm.DVC, *warm.S3), str(PROGRAMS / "dvc")):
        yield from _running(request, stack)


def _running(request: pytest.FixtureRequest, stack: Stack) -> Iterator[Stack]:
    try:
        with one_at_a_time():
            started = stack.up()
        if started.returncode != 0:
            pytest.fail(f"the stack did not start; logs: {stack.keep_logs()}\n{started.stderr}", pytrace=False)
        yield stack
        if request.session.stash.get(FAILED, False):
            print(f"\nlogs of the stack: {stack.keep_logs()}")
    finally:
        stack.down("--volumes", "--timeout", "5")


@pytest.fixture(scope="package")
def platform(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The shipped compose file, started once, and gone when the last test that may need it has run."""
    yield from run_stack(request, Stack(tmp_path_factory.mktemp("stack"), {}, team_with_flights()))


@pytest.fixture(scope="package")
def author(platform: Stack, tmp_path_factory: pytest.TempPathFactory) -> Person:
    """Who writes the first version."""
    return Person.of(platform, "author", tmp_path_factory.mktemp("author"))


@pytest.fixture(scope="package")
def reviewer(platform: Stack, tmp_path_factory: pytest.TempPathFactory) -> Person:
    """Who has nothing but credentials of their own and a run id."""
    return Person.of(platform, "reviewer", tmp_path_factory.mktemp("reviewer"))


@pytest.fixture(scope="package")
def watcher(platform: Stack, tmp_path_factory: pytest.TempPathFactory) -> Person:
    """A viewer of the project flights."""
    return Person.of(platform, "watcher", tmp_path_factory.mktemp("watcher"))


@pytest.fixture(scope="package")
def outsider(platform: Stack, tmp_path_factory: pytest.TempPathFactory) -> Person:
    """A member of another project."""
    return Person.of(platform, "outsider", tmp_path_factory.mktemp("outsider"))


@pytest.fixture(scope="package")
def captain(platform: Stack, tmp_path_factory: pytest.TempPathFactory) -> Person:
    """A maintainer."""
    return Person.of(platform, "captain", tmp_path_factory.mktemp("captain"))


@pytest.fixture
def declare(platform: Stack) -> Iterator[Declare]:
    """Declare another team for one test; the platform's own is applied again afterwards."""
    yield platform.write_team
    platform.write_team(platform.team)
    assert_applied(platform)
