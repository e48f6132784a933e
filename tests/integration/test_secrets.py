"""No secret is anywhere but in its own volume, and containers have no more rights than they need."""

from __future__ import annotations

import base64
import re

import pytest

from tests.integration.stack import Stack, docker

RUNNING = ("postgres", "storage", "tracking", "git", "gateway")
ALL = (*RUNNING, "init", "migrate", "bootstrap")


@pytest.fixture(scope="module")
def secret_values(platform: Stack) -> set[str]:
    """Every random value in the secrets volumes, as it is and in base64."""
    volumes = [name for name in docker("volume", "ls", "--quiet").split() if name.startswith(f"{platform.name}_")]
    mounts = [part for name in volumes if name.endswith("-secrets") for part in ("-v", f"{name}:/v/{name}:ro")]
    assert len(mounts) == 2 * 5, mounts
    image = platform.containers()["postgres"]["Config"]["Image"]
    read = ["/v", "-type", "f", "-exec", "tail", "--verbose", "--lines=+1", "{}", "+"]
    text = docker("run", "--rm", "--network", "none", *mounts, "--entrypoint", "find", image, *read)
    plain = set(re.findall(r"[A-Za-z0-9+/_-]{40,}=*", text))
    assert len(plain) >= 12
    return plain | {base64.b64encode(one.encode()).decode() for one in plain}


def assert_holds_no_secret(text: str, values: set[str], where: str) -> None:
    leaked = [value[:4] + "..." for value in values if value in text]
    assert not leaked, f"{where} holds {len(leaked)} secrets: {leaked}"


def test_inspect_shows_no_secret(platform: Stack, secret_values: set[str]) -> None:
    for service, found in platform.containers().items():
        assert_holds_no_secret(str(found), secret_values, f"docker inspect of {service}")


def test_compose_config_shows_no_secret(platform: Stack, secret_values: set[str]) -> None:
    assert_holds_no_secret(platform.compose("config").stdout, secret_values, "docker compose config")


@pytest.mark.parametrize("service", ALL)
def test_image_history_shows_no_secret(platform: Stack, secret_values: set[str], service: str) -> None:
    image = platform.containers()[service]["Image"]
    assert_holds_no_secret(docker("history", "--no-trunc", image), secret_values, f"the image of {service}")


@pytest.mark.parametrize("service", ALL)
def test_log_shows_no_secret(platform: Stack, secret_values: set[str], service: str) -> None:
    shown = platform.compose("logs", "--no-color", service)
    assert shown.returncode == 0, shown.stderr
    assert_holds_no_secret(shown.stdout + shown.stderr, secret_values, f"the log of {service}")


@pytest.mark.parametrize("service", RUNNING)
def test_process_environment_and_arguments_hold_no_secret(
    platform: Stack, secret_values: set[str], service: str
) -> None:
    shown = platform.compose("exec", "-T", service, "bash", "-c", "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline")
    assert "PATH=" in shown.stdout
    assert_holds_no_secret(shown.stdout, secret_values, f"the processes of {service}")


@pytest.mark.parametrize("service", ALL)
def test_container_is_hardened(platform: Stack, service: str) -> None:
    found = platform.containers()[service]
    host = found["HostConfig"]
    assert found["Config"]["User"] == "10001:10001"
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert not host["CapAdd"]
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert host["Memory"] > 0
    assert host["PidsLimit"] > 0
    assert not host["Privileged"]


@pytest.mark.parametrize("service", ALL)
def test_image_says_what_it_is(platform: Stack, service: str) -> None:
    labels = platform.containers()[service]["Config"]["Labels"]
    for name in ("title", "description", "licenses", "version"):
        assert labels[f"org.opencontainers.image.{name}"], name


def test_only_the_gateway_publishes_ports(platform: Stack) -> None:
    published = {service for service, found in platform.containers().items() if found["HostConfig"]["PortBindings"]}
    assert published == {"gateway"}


def test_ports_are_published_on_loopback_only(platform: Stack) -> None:
    bindings = platform.containers()["gateway"]["HostConfig"]["PortBindings"]
    assert {binding["HostIp"] for one in bindings.values() for binding in one} == {"127.0.0.1"}
