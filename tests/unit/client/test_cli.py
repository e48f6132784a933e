"""The command line: what it prints, and the codes it exits with."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from saigen import platform
from saigen.cli import COMMANDS, main, parser
from saigen.errors import UnreachableError
from saigen.platform import Platform

ML = Platform(
    version="0.1.0",
    tracking="https://ml.example.org:5000",
    storage="https://ml.example.org:9000",
    git="https://ml.example.org:3000",
    ca_certificate=None,
    client="https://ml.example.org:5000/.well-known/saigen/client/saigen-0.1.0-py3-none-any.whl",
)


@pytest.fixture(autouse=True)
def ml(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Path | None]]:
    """A platform that can be found at any URL; returns what was asked."""
    asked: list[tuple[str, Path | None]] = []

    def found(url: str, ca: Path | None) -> Platform:
        asked.append((url, ca))
        return ML

    monkeypatch.setattr(platform, "discover", found)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return asked


def test_platform_prints_one_line_a_part(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["platform", "https://ml.example.org:5000"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "storage         https://ml.example.org:9000" in lines
    assert "ca certificate  none" in lines


def test_platform_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["platform", "https://ml.example.org:5000", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == asdict(ML)


def test_the_certificate_authority_is_passed_on(ml: list[tuple[str, Path | None]]) -> None:
    main(["platform", "https://ml.example.org:5000", "--ca", "ca.crt"])
    assert ml == [("https://ml.example.org:5000", Path("ca.crt"))]


def test_the_url_defaults_to_mlflows_own_variable(
    monkeypatch: pytest.MonkeyPatch, ml: list[tuple[str, Path | None]]
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://localhost:5000")
    main(["platform"])
    assert ml == [("http://localhost:5000", None)]


def test_no_platform_named_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["platform"]) == 2
    assert capsys.readouterr().err.endswith("next: saigen platform http://localhost:5000\n")


def test_an_error_is_three_lines_and_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unreachable(*_: object) -> Platform:
        raise UnreachableError("the platform does not answer", "connection refused", "docker compose ps")

    monkeypatch.setattr(platform, "discover", unreachable)
    assert main(["platform", "http://localhost:5000"]) == 4
    assert (
        capsys.readouterr().err
        == "saigen: the platform does not answer\n  connection refused\n  next: docker compose ps\n"
    )


@pytest.mark.parametrize(
    ("error", "code"),
    [(OSError(28, "No space left on device", "/cache/x"), 3), (PermissionError(13, "Permission denied", "/x"), 5)],
)
def test_what_the_machine_refuses_is_an_error_as_well(
    error: OSError, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(*_: object) -> Platform:
        raise error

    monkeypatch.setattr(platform, "discover", refused)
    assert main(["platform", "http://localhost:5000"]) == code
    assert str(error) in capsys.readouterr().err
    with pytest.raises(OSError, match=str(error.strerror)):
        main(["--debug", "platform", "http://localhost:5000"])


def test_whoever_has_read_enough_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([sys.executable, "-m", "saigen", "trust"], stdout=write, stderr=subprocess.PIPE, check=False)
    os.close(write)
    assert (done.returncode, done.stderr) == (141, b"")


def test_debug_keeps_the_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: object) -> Platform:
        raise UnreachableError("the platform does not answer", "connection refused", "docker compose ps")

    monkeypatch.setattr(platform, "discover", unreachable)
    with pytest.raises(UnreachableError):
        main(["--debug", "platform", "http://localhost:5000"])


def test_no_command_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([])
    assert stopped.value.code == 2
    assert "COMMAND" in capsys.readouterr().err


def test_every_command_is_listed_with_its_help() -> None:
    saigen = parser()
    (listed,) = (action.choices for action in saigen._actions if isinstance(action, argparse._SubParsersAction))
    assert len(listed) == len(COMMANDS)
    assert all(name in saigen.format_help() for name in listed)


def test_help_of_a_command_names_its_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["platform", "--help"])
    text = capsys.readouterr().out
    assert all(argument in text for argument in ("URL", "--ca FILE", "--json"))


def test_runs_as_a_module_and_knows_its_version() -> None:
    shown = subprocess.run([sys.executable, "-m", "saigen", "--version"], capture_output=True, text=True, check=True)
    assert shown.stdout == "saigen 0.1.0\n"


def test_help_imports_nothing_slow() -> None:
    """`saigen --help` must feel instant: neither the network nor the package's metadata is loaded for it."""
    code = "import sys; from saigen.cli import parser; parser().format_help(); print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"ssl", "urllib.request", "http.client", "importlib.metadata", "asyncio"} & set(loaded)
