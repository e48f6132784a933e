"""Which service keeps a stack from being up."""

from __future__ import annotations

import json

import pytest

from stack import services
from stack.services import Service

ONE_SHOTS = ["init", "bootstrap"]


def service(name: str = "storage", state: str = "running", health: str = "healthy", exit_code: int = 0) -> Service:
    """A healthy service, but for what is said."""
    return Service(name, "0123456789ab", state, health, exit_code)


def test_a_stack_that_is_up_has_no_trouble() -> None:
    stack = [service("init", "exited", ""), service("storage"), service("gateway")]
    assert services.troubles(stack, ONE_SHOTS) == []


@pytest.mark.parametrize(
    ("found", "expected", "what", "code"),
    [
        (service(health="unhealthy"), "to be healthy", "it unhealthy", 4),
        (service(health="starting"), "to be healthy", "it starting", 4),
        (service(state="exited", health="", exit_code=3), "to run", "it exited (exit code 3)", 4),
        (service(state="restarting", health="", exit_code=3), "to run", "it restarting (exit code 3)", 4),
        (service("bootstrap", "exited", "", 2), "to finish", "exit code 2", 2),
        (service("bootstrap", "exited", "", 137), "to finish", "exit code 137", 4),
    ],
)
def test_trouble_is_named_with_its_exit_code(found: Service, expected: str, what: str, code: int) -> None:
    (trouble,) = services.troubles([service("init", "exited", ""), found], ONE_SHOTS)
    assert (trouble.expected, trouble.found, trouble.code) == (expected, what, code)


def test_what_waits_for_another_is_not_the_trouble() -> None:
    stack = [service("storage", health="unhealthy"), service("gateway", "created", "")]
    assert [trouble.service.name for trouble in services.troubles(stack, ONE_SHOTS)] == ["storage"]


def test_what_was_still_starting_when_another_failed_is_not_the_trouble() -> None:
    stack = [service("git", "restarting", "starting"), service("tracking", health="starting")]
    assert [trouble.service.name for trouble in services.troubles(stack, ONE_SHOTS)] == ["git"]


ROW = {"Service": "git", "ID": "abc", "State": "running", "Health": "healthy", "ExitCode": 0, "Name": "saigen-git-1"}


@pytest.mark.parametrize("listed", [json.dumps(ROW) + "\n", json.dumps([ROW])])
def test_both_forms_of_the_list_are_read(listed: str) -> None:
    assert services.parse(listed) == [Service("git", "abc", "running", "healthy", 0)]


def test_no_containers_are_no_services() -> None:
    assert services.parse("\n") == []


def test_one_shots_are_the_services_without_a_restart_policy() -> None:
    declared = {"services": {"init": {}, "storage": {"restart": "unless-stopped"}, "bootstrap": {"restart": "no"}}}
    assert services.one_shots(json.dumps(declared)) == ["init", "bootstrap"]


@pytest.mark.parametrize(
    "secret", ["Zx9" * 14, "saigen-1:c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IA==", "a-b_c" * 9, "=".join(["abc"] * 12)]
)
def test_what_looks_like_a_secret_does_not_reach_the_screen(secret: str) -> None:
    assert services.masked(f"password {secret} refused") == "password *** refused"


def test_words_and_paths_stay_readable() -> None:
    line = "FAIL: expected secret /secrets/storage-root, found none at /usr/local/lib/python3.13/site-packages"
    assert services.masked(line) == line
