"""When a person is asked before somebody else's code runs, and what is remembered."""

from __future__ import annotations

from pathlib import Path

import pytest

from saigen.errors import BlockedError, NotPermittedError
from saigen.login.profile import Profile
from saigen.recording import Command
from saigen.reproduce.consent import require_consent, secrets, trusted_authors, vouches, why_ask
from saigen.reproduce.plan import Plan

SERVER = "http://tracking"


def plan(author: str = "author", *, usual: bool = True, needs: tuple[str, ...] = ()) -> Plan:
    command = Command(("python", "train.py"), needs=needs)
    return Plan("a" * 32, author, "team/flights", "1" * 40, command, usual)


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def test_own_run_on_a_platform_needs_no_consent() -> None:
    assert why_ask(plan("me"), "me", True, set()) is None


def test_own_name_proves_nothing_where_the_server_does_not_vouch_for_it() -> None:
    assert why_ask(plan("me"), "me", False, set()) is not None


def test_only_a_platform_vouches_for_names() -> None:
    assert vouches(Profile("me", SERVER, None, "http://git"))
    assert not vouches(Profile("me", SERVER, None, None))
    assert not vouches(None)


def test_first_run_of_a_foreign_author_is_asked_about_and_the_second_is_not() -> None:
    reason = why_ask(plan(), "me", True, trusted_authors(SERVER))
    assert reason == "you never ran anything of author from team/flights"

    require_consent(plan(), reason, True, SERVER)

    assert why_ask(plan(), "me", True, trusted_authors(SERVER)) is None


def test_consent_is_for_one_author_one_repository_and_one_server() -> None:
    require_consent(plan(), "why", True, SERVER)

    assert trusted_authors(SERVER) == {("author", "team/flights")}
    assert trusted_authors("http://other") == set()
    assert why_ask(plan("stranger"), "me", True, trusted_authors(SERVER)) is not None


def test_unusual_command_and_secrets_are_asked_about_each_time() -> None:
    trusted = {("author", "team/flights")}

    assert "does not simply run a file" in str(why_ask(plan(usual=False), "me", True, trusted))
    assert "API_TOKEN" in str(why_ask(plan(needs=("API_TOKEN",)), "me", True, trusted))


def test_refusal_runs_nothing_and_remembers_nothing() -> None:
    with pytest.raises(NotPermittedError, match="--yes"):
        require_consent(plan(), "why", False, SERVER)

    assert trusted_authors(SERVER) == set()


def test_damaged_memory_is_no_memory(tmp_path: Path) -> None:
    (tmp_path / "saigen").mkdir()
    (tmp_path / "saigen" / "trusted-authors.json").write_text("{")

    assert trusted_authors(SERVER) == set()


def test_secret_comes_from_the_environment_else_it_is_asked_for_else_it_is_missing() -> None:
    needs = plan(needs=("API_TOKEN", "OTHER"))

    assert secrets(needs, {"API_TOKEN": "1", "OTHER": "2", "MORE": "3"}) == {"API_TOKEN": "1", "OTHER": "2"}
    assert secrets(needs, {"API_TOKEN": "1"}, lambda name: f"typed {name}") == {
        "API_TOKEN": "1",
        "OTHER": "typed OTHER",
    }
    with pytest.raises(BlockedError, match="OTHER"):
        secrets(needs, {"API_TOKEN": "1"})
