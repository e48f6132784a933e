"""What `up` needs of a machine: each missing thing is one refusal that says what to do next."""

from __future__ import annotations

import dataclasses

import pytest

from preflight import engine, facts, hardware, rules
from preflight.machine import GIB, Docker
from tests.unit.scripts.machines import DOCKER, NO_DOCKER, PORTS, machine, only_failure, settings


def test_a_good_machine_is_not_refused() -> None:
    assert rules.failures(settings(), machine()) == []


def test_a_failure_says_expected_found_and_next() -> None:
    failure = only_failure(settings(), machine(memory=2 * GIB))
    assert str(failure) == (
        "FAIL: expected 3.5 GiB of memory, found 2.0 GiB\nnext: give this machine 4 GiB, then ./scripts/up"
    )


@pytest.mark.parametrize(
    ("changed", "expected", "code"),
    [
        ({"kernel": "Darwin"}, "Linux", 3),
        ({"architecture": "armv7l"}, "a processor of amd64 or arm64", 3),
        ({"processors": 1}, "2 processors (SAIGEN_CPUS)", 2),
        ({"memory": 1 * GIB}, "3.5 GiB of memory", 3),
        ({"free_disk": 5 * GIB}, "15.0 GiB free on the disk of /var/lib/docker to build 2 images", 3),
        ({"team_file": False}, "the team file ./infra/team.yaml (SAIGEN_TEAM_FILE)", 2),
    ],
)
def test_a_machine_that_lacks_something_is_refused(changed: dict[str, object], expected: str, code: int) -> None:
    failure = only_failure(settings(), machine(**changed))
    assert (failure.expected, failure.code) == (expected, code)


def test_a_machine_with_images_needs_little_disk() -> None:
    assert rules.failures(settings(), machine(free_disk=2 * GIB, missing_images=())) == []


def test_room_for_images_is_asked_for_when_it_is_known_which_are_missing() -> None:
    unknown = machine(free_disk=2 * GIB, missing_images=None, docker=STOPPED)
    assert rules.failures(settings(), unknown) == []
    known = dataclasses.replace(unknown, missing_images=("storage",), docker=DOCKER)
    (failure,) = hardware.disk_failures(known)
    assert failure.expected == "15.0 GiB free on the disk of /var/lib/docker to build 1 image"


@pytest.mark.parametrize(("profiles", "more"), [("", []), ("worker", ["worker"]), ("debug,worker", ["worker"])])
def test_the_workers_image_is_needed_where_its_profile_is_on(profiles: str, more: list[str]) -> None:
    without = facts.images(settings())
    assert facts.images(settings(COMPOSE_PROFILES=profiles)) == (*without, *more)


def test_everything_that_is_missing_is_said_at_once() -> None:
    failures = rules.failures(settings(SAIGEN_TLS="ssl"), machine(memory=GIB, free_disk=GIB, docker=OLD))
    assert [failure.code for failure in failures] == [2, 3, 3, 3]


OLD = dataclasses.replace(DOCKER, server="20.10.24+dfsg1")
STOPPED = dataclasses.replace(DOCKER, server=None, refusal="Cannot connect to the Docker daemon")
FORBIDDEN = dataclasses.replace(DOCKER, server=None, refusal="permission denied while trying to connect")
REMOTE = dataclasses.replace(STOPPED, remote="tcp://10.0.0.9:2375")
NO_COMPOSE = dataclasses.replace(DOCKER, compose=None)


@pytest.mark.parametrize(
    ("docker", "root", "apt", "expected", "code", "next_command"),
    [
        (OLD, True, True, "Docker 25.0 or newer", 3, "apt-get remove docker.io"),
        (OLD, False, False, "Docker 25.0 or newer", 3, "install Docker 25.0 or newer"),
        (dataclasses.replace(STOPPED, engine="24.0.7"), True, True, "Docker 25.0 or newer", 3, "apt-get remove"),
        (dataclasses.replace(DOCKER, compose="2.20.3"), True, True, "Docker Compose 2.24 or newer", 3, "install"),
        (NO_COMPOSE, False, True, "the Compose plugin of Docker", 3, "install Compose"),
        (FORBIDDEN, False, True, "permission on Docker's socket", 5, "sudo usermod -aG docker alice"),
        (REMOTE, True, True, "a Docker daemon at tcp://10.0.0.9:2375 (DOCKER_HOST)", 4, "docker version"),
        (STOPPED, False, True, "a running Docker daemon", 4, "sudo systemctl start docker"),
        (NO_DOCKER, False, True, "Docker, or root to install it", 5, "sudo ./scripts/up"),
        (NO_DOCKER, True, False, "Docker, or Debian or Ubuntu to install it on", 3, "install Docker 25.0"),
    ],
)
def test_a_docker_that_will_not_do_is_refused(
    docker: Docker, root: bool, apt: bool, expected: str, code: int, next_command: str
) -> None:
    failure = only_failure(settings(), machine(docker=docker, root=root, apt=apt))
    assert (failure.expected, failure.code) == (expected, code)
    assert failure.next.startswith(next_command)


@pytest.mark.parametrize("docker", [NO_DOCKER, STOPPED, NO_COMPOSE])
def test_root_on_debian_may_lack_docker_because_up_installs_and_starts_it(docker: Docker) -> None:
    assert rules.failures(settings(), machine(docker=docker)) == []


@pytest.mark.parametrize(("docker", "code"), [(NO_DOCKER, 4), (STOPPED, 4), (FORBIDDEN, 5), (NO_COMPOSE, 3)])
def test_verbs_that_talk_to_a_stack_refuse_without_a_daemon(docker: Docker, code: int) -> None:
    assert [failure.code for failure in engine.not_running(machine(docker=docker))] == [code]


def test_verbs_that_talk_to_a_stack_do_not_ask_for_more_than_a_daemon() -> None:
    assert list(engine.not_running(machine(memory=0, free_disk=0))) == []


def test_a_port_in_use_is_refused_with_another_one_to_take() -> None:
    taken = dataclasses.replace(PORTS[0], state="taken")
    failure = only_failure(settings(), machine(ports=(taken, *PORTS[1:])))
    assert str(failure) == (
        "FAIL: expected port 5000 to be free (SAIGEN_TRACKING_PORT), found another program on it\n"
        "next: stop what listens there, or SAIGEN_TRACKING_PORT=5001 ./scripts/up (keep it in .env)"
    )


def test_the_port_to_take_instead_is_not_another_one_of_ours() -> None:
    ports = (dataclasses.replace(PORTS[0], number=2999, state="taken"), PORTS[2])
    assert "SAIGEN_TRACKING_PORT=3001" in only_failure(settings(), machine(ports=ports)).next


def test_ports_that_our_own_gateway_holds_are_fine() -> None:
    ours = tuple(dataclasses.replace(port, state="ours") for port in PORTS)
    assert rules.failures(settings(), machine(ports=ours)) == []


def test_an_address_that_the_machine_does_not_have_is_said_once() -> None:
    elsewhere = tuple(dataclasses.replace(port, state="elsewhere") for port in PORTS)
    failure = only_failure(settings(), machine(ports=elsewhere))
    assert failure.expected == "an address of this machine as SAIGEN_BIND"


def test_the_summary_names_what_was_looked_at() -> None:
    assert rules.summary(machine()) == (
        "Linux amd64, 4.0 GiB memory, 40.0 GiB free disk, Docker 26.1.5+dfsg1, ports 5000 9000 3000"
    )
