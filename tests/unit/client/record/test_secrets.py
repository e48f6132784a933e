"""Which texts are secrets."""

from __future__ import annotations

import pytest

from saigen.record.secrets import is_secret_file, is_secret_name, kind_of, masked

SECRETS = {
    "private key": "-----BEGIN " + "RSA PRIVATE KEY-----",
    "AWS access key": "AKIA" + "ABCDEFGHIJKLMNOP",
    "secret access key": "aws_secret_access_key = " + "wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "qwertyuiop",
    "GitHub token": "ghp_" + "a1B2" * 10,
    "GitLab token": "glpat-" + "x" * 20,
    "Hugging Face token": "hf_" + "Ab" * 17,
    "OpenAI or Anthropic key": "sk-proj-" + "aB3" * 12,
    "Google key": "AIza" + "b" * 35,
    "Slack token": "xoxb-" + "1234567890-abc",
    "PyPI token": "pypi-AgE" + "c" * 60,
    "signed token": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTYifQ." + "SflKxwRJSMeKKF2QT4",
    "password in a URL": "postgresql://bob:" + "hunter22" + "@db.example.org/x",
    "password of MLflow": 'os.environ["MLFLOW_TRACKING_PASSWORD"] = "' + "a1b2c3d4e5f6g7h8" + '"',
}


@pytest.mark.parametrize(("kind", "text"), SECRETS.items())
def test_a_secret_is_found_by_its_format(kind: str, text: str) -> None:
    assert kind_of(f"x = 1\n{text}\n".encode()) == kind


@pytest.mark.parametrize(
    "text",
    [
        "https://user:${PASSWORD}@host/x",
        "http://localhost:5000/api@v1",
        "aws_secret_access_key = your_secret_access_key_goes_here_now",
        "skill = task-sk-learn",
        'MLFLOW_TRACKING_PASSWORD = os.environ["MLFLOW_TRACKING_PASSWORD"]',
        "AKIA is how such keys begin",
    ],
)
def test_what_only_speaks_of_a_secret_is_none(text: str) -> None:
    assert kind_of(text.encode()) is None


@pytest.mark.parametrize("path", [".env", "conf/.env.prod", "id_rsa", "certs/server.pem", ".aws/config", "kaggle.json"])
def test_files_that_hold_nothing_but_secrets(path: str) -> None:
    assert is_secret_file(path)


@pytest.mark.parametrize("path", [".env.example", "environment.py", "src/tokenizer.json", "keys.py", "aws/config.py"])
def test_files_that_only_sound_like_it(path: str) -> None:
    assert not is_secret_file(path)


@pytest.mark.parametrize(
    "name",
    [
        *("--hf-token", "DB_PASSWORD", "--api-key", "SECRET", "api_key", "WANDB_API_KEY"),
        *(
            "DB_PASSWORD_PROD",
            "API_KEY_TEAM",
            "TOKEN_A",
            "OPENAI_KEY",
            "GITHUB_PAT",
            "--db-password-prod",
            "--password2",
        ),
        *("PGPASSWORD", "--pgpassword", "DBPASS", "MYSQL_PWD", "awsSecretKey", "OPENAIAPIKEY", "HFTOKEN"),
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("--max-tokens", "--tokenizer", "--pad-token", "AUTHOR", "--monkey", "--n-keys", "--bypass", "--lowpass"),
        *(
            "--password-file",
            "SECRET_NAME",
            "CREDENTIALS_PATH",
            "API_KEY_ENV",
            "--token-limit",
            "--sort-key",
            "--compat",
        ),
    ],
)
def test_names_that_only_sound_like_it(name: str) -> None:
    assert not is_secret_name(name)


def test_secrets_of_a_command_are_masked_and_nothing_else() -> None:
    words = ("python", "a.py", "--token", "abc", "--token=abc", "db.password=x", "--seed", "3", "s3://k:longsecret@b/c")
    shown = ("python", "a.py", "--token", "***", "--token=***", "db.password=***", "--seed", "3", "s3://***@b/c")
    assert masked(words) == shown


def test_a_number_behind_such_a_name_is_no_secret() -> None:
    assert masked(("python", "--token", "5", "--pass", "--epochs", "2")) == (
        "python",
        "--token",
        "5",
        "--pass",
        "--epochs",
        "2",
    )
