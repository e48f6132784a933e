"""A port that somebody else holds is refused; one that our own gateway holds is not."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
from collections.abc import Iterator

import pytest

from tests.integration.scripts.small_stack import IMAGE, ROOT


def check(**settings: str) -> subprocess.CompletedProcess[str]:
    """Run the checks of `up` with settings, ports of the defaults moved out of the way."""
    free = {"SAIGEN_STORAGE_PORT": "26801", "SAIGEN_GIT_PORT": "26802"}
    return subprocess.run(
        [ROOT / "scripts" / "steps" / "check-requirements"],
        env={**os.environ, **free, **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def project() -> str:
    """A Compose project that nobody else has."""
    return f"saigen-ports-{secrets.token_hex(4)}"


@pytest.fixture
def gateways_port(project: str) -> Iterator[str]:
    """The port of a running container that Compose would know as the gateway of `project`."""
    labels = [f"--label=com.docker.compose.project={project}", "--label=com.docker.compose.service=gateway"]
    command = ["docker", "run", "--detach", "--rm", "--init", "--publish", "127.0.0.1::5000", *labels]
    container = subprocess.run(
        [*command, IMAGE, "sleep", "120"], capture_output=True, text=True, check=True
    ).stdout.strip()
    published = subprocess.run(["docker", "port", container, "5000"], capture_output=True, text=True, check=True).stdout
    yield published.strip().rpartition(":")[2]
    subprocess.run(["docker", "rm", "--force", container], capture_output=True, check=True)


def test_a_port_of_another_program_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = check(SAIGEN_TRACKING_PORT=str(port))
    assert (done.returncode, done.stdout) == (2, "")
    assert f"FAIL: expected port {port} to be free (SAIGEN_TRACKING_PORT), found another program on it" in done.stderr
    assert f"SAIGEN_TRACKING_PORT={port + 1} ./scripts/up" in done.stderr


def test_a_port_of_our_own_gateway_is_fine(project: str, gateways_port: str) -> None:
    done = check(SAIGEN_TRACKING_PORT=gateways_port, COMPOSE_PROJECT_NAME=project)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_port_of_another_projects_gateway_is_refused(project: str, gateways_port: str) -> None:
    done = check(SAIGEN_TRACKING_PORT=gateways_port, COMPOSE_PROJECT_NAME=f"{project}-2")
    assert done.returncode == 2
    assert f"expected port {gateways_port} to be free" in done.stderr


def test_checks_for_tests_leave_ports_alone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        done = subprocess.run(
            [ROOT / "scripts" / "steps" / "check-requirements", "--without-ports"],
            env={**os.environ, "SAIGEN_TRACKING_PORT": port},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, "")
