"""Starting says what is wrong with which service; starting again and stopping twice say that there is nothing to do."""

from __future__ import annotations

import pytest

from tests.integration.scripts.conftest import MakeStack


def test_what_starts_is_healthy_and_what_bootstrap_said_is_shown(make_stack: MakeStack) -> None:
    done = make_stack().run("steps/start")
    assert (done.returncode, done.stderr) == (0, "")
    assert "users: 3 declared, 3 present, nothing to do" in done.stdout
    assert "start: 1 services are running and healthy after " in done.stdout


def test_starting_again_keeps_the_containers_and_says_so(make_stack: MakeStack) -> None:
    stack = make_stack()
    stack.run("steps/start")
    before = stack.listed("ps", "--quiet")
    again = stack.run("steps/start")
    assert "start: 1 services were running and healthy, nothing to do" in again.stdout
    assert stack.listed("ps", "--quiet") == before


def test_an_unhealthy_service_is_named_with_its_log_and_what_its_probe_said(make_stack: MakeStack) -> None:
    done = make_stack(storage="echo disk is full; sleep infinity", probe="echo no quorum; false").run("steps/start")
    assert done.returncode == 4
    assert "storage | disk is full" in done.stderr
    assert "storage | health check: no quorum" in done.stderr
    assert (
        "FAIL: expected storage to be healthy, found it unhealthy\nnext: docker compose logs storage\n" in done.stderr
    )


def test_a_failed_one_shot_is_named_and_its_exit_code_handed_on(make_stack: MakeStack) -> None:
    done = make_stack(bootstrap="echo 'FAIL: expected a role, found boss' >&2; exit 2").run("steps/start")
    assert done.returncode == 2
    assert "bootstrap | FAIL: expected a role, found boss" in done.stderr
    assert "FAIL: expected bootstrap to finish, found exit code 2" in done.stderr


def test_no_secret_is_shown_even_where_a_service_logs_one(make_stack: MakeStack) -> None:
    secret = "Zx9" * 14
    done = make_stack(bootstrap=f"echo password {secret}; exit 3").run("steps/start")
    assert "bootstrap | password ***" in done.stderr
    assert secret not in done.stdout + done.stderr


def test_down_keeps_the_volumes_and_says_so(make_stack: MakeStack) -> None:
    stack = make_stack()
    stack.run("steps/start")
    done = stack.run("down")
    assert done.stdout.startswith("down: 2 containers removed; data and secrets stay in 1 volumes")
    assert (stack.listed("ps", "--all", "--quiet"), len(stack.listed("volume", "ls", "--quiet"))) == ([], 1)


def test_down_with_volumes_leaves_nothing(make_stack: MakeStack) -> None:
    stack = make_stack()
    stack.run("steps/start")
    done = stack.run("down", "--volumes", "--yes")
    assert (done.returncode, done.stdout) == (0, "down: 2 containers and 1 volumes removed\n")
    assert stack.listed("volume", "ls", "--quiet") == []


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "has no containers, nothing to do"),
        (("--volumes", "--yes"), "has no containers and no volumes, nothing to do"),
    ],
)
def test_down_where_nothing_is_has_nothing_to_do(make_stack: MakeStack, options: tuple[str, ...], said: str) -> None:
    stack = make_stack()
    done = stack.run("down", *options)
    assert (done.returncode, done.stdout) == (0, f"down: {stack.name} {said}\n")


@pytest.mark.parametrize("command", [("plan",), ("apply",), ("credentials", "author")])
def test_verbs_refuse_where_no_stack_ever_was(make_stack: MakeStack, command: tuple[str, ...]) -> None:
    done = make_stack().run(*command)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.endswith("next: ./scripts/up\n")
