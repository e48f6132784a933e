"""What the worker reads: its account, where the platform is, the variables of alerts; and what it says of itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tomllib
from saigen_worker import beat
from saigen_worker.account import read_account
from saigen_worker.alerts import parse_alerts, read_alerts
from saigen_worker.beat import Beat
from saigen_worker.cli import seconds_of
from saigen_worker.places import Places, places

from saigen.errors import BlockedError, UsageError
from tests.shipped import ROOT

CONTENT = {
    "name": "worker",
    "secret": "unseen",
    "email": "worker@team.invalid",
    "full_name": "",
    "organisation": "team",
    "projects": ["demo"],
}


def test_an_account_is_read_and_shows_no_secret(tmp_path: Path) -> None:
    (tmp_path / "account.json").write_text(json.dumps(CONTENT))
    account = read_account(tmp_path / "account.json", "worker")
    assert (account.name, account.secret, account.projects) == ("worker", "unseen", ("demo",))
    assert "unseen" not in repr(account)


def test_without_an_account_the_worker_says_what_to_declare(tmp_path: Path) -> None:
    with pytest.raises(BlockedError) as refused:
        read_account(tmp_path / "account.json", "robot")
    assert "expected 'robot' (SAIGEN_WORKER)" in refused.value.why
    assert "{name: robot, role: member, projects: [...]}" in refused.value.next


@pytest.mark.parametrize("text", ["", "[]", '{"name": "worker"}'])
def test_what_is_no_account_is_refused_without_its_text(tmp_path: Path, text: str) -> None:
    (tmp_path / "account.json").write_text(text)
    with pytest.raises(BlockedError, match="cannot be read"):
        read_account(tmp_path / "account.json", "worker")


def test_the_platform_is_at_the_gateway_whatever_its_public_name_is() -> None:
    assert places({"SAIGEN_HOST": "ml.example.org", "SAIGEN_GIT_PORT": "3001"}) == Places(
        "http://gateway:5000", "http://gateway:9000", "http://gateway:3000"
    )


def test_the_gateways_own_authority_is_asked_for() -> None:
    found = places({"SAIGEN_TLS": "internal"})
    assert (found.git, found.ca) == ("https://gateway:3000", "https://gateway:5000/.well-known/saigen/ca.crt")


def test_a_certificate_of_the_team_is_for_the_public_name() -> None:
    found = places({"SAIGEN_TLS": "files", "SAIGEN_HOST": "ml.example.org", "SAIGEN_GIT_PORT": "3001"})
    assert (found.tracking, found.git, found.ca) == ("https://ml.example.org:5000", "https://ml.example.org:3001", None)


def test_variables_of_alerts_are_lines_of_name_and_value() -> None:
    assert parse_alerts("# chat\nCHAT_URL=https://x/?a=b\n\nSMTP_PASSWORD='a b'\n") == {
        "CHAT_URL": "https://x/?a=b",
        "SMTP_PASSWORD": "a b",
    }


def test_a_line_that_is_none_is_told_by_its_number_alone() -> None:
    with pytest.raises(UsageError, match="line 2") as refused:
        parse_alerts("A=1\nhunter2\n")
    assert "hunter2" not in str(refused.value)


def test_without_a_file_there_are_no_variables_of_alerts(tmp_path: Path) -> None:
    assert read_alerts(tmp_path / "alerts.env") == {}


@pytest.mark.parametrize("text", ["0", "-1", "5m", "1.5", "99999"])
def test_what_is_no_number_of_seconds_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="SAIGEN_WORKER_SECONDS"):
        seconds_of({"SAIGEN_WORKER_SECONDS": text})


def test_a_round_begins_every_five_minutes_unless_said_otherwise() -> None:
    assert (seconds_of({}), seconds_of({"SAIGEN_WORKER_SECONDS": "60"})) == (300, 60)


@pytest.mark.parametrize(
    ("said", "trouble"),
    [
        (None, "it has not begun its first round"),
        (Beat("the rest", 100.0, 2), None),
        (Beat("the rest", 90.0, 2), "'the rest' is 10 s late"),
        (Beat("the rest", 110.0, 1, ("birds",)), None),
        (Beat("the rest", 110.0, 0, ("birds",)), "it reaches none of its projects (birds)"),
    ],
)
def test_health_is_whether_it_moves_on_and_reaches_anything(said: Beat | None, trouble: str | None) -> None:
    assert beat.trouble(said, now=100.0) == trouble


def test_what_is_said_is_read(tmp_path: Path) -> None:
    assert beat.read(tmp_path / "beat.json") is None
    beat.write(Beat("the rest", 100.0, 1, ("birds",)), tmp_path / "beat.json")
    assert beat.read(tmp_path / "beat.json") == Beat("the rest", 100.0, 1, ("birds",))


def test_the_image_has_what_the_client_and_its_checks_need() -> None:
    client = tomllib.loads((ROOT / "pyproject.toml").read_text())
    worker = tomllib.loads((ROOT / "services" / "worker" / "pyproject.toml").read_text())["project"]["dependencies"]
    needed = [one for one in client["project"]["dependencies"] if "python_version" not in one]
    dvc = next(one for one in client["dependency-groups"]["test"] if one.startswith("dvc"))
    assert sorted(worker) == sorted([*needed, *client["project"]["optional-dependencies"]["monitor"], dvc])
