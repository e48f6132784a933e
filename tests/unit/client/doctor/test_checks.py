"""How the doctor judges what it finds."""

from __future__ import annotations

from pathlib import Path

import pytest

from saigen.doctor.checks import (
    Level,
    bad,
    exit_code,
    good,
    how_to_trust,
    judge_certificate,
    judge_client,
    judge_clock,
    judge_status,
    judge_version,
    note,
    version_of,
)
from saigen.doctor.network import tracking, way_to
from saigen.doctor.project import PROBE, failed, project_remote
from saigen.errors import NotPermittedError, UsageError


def test_the_exit_code_is_the_worst() -> None:
    assert exit_code([good("a", ""), note("b", "")]) == 0
    assert exit_code([bad("a", "", "", 3), bad("b", "", "", 5), bad("c", "", "", 4)]) == 5


@pytest.mark.parametrize(
    ("name", "said", "level"),
    [
        ("git", "git version 2.39.5", Level.GOOD),
        ("git", "git version 2.20.1 (Apple)", Level.BAD),
        ("git", None, Level.BAD),
        ("mlflow", "3.17.2", Level.GOOD),
        ("mlflow", "1.30.0", Level.BAD),
        ("dvc", None, Level.NOTE),
        ("uv", None, Level.NOTE),
        ("obstore", "0.11.1", Level.GOOD),
    ],
)
def test_versions(name: str, said: str | None, level: Level) -> None:
    check = judge_version(name, said)
    assert check.level is level
    assert bool(check.fix) is (level is not Level.GOOD)


@pytest.mark.parametrize(("text", "numbers"), [("git version 2.39.5", (2, 39, 5)), ("uv 0.9", (0, 9)), ("none", ())])
def test_numbers_of_a_version(text: str, numbers: tuple[int, ...]) -> None:
    assert version_of(text) == numbers


@pytest.mark.parametrize(
    ("ahead", "level"), [(1, Level.GOOD), (-61, Level.NOTE), (899, Level.NOTE), (900, Level.BAD), (-4000, Level.BAD)]
)
def test_a_clock_that_the_storage_would_refuse_fails(ahead: float, level: Level) -> None:
    assert judge_clock(ahead).level is level


def test_a_certificate_that_expires_soon_is_noted() -> None:
    assert judge_certificate("ml.example.org", 13, life=365).level is Level.NOTE
    assert judge_certificate("ml.example.org", 15, life=365).level is Level.GOOD


def test_a_certificate_that_is_made_for_a_week_is_not_noted_all_week() -> None:
    assert judge_certificate("ml.example.org", 6.9, life=7).level is Level.GOOD
    assert judge_certificate("ml.example.org", 1.3, life=7).level is Level.NOTE


def test_the_file_to_mend_is_named_only_where_there_is_one() -> None:
    assert "the file in AWS_CA_BUNDLE" in how_to_trust("AWS_CA_BUNDLE")
    assert how_to_trust(None).startswith("saigen login URL --ca FILE")


@pytest.mark.parametrize(("status", "code"), [(200, 0), (401, 5), (403, 5), (404, 3), (429, 4), (500, 4), (503, 4)])
def test_what_a_status_means(status: int, code: int) -> None:
    check = judge_status("tracking", status, "author", "why")
    assert check.code == code
    assert bool(check.fix) is bool(code)


@pytest.mark.parametrize(
    ("here", "level", "fix"),
    [
        ("0.2.0", Level.GOOD, ""),
        ("0.1.9", Level.NOTE, "http://ml/saigen-0.2.0-py3-none-any.whl"),
        ("0.10.0", Level.NOTE, "administrator"),
    ],
)
def test_the_client_is_compared_with_the_one_that_the_platform_gives_out(here: str, level: Level, fix: str) -> None:
    check = judge_client(here, "0.2.0", "http://ml/saigen-0.2.0-py3-none-any.whl")
    assert (check.level, fix in check.fix) == (level, True)


def test_an_error_keeps_its_code_and_its_next_command() -> None:
    check = failed("git", NotPermittedError("it refuses", "403", "ask a maintainer"))
    assert (check.code, check.fix) == (5, "ask a maintainer")
    assert failed("git", UsageError("wrong", "x", "y")).code == 3


def test_a_host_without_a_name_is_unreachable() -> None:
    (check,) = way_to("tracking", "http://no-such-host.invalid:5000")
    assert (check.level, check.code) == (Level.BAD, 4)


def test_a_service_without_a_url_is_skipped() -> None:
    assert [check.level for check in way_to("git", None)] == [Level.SKIPPED]
    assert [check.level for check in tracking("sqlite:///mlflow.db")] == [Level.SKIPPED]


def test_a_closed_port_is_unreachable() -> None:
    (check,) = tracking("http://127.0.0.1:9")
    assert (check.level, check.code) == (Level.BAD, 4)


def test_authorities_that_cannot_be_read_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = str(tmp_path / "ca.crt")
    monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", gone)
    _, certificate = way_to("tracking", "https://127.0.0.1:9")
    for check in (certificate, *tracking("https://127.0.0.1:9")):
        assert (check.code, gone in check.found) == (3, True)
        assert "the file in MLFLOW_TRACKING_SERVER_CERT_PATH" in check.fix


def test_the_probe_is_small_and_says_what_it_is() -> None:
    assert len(PROBE) < 100
    assert PROBE.startswith(b"saigen doctor")


@pytest.mark.parametrize(("url", "found"), [("s3://dvc/demo", True), ("gs://dvc/demo", False)])
def test_the_projects_remote_is_the_default_one_in_s3(tmp_path, url: str, found: bool) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc" / "config").write_text(f"[core]\n remote = r\n['remote \"r\"']\n url = {url}\n")
    assert (project_remote(tmp_path) is not None) is found


def test_a_folder_of_authorities_is_taken_as_the_clients_take_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))
    found = [check.found for check in way_to("tracking", "https://127.0.0.1:9", None)]
    assert any("does not answer" in said for said in found), found
