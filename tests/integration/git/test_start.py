"""The container: what it refuses to start without, what it makes, what it keeps to itself."""

from __future__ import annotations

import re

import pytest

from tests.integration.git.forge import PLATFORM, Forge, git_secrets, random_secret
from tests.shipped import docker, paused, run, stopped, volume
from tests.waiting import eventually

SECRETS = list(git_secrets(""))


@pytest.mark.parametrize("content", [None, ""])
@pytest.mark.parametrize("name", SECRETS)
def test_a_missing_secret_is_a_refusal(name: str, content: str | None) -> None:
    files = {key: value for key, value in {**git_secrets(random_secret()), name: content}.items() if value is not None}
    with volume("git", files) as mount:
        done = run("git", "--network=none", mount, check=False)
    assert done.code == 3
    assert f"FAIL: expected secret /secrets/{name}, found none\nnext: " in done.stderr


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("SAIGEN_TLS=maybe", "FAIL: expected SAIGEN_TLS as off, internal or files, found 'maybe'"),
        ("SAIGEN_HOST=a|b", "FAIL: expected SAIGEN_HOST as a name or an address, found 'a|b'"),
        ("SAIGEN_GIT_PORT=3000/x", "FAIL: expected SAIGEN_GIT_PORT as a number, found '3000/x'"),
    ],
)
def test_a_wrong_setting_is_a_refusal(setting: str, said: str) -> None:
    with volume("git", git_secrets(random_secret())) as mount:
        done = run("git", "--network=none", f"--env={setting}", mount, check=False)
    assert done.code == 2
    assert f"{said}\nnext: " in done.stderr


def test_the_platform_account_administers(forge: Forge) -> None:
    answer = forge.administer("GET", "/user")
    assert (answer["login"], answer["is_admin"]) == (PLATFORM, True)


@pytest.fixture(scope="module")
def exit_code(forge: Forge) -> int:
    """How the forge ended when it was stopped as Docker does it; it runs again."""
    docker("stop", forge.container.name)
    code = int(docker("inspect", "--format={{.State.ExitCode}}", forge.container.name).stdout)
    docker("start", forge.container.name)
    eventually(lambda: forge.container.health == "healthy")
    return code


def test_a_stop_takes_less_than_docker_waits(exit_code: int) -> None:
    assert exit_code == 0


@pytest.mark.usefixtures("exit_code")
def test_a_second_start_keeps_the_account(forge: Forge) -> None:
    assert forge.administer("GET", "/user")["login"] == PLATFORM
    assert f"account {PLATFORM}: present" in forge.container.logs()


def test_health_follows_the_database(forge: Forge) -> None:
    with stopped(forge.database.name):
        eventually(lambda: forge.container.health == "unhealthy", within=15)
    eventually(lambda: forge.container.health == "healthy")
    assert forge.administer("GET", "/user")["login"] == PLATFORM


def test_health_follows_a_database_that_hangs(forge: Forge) -> None:
    with paused(forge.database.name):
        eventually(lambda: forge.container.health == "unhealthy", within=15)
    eventually(lambda: forge.container.health == "healthy")


def test_no_secret_is_in_the_log_the_environment_or_an_argument(forge: Forge) -> None:
    processes = "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline | tr '\\0' '\\n'"
    seen = forge.container.logs()
    seen += forge.container.execute("bash", "-c", processes).stdout
    seen += docker("inspect", forge.container.name).stdout
    seen += forge.container.execute("cat", "/run/git/app.ini").stdout
    for name in SECRETS:
        secret = forge.container.execute("cat", f"/secrets/{name}").stdout.strip().split(":")[-1]
        assert secret not in seen, name


def test_the_admin_password_is_in_no_argument_while_the_account_is_made(forge: Forge) -> None:
    """The verbs that take a password name none: it goes in as a file."""
    script = forge.container.execute("cat", "/usr/local/bin/saigen-git").stdout
    assert re.search(r"--password\b", script) is None


def test_settings_are_only_for_the_service(forge: Forge) -> None:
    assert forge.container.execute("stat", "-c", "%a %u", "/run/git/app.ini").stdout == "600 10001\n"


def status_of_the_server(forge: Forge) -> str:
    """What the kernel says of the forge's process."""
    return forge.container.execute(
        "bash", "-c", "cat /proc/$(cd /proc && grep -lx gitea [0-9]*/comm | cut -d/ -f1)/status"
    ).stdout


def test_the_process_has_no_privileges(forge: Forge) -> None:
    status = status_of_the_server(forge)
    assert re.search(r"^Uid:\s+10001\s+10001\s+10001\s+10001$", status, re.M)
    assert re.search(r"^CapEff:\s+0+$", status, re.M)
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.M)
    assert "Read-only file system" in forge.container.execute("touch", "/usr/local/x", check=False).stderr


def test_memory_is_modest(forge: Forge) -> None:
    status = status_of_the_server(forge)
    resident = int(re.search(r"^VmRSS:\s+(\d+) kB$", status, re.M)[1])  # type: ignore[index]
    assert resident <= 260 * 1024
