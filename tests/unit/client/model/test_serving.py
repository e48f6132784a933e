"""How a released model is served: in its own environment, without anybody's credentials."""

from __future__ import annotations

from pathlib import Path

import pytest

from saigen.errors import BlockedError
from saigen.model.docker import docker
from saigen.model.environment import other_python, prepare, python_of, requirements
from saigen.model.image import image_name
from saigen.model.pull import PulledModel
from saigen.model.serve import serve_variables, serve_words
from tests.unit.client.release.test_card import MANIFEST


def test_the_server_gets_no_credentials() -> None:
    shell = {
        "PATH": "/bin",
        "AWS_SECRET_ACCESS_KEY": "x",
        "MLFLOW_TRACKING_PASSWORD": "x",
        "MLFLOW_SCORING_SERVER_REQUEST_TIMEOUT": "9",
        "SAIGEN_GIT_URL": "x",
    }
    found = serve_variables(shell, Path("/acme-2"))
    assert found == {
        "PATH": "/acme-2/.venv/bin:/bin",
        "MLFLOW_SCORING_SERVER_REQUEST_TIMEOUT": "9",
        "PYTHONPATH": "/acme-2/src",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }


def test_the_model_is_served_by_mlflow_itself() -> None:
    assert serve_words("models/model", "127.0.0.1", 5001)[:4] == ["-m", "mlflow", "models", "serve"]


def test_an_image_is_named_after_project_line_and_number() -> None:
    assert image_name(MANIFEST) == "saigen-model/flights.acme:2"


def test_the_python_of_a_model_is_what_mlflow_wrote_beside_it(tmp_path: Path) -> None:
    assert python_of(tmp_path) is None
    (tmp_path / "python_env.yaml").write_text("python: 3.11.7\ndependencies: []\n")
    assert python_of(tmp_path) == "3.11"


@pytest.mark.parametrize(("made_with", "noted"), [("3.11.7", False), ("3.11.2", False), ("3.13.5", True)])
def test_an_environment_with_another_python_than_the_models_is_said(
    tmp_path: Path, made_with: str, noted: bool
) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "python_env.yaml").write_text(f"python: {made_with}\n")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "pyvenv.cfg").write_text("home = /usr/bin\nversion_info = 3.11.7\n")
    said = other_python(tmp_path, "models")
    assert (said is not None) is noted
    assert "Python 3.13" in (said or "Python 3.13")


def test_the_command_for_predictions_can_be_pasted_wherever_the_folder_is() -> None:
    pulled = PulledModel("acme-2", "team/flights", "a" * 40, Path("my models/acme-2"), "models/model", None, "")
    assert pulled.command.startswith("cd 'my models/acme-2' && .venv/bin/python -m mlflow models predict ")


def test_without_docker_it_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BlockedError, match="docker is not installed"):
        docker("version")


def test_without_a_lock_the_environment_is_what_the_model_asks_for(tmp_path: Path) -> None:
    (tmp_path / "models" / "model").mkdir(parents=True)
    (tmp_path / "models" / "model" / "requirements.txt").write_text("numpy==2.0\n")
    assert requirements(tmp_path, "models/model") == "numpy==2.0\n"


def test_a_model_that_says_nothing_about_its_packages_is_blocked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("saigen.model.environment.find_uv", lambda: "uv")
    with pytest.raises(BlockedError, match="which packages the model needs"):
        prepare(tmp_path, "models/model")
