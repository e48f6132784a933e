"""Settings: declared in .env.example, changed by .env, and by the environment before it."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from preflight import rules
from preflight.settings import assignments, declared, load
from tests.unit.scripts.machines import ROOT, machine, settings

EXAMPLE = "# Prose about A=1.\n#PORT=5000\n\n# More.\n#HOST=localhost\n#TLS=\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with three declared settings."""
    (tmp_path / ".env.example").write_text(EXAMPLE)
    return tmp_path


def test_declarations_are_read_and_prose_is_not() -> None:
    assert declared(EXAMPLE) == {"PORT": "5000", "HOST": "localhost", "TLS": ""}


def test_defaults_hold_where_nothing_is_set(folder: Path) -> None:
    assert load(folder, {}).values == {"PORT": "5000", "HOST": "localhost", "TLS": ""}


def test_the_environment_wins_over_dotenv_and_dotenv_over_the_default(folder: Path) -> None:
    (folder / ".env").write_text("PORT=6000\nHOST=one\n")
    assert load(folder, {"PORT": "7000"}).values == {"PORT": "7000", "HOST": "one", "TLS": ""}


def test_an_empty_value_is_the_default_as_in_compose(folder: Path) -> None:
    (folder / ".env").write_text("PORT=\nHOST=one\n")
    assert load(folder, {"HOST": ""}).values == {"PORT": "5000", "HOST": "localhost", "TLS": ""}


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=one", "one"),
        ("export A=one", "one"),
        ("  A = one  ", "one"),
        ("A='one # two'", "one # two"),
        ('A="one two"  # why', "one two"),
        ("A=one # why", "one"),
        ("A=one#two", "one#two"),
        ("A=   # nothing", ""),
        ("A=", ""),
    ],
)
def test_plain_assignments_are_read_as_compose_reads_them(line: str, value: str) -> None:
    assert assignments(line) == {"A": value}


def test_what_is_no_assignment_is_left_out() -> None:
    assert assignments("# A=1\n\nB\n=2\n") == {}


def test_a_reference_in_dotenv_is_refused() -> None:
    unreadable = dataclasses.replace(settings(), unreadable=("SAIGEN_HOST",))
    assert [str(failure) for failure in rules.failures(unreadable, machine())] == [
        "FAIL: expected a plain value for SAIGEN_HOST in .env, found a reference ($)\n"
        "next: write the value itself after SAIGEN_HOST="
    ]


def test_a_reference_is_found_in_dotenv_and_not_in_the_environment(folder: Path) -> None:
    (folder / ".env").write_text("PORT=${OTHER}\nHOST=$NAME\n")
    assert load(folder, {"HOST": "known"}).unreadable == ("PORT",)


def compose_defaults() -> dict[str, str]:
    """Every `${NAME:-default}` of docker-compose.yml, and every `NAME:` that is passed on where it is set."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    passed_on = dict.fromkeys(re.findall(r"^  ([A-Z_]+):$", text, re.MULTILINE), "")
    return passed_on | dict(re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", text))


def test_compose_and_the_example_declare_the_same_settings() -> None:
    for_scripts_alone = {"COMPOSE_PROJECT_NAME", "COMPOSE_PROFILES", "SAIGEN_DEBIAN_MIRROR"}
    example = declared((ROOT / ".env.example").read_text(encoding="utf-8"))
    assert {name: value for name, value in example.items() if name not in for_scripts_alone} == compose_defaults()


def test_compose_says_the_same_default_wherever_it_uses_a_setting() -> None:
    found = re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", (ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    assert len(set(found)) == len({name for name, _ in found})


def test_no_setting_of_compose_is_without_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert re.findall(r"\$\{[A-Z_]+\}|\$[A-Z_]+\b", text) == []


def test_the_project_name_of_the_example_is_that_of_compose() -> None:
    name = re.search(r"^name: (\S+)$", (ROOT / "docker-compose.yml").read_text(encoding="utf-8"), re.MULTILINE)
    assert name is not None
    assert settings()["COMPOSE_PROJECT_NAME"] == name[1]
