"""`credentials NAME`: what plain tools need, quoted for any shell."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from saigen_bootstrap.credentials import Account, as_exports, person_environment, show_credentials
from saigen_bootstrap.errors import BlockedError, UsageError
from saigen_bootstrap.settings import Urls, public_urls

from tests.unit.bootstrap.team_examples import TEAM

URLS = Urls("http://localhost:5000", "http://localhost:9000", "http://localhost:3000")
AUTHOR = Account("author", "s3cret", "author@team.invalid")


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """Bootstrap's volume, in which only author has a secret."""
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "author").write_text("s3cret")
    return tmp_path


def in_shell(exports: str, command: str, given: str = "") -> str:
    """What `command` prints after the exports were evaluated, in a shell with nothing else set."""
    script = f'eval "$EXPORTS"\n{command}'
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "EXPORTS": exports, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["sh", "-c", script], env=environment, input=given, capture_output=True, text=True, check=True, timeout=30
    )
    return done.stdout


def test_everything_that_the_tools_read_is_exported() -> None:
    environment = person_environment(AUTHOR, "team", URLS)
    plain = {name: value for name, value in environment.items() if not name.startswith("GIT_CONFIG")}
    assert plain == {
        "MLFLOW_TRACKING_URI": "http://localhost:5000",
        "MLFLOW_TRACKING_USERNAME": "author",
        "MLFLOW_TRACKING_PASSWORD": "s3cret",
        "AWS_ACCESS_KEY_ID": "author",
        "AWS_SECRET_ACCESS_KEY": "s3cret",
        "AWS_ENDPOINT_URL_S3": "http://localhost:9000",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
        "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
        "SAIGEN_GIT_URL": "http://localhost:3000/team",
    }


@pytest.mark.parametrize("value", ["plain", "two words", "it's", '"$HOME" `id` \\ ; rm -rf /', "äöü", "a\nb"])
def test_values_reach_the_shell_unchanged(value: str) -> None:
    assert in_shell(as_exports({"VALUE": value}), 'printf %s "$VALUE"') == value


def test_git_gets_name_and_secret_from_the_environment() -> None:
    exports = as_exports(person_environment(AUTHOR, "team", URLS))
    asked = in_shell(exports, "git credential fill", "protocol=http\nhost=localhost:3000\n\n")
    assert "username=author\npassword=s3cret\n" in asked


def test_git_gives_the_secret_to_no_other_host() -> None:
    exports = as_exports(person_environment(AUTHOR, "team", URLS))
    command = "GIT_TERMINAL_PROMPT=0 git credential fill 2>/dev/null || echo nothing"
    assert in_shell(exports, command, "protocol=https\nhost=example.org\n\n").strip() == "nothing"


def test_commits_carry_the_person_s_address() -> None:
    exports = as_exports(person_environment(AUTHOR, "team", URLS))
    assert in_shell(exports, "git config user.email && git config user.name") == "author@team.invalid\nauthor\n"


def test_json_says_the_same(secrets: Path) -> None:
    text = show_credentials("author", TEAM, secrets, URLS, as_json=True)
    assert json.loads(text) == person_environment(AUTHOR, "team", URLS)


def test_unknown_name_lists_who_there_is(secrets: Path) -> None:
    with pytest.raises(UsageError) as refused:
        show_credentials("nobody", TEAM, secrets, URLS)
    assert refused.value.why == "expected one of author, captain, ci-bot, reviewer"
    assert refused.value.exit_code == 2


@pytest.mark.parametrize("name", ["../pgpass", "people/author", "", "."])
def test_name_is_never_a_path(secrets: Path, name: str) -> None:
    (secrets / "pgpass").write_text("inner")
    with pytest.raises(UsageError):
        show_credentials(name, TEAM, secrets, URLS)


def test_person_without_a_secret_yet_is_told_to_apply(secrets: Path) -> None:
    with pytest.raises(BlockedError) as refused:
        show_credentials("reviewer", TEAM, secrets, URLS)
    assert refused.value.next == "docker compose up -d --wait"


def test_urls_need_no_setting() -> None:
    assert public_urls({}) == URLS
    assert public_urls({"SAIGEN_TLS": "", "SAIGEN_HOST": ""}) == URLS


@pytest.mark.parametrize("tls", ["internal", "files"])
def test_urls_follow_host_ports_and_tls(tls: str) -> None:
    settings = {"SAIGEN_HOST": "ml.example.org", "SAIGEN_TLS": tls, "SAIGEN_GIT_PORT": "8443"}
    assert public_urls(settings).git == "https://ml.example.org:8443"
    assert public_urls(settings).tracking == "https://ml.example.org:5000"


def test_unknown_choice_of_tls_is_refused() -> None:
    with pytest.raises(UsageError, match="SAIGEN_TLS"):
        public_urls({"SAIGEN_TLS": "on"})
