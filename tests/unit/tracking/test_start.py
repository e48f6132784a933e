"""What the service needs before it starts, and what it starts."""

from __future__ import annotations

from pathlib import Path

import pytest
from saigen_tracking.errors import TrackingError
from saigen_tracking.serve import require_files, require_people, server_command, server_environment, worker_count
from saigen_tracking.settings import Settings, read_settings


def test_without_settings_everything_is_where_the_compose_file_puts_it() -> None:
    settings = read_settings({"SAIGEN_S3_REGION": ""})

    assert settings == Settings()
    assert settings.store_uri == "postgresql+psycopg2://mlflow@postgres:5432/mlflow"
    assert settings.artifacts_uri == "saigen://mlflow"


def test_the_parts_can_run_apart() -> None:
    settings = read_settings(
        {
            "SAIGEN_DATABASE_URL": "postgresql://ml@db.example.org:6432/runs?sslmode=verify-full",
            "SAIGEN_S3_ENDPOINT_URL": "https://s3.example.org",
            "SAIGEN_S3_PUBLIC_URL": "https://s3.example.org/",
            "SAIGEN_ARTIFACT_BUCKET": "runs",
        }
    )

    assert settings.store_uri == "postgresql+psycopg2://ml@db.example.org:6432/runs?sslmode=verify-full"
    assert settings.s3_public_url == "https://s3.example.org"
    assert settings.artifacts_uri == "saigen://runs"


@pytest.mark.parametrize(
    "setting",
    [
        {"SAIGEN_DATABASE_URL": "mysql://x/y"},
        {"SAIGEN_DATABASE_URL": "postgresql://mlflow:password@db/mlflow"},
        {"SAIGEN_S3_ENDPOINT_URL": "storage:9000"},
        {"SAIGEN_S3_ENDPOINT_URL": "http://key:secret@storage:9000"},
        {"SAIGEN_S3_PUBLIC_URL": "nowhere"},
    ],
)
def test_a_setting_that_is_wrong_or_holds_a_password_is_refused(setting: dict[str, str]) -> None:
    with pytest.raises(TrackingError) as error:
        read_settings(setting)
    assert error.value.exit_code == 2
    assert "password@" not in str(error.value)
    assert "secret@" not in str(error.value)


def test_nothing_secret_is_in_the_arguments_or_the_environment() -> None:
    said = " ".join([*server_command(Settings(), 2), *server_environment(Settings()).values()])

    assert "password" not in said.lower()
    assert "/secrets/pgpass" in said
    assert "/secrets/aws-credentials" in said


def test_the_server_is_mlflows_own_with_our_app() -> None:
    command = server_command(Settings(), 3)

    assert command[:4] == ["mlflow", "server", "--app-name", "saigen"]
    assert command[command.index("--workers") + 1] == "3"
    assert server_environment(Settings())["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] == "false"


@pytest.mark.parametrize("text", ["0", "65", "-1", "two", "1.5"])
def test_a_number_of_workers_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(TrackingError):
        worker_count({"SAIGEN_TRACKING_WORKERS": text})


def test_two_workers_unless_said_otherwise() -> None:
    assert worker_count({}) == worker_count({"SAIGEN_TRACKING_WORKERS": ""}) == 2


def test_a_missing_or_empty_secret_is_a_refusal_to_start(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()

    for name in ("missing", "empty"):
        with pytest.raises(TrackingError, match=f"expected secret {tmp_path / name}, found none") as error:
            require_files(tmp_path / name)
        assert error.value.exit_code == 3


def test_a_people_file_that_says_nothing_is_a_refusal_to_start(tmp_path: Path) -> None:
    file = tmp_path / "people.json"
    file.write_text('{"version": 1, "people": []}')

    with pytest.raises(TrackingError):
        require_people(file)
