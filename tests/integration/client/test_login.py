"""One login, after which every plain client works."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tests.integration.person import Person
from tests.integration.stack import Stack


@pytest.fixture
def newcomer(platform: Stack, tmp_path: Path) -> Person:
    """The author at a new machine: nothing but a name and a secret, and no variables of the platform."""
    return Person("author", tmp_path / "home", {}, platform.urls)


def log_in(newcomer: Person, author: Person, secret: str | None = None, check: bool = True) -> tuple[int, str]:
    """`saigen login` with a secret on standard input; its exit code and what it printed."""
    name, own = author.login
    file = newcomer.home / "secret"
    newcomer.home.mkdir(exist_ok=True)
    file.write_text(secret or own)
    done = newcomer.run(
        "saigen", "login", newcomer.urls["tracking"], "--name", name, "--secret-file", str(file), check=check
    )
    file.unlink()
    assert own not in done.stdout + done.stderr
    return done.returncode, done.stdout


def settled(newcomer: Person, printed: str) -> Person:
    """The newcomer with the variables that login printed."""
    lines = [line.removeprefix("export ").partition("=") for line in printed.splitlines()]
    return Person(newcomer.name, newcomer.home, {key: value for key, _, value in lines}, newcomer.urls)


def test_every_plain_client_works_after_one_login(newcomer: Person, author: Person) -> None:
    person = settled(newcomer, log_in(newcomer, author)[1])
    assert set(person.exports) == {"MLFLOW_TRACKING_URI", "AWS_PROFILE", "SAIGEN_GIT_URL"}
    clone = person.clone("flights")
    assert person.run("dvc", "status", "--cloud", cwd=clone).returncode == 0
    code = "import boto3; print(boto3.client('s3').list_objects_v2(Bucket='dvc', Prefix='flights/')['KeyCount'])"
    assert person.python(code).strip().isdigit()
    assert person.python("import mlflow; print(len(mlflow.search_experiments()))").strip().isdigit()


def test_secrets_are_readable_by_their_owner_only(newcomer: Person, author: Person) -> None:
    log_in(newcomer, author)
    for name in (".mlflow/credentials", ".aws/credentials"):
        assert stat.S_IMODE((newcomer.home / name).stat().st_mode) == 0o600
    assert author.login[1] not in (newcomer.home / ".config/saigen/platform.json").read_text()
    assert author.login[1] not in (newcomer.home / ".gitconfig").read_text()


def test_what_was_there_stays_and_logout_takes_away_only_its_own(newcomer: Person, author: Person) -> None:
    config = newcomer.home / ".aws" / "config"
    config.parent.mkdir(parents=True)
    config.write_text("# mine\n[default]\nregion = eu-central-1\n")
    log_in(newcomer, author)
    assert config.read_text().startswith("# mine\n[default]\nregion = eu-central-1\n")
    newcomer.run("saigen", "logout")
    assert config.read_text().strip() == "# mine\n[default]\nregion = eu-central-1"
    assert "saigen" not in (newcomer.home / ".gitconfig").read_text()
    assert newcomer.run("saigen", "logout").stdout == "nobody is logged in: nothing to do\n"


def test_a_wrong_secret_changes_nothing(newcomer: Person, author: Person) -> None:
    code, _ = log_in(newcomer, author, secret="not-the-secret-of-anybody", check=False)
    assert code == 5
    assert not (newcomer.home / ".mlflow").exists()


def test_the_secret_is_for_the_platforms_forge_only(newcomer: Person, author: Person) -> None:
    log_in(newcomer, author)
    host = newcomer.urls["git"].partition("://")[2]
    ask = "import subprocess, sys; subprocess.run(['saigen', 'git-credential', 'get'], input=sys.argv[1], text=True)"
    assert author.login[1] in newcomer.python(ask, f"protocol=http\nhost={host}\n\n")
    assert newcomer.python(ask, "protocol=http\nhost=evil.example.org\n\n").strip() == ""


def test_status_as_json_is_a_list(newcomer: Person) -> None:
    assert json.loads(newcomer.run("saigen", "status", "--json").stdout) == []
