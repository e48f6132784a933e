"""The worker releases and checks by itself what is due, under an account of its own and with no rights beyond it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.branches.penguin_line import RULES, TRAIN, Desk, say_how
from tests.integration.client.trainings import with_shared_packages
from tests.integration.declared import project_of_the_team
from tests.integration.person import Person
from tests.integration.stack import Stack
from tests.waiting import eventually

PROJECT = "colony"
WATCHED = (
    "\n[clients.gull]\n"
    + RULES.replace("stable = {}", "stable = {}\nmonitor = {}")
    + """
[monitor]
target = "species"

[[alerts]]
when = "drift_count > 0"
"""
)


@pytest.fixture(scope="module")
def refused(platform: Stack) -> str:
    """What the worker says where no account is declared for it."""
    done = platform.compose("run", "--rm", "--no-deps", "-T", "worker")
    assert done.returncode == 3, done.stdout + done.stderr
    return done.stderr


@pytest.fixture(scope="module")
def desk(platform: Stack, captain: Person, author: Person, refused: str) -> Iterator[Desk]:
    """The author's clone of a project with code, and a worker that waits for its data; nobody releases."""
    assert refused
    platform.configure(SAIGEN_WORKER_SECONDS="2")
    with project_of_the_team(platform, PROJECT, worker="worker"):
        say_how(captain, PROJECT, WATCHED)
        desk = Desk.of(with_shared_packages(author), PROJECT)
        desk.code(TRAIN, "Train in three phases")
        try:
            platform.compose("--profile", "worker", "up", "-d", "--wait", "--no-deps", "worker").check_returncode()
            yield desk
        finally:
            platform.compose("--profile", "worker", "rm", "--stop", "--force", "worker").check_returncode()


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    return path


def log_of(platform: Stack) -> str:
    return platform.compose("logs", "--no-color", "--no-log-prefix", "worker").stdout


def commits_of(desk: Desk, tag: str) -> set[str]:
    desk.git("fetch", "--quiet", "--tags", "origin")
    return set(desk.git("log", "-1", "--format=%an <%ae>%n%cn <%ce>", tag).splitlines())


def test_without_an_account_it_says_what_to_declare(refused: str) -> None:
    assert "FAIL: the worker has no account: expected 'worker' (SAIGEN_WORKER)" in refused
    assert "next: add {name: worker, role: member, projects: [...]}" in refused


def test_new_data_is_released_without_a_command_of_anybody(platform: Stack, desk: Desk) -> None:
    eventually(lambda: "round: " in log_of(platform))
    assert desk.registered("gull") == {}

    desk.data(150, "Add the first penguins")

    eventually(lambda: "gull-1" in desk.registered("gull").values(), every=2)
    eventually(lambda: "1 of 1 projects are well" in log_of(platform))
    assert platform.health("worker") == "healthy"
    assert commits_of(desk, "gull-1") == {"worker <worker@team.invalid>"}
    assert desk.person.run("git", "grep", "http://gateway", "gull-1", cwd=desk.root, check=False).stdout == ""
    desk.git("fetch", "--quiet", "origin")
    listed = json.loads(desk.git("show", "origin/main:tracking/runs.json"))
    assert {one["user"] for one in listed} == {"worker"}


def test_what_was_recorded_is_checked_without_a_command_of_anybody(platform: Stack, desk: Desk, tmp_path: Path) -> None:
    with (desk.root / "data" / "split" / "train.csv").open(newline="") as file:
        rows = [{**row, "body_mass_g": "9" + row["body_mass_g"]} for row in csv.DictReader(file)]
    inputs = write(tmp_path / "inputs.csv", [{key: row[key] for key in row if key != "species"} for row in rows])
    predictions = write(tmp_path / "predictions.csv", [{"prediction": row["species"]} for row in rows])
    files = ("--inputs", str(inputs), "--predictions", str(predictions))
    desk.saigen("monitor", "record", "colony", *files, "--model", "gull-1")

    eventually(lambda: "drift_count > 0" in log_of(platform))
    log = log_of(platform)
    assert "gull-1 in colony: monitor/colony/gull-1/1" in log
    assert "body_mass_g: " in log


def test_a_clone_that_is_damaged_is_made_again(platform: Stack, desk: Desk) -> None:
    assert desk.root.exists()
    cut_off = f"for pack in /data/projects/{PROJECT}/.git/objects/pack/*.pack; do rm -f $pack; : > $pack; done"
    platform.compose("exec", "-T", "worker", "bash", "-euc", cut_off).check_returncode()

    eventually(lambda: "its clone was damaged and has been made again" in log_of(platform))
    eventually(lambda: "1 of 1 projects are well" in log_of(platform).rpartition("made again")[2])


def test_it_has_no_more_rights_than_the_other_services(platform: Stack, desk: Desk) -> None:
    assert desk.root.exists()
    found = platform.containers()["worker"]
    host = found["HostConfig"]
    assert found["Config"]["User"] == "10001:10001"
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert host["Memory"] > 0
    assert host["PidsLimit"] > 0
    assert not host["PortBindings"]
    assert not any("docker.sock" in mount["Source"] for mount in found["Mounts"])
    assert not {m["Destination"]: m["RW"] for m in found["Mounts"]}["/account"]


def test_its_secret_is_in_its_file_alone(platform: Stack, desk: Desk) -> None:
    assert desk.root.exists()
    secret = platform.login("worker")[1]
    mode = platform.compose("exec", "-T", "worker", "stat", "--format=%a", "/account/account.json").stdout
    processes = platform.compose("exec", "-T", "worker", "bash", "-c", "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline")
    assert mode.strip() == "400"
    assert "PATH=" in processes.stdout
    assert "projects are well" in log_of(platform)
    for text in (processes.stdout, log_of(platform), str(platform.containers()["worker"])):
        assert secret not in text


def test_it_ends_when_it_is_asked_to(platform: Stack, desk: Desk) -> None:
    assert desk.root.exists()
    platform.compose("--profile", "worker", "stop", "worker", timeout=50).check_returncode()
    assert platform.containers()["worker"]["State"]["ExitCode"] == 0
    assert "ended, as asked" in log_of(platform)
