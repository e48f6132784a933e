"""The verbs themselves: each explains itself, and refuses wrong usage before it does anything."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from tests.bench.__main__ import PARTS
from tests.unit.scripts.machines import ROOT

VERBS = ("up", "down", "test", "bench", "rehearse", "credentials", "plan", "apply")
STEPS = ROOT / "scripts" / "steps"


def run(*command: str | Path, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run without a terminal."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_every_verb_explains_itself_from_any_folder(verb: str, flag: str, tmp_path: Path) -> None:
    done = run(ROOT / "scripts" / verb, flag, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"./scripts/{verb}" in done.stdout
    assert "Exit codes:" in done.stdout
    assert "set -euo" not in done.stdout


def test_bench_names_all_that_it_can_measure() -> None:
    named = re.search(r"PART \(default: all\): ([a-z, \n]+)\n", run(ROOT / "scripts" / "bench", "--help").stdout)
    assert named is not None
    assert tuple(re.findall("[a-z]+", named[1])) == PARTS


def test_every_verb_is_tested_here() -> None:
    found = {path.name for path in (ROOT / "scripts").iterdir() if path.is_file() and os.access(path, os.X_OK)}
    assert found == set(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_is_a_table_of_contents(verb: str) -> None:
    assert len((ROOT / "scripts" / verb).read_text(encoding="utf-8").splitlines()) <= 50


@pytest.mark.parametrize(
    ("command", "failure"),
    [
        (("up", "now"), "FAIL: expected no arguments, found now\nnext: ./scripts/up --help\n"),
        (("plan", "now"), "FAIL: expected no arguments, found now\nnext: ./scripts/plan --help\n"),
        (("apply", "now"), "FAIL: expected no arguments, found now\nnext: ./scripts/apply --help\n"),
        (("credentials",), "FAIL: expected one NAME, found 0 arguments\nnext: ./scripts/credentials --help\n"),
        (("down", "--all"), "FAIL: expected --volumes or --yes, found --all\nnext: ./scripts/down --help\n"),
        (("down", "--yes"), "FAIL: expected --volumes with --yes, found --yes alone\nnext: ./scripts/down --help\n"),
    ],
)  # fmt: skip
def test_wrong_usage_is_refused(command: tuple[str, ...], failure: str) -> None:
    done = run(ROOT / "scripts" / command[0], *command[1:])
    assert (done.returncode, done.stdout, done.stderr) == (2, "", failure)


def test_deleting_volumes_without_a_terminal_is_refused() -> None:
    done = run(ROOT / "scripts" / "down", "--volumes")
    assert done.returncode == 2
    assert "every run, every object" in done.stderr
    assert "FAIL: expected a terminal to confirm on, or --yes, found neither" in done.stderr


@pytest.mark.parametrize(("typed", "code"), [("someproject", 0), ("saigen", 1), ("", 1)])
def test_volumes_are_deleted_only_after_their_project_was_typed(typed: str, code: int) -> None:
    person, terminal = pty.openpty()
    os.write(person, f"{typed}\n".encode())
    done = subprocess.run(
        [STEPS / "confirm-loss"],
        env={**os.environ, "COMPOSE_PROJECT_NAME": "someproject"},
        stdin=terminal,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )
    os.close(person)
    os.close(terminal)
    assert done.returncode == code


def test_a_wrong_setting_stops_up_before_any_effect() -> None:
    done = run(ROOT / "scripts" / "up", SAIGEN_TLS="maybe", SAIGEN_GIT_PORT="x")
    assert done.returncode == 2
    assert done.stderr.count("FAIL: expected ") == done.stderr.count("\nnext: ") == 2
    assert "docker:" not in done.stdout


def test_the_setting_that_holds_is_printed() -> None:
    done = run(STEPS / "setting", "SAIGEN_GIT_PORT", SAIGEN_GIT_PORT="3456")
    assert (done.returncode, done.stdout) == (0, "3456\n")


def test_an_unknown_setting_is_refused() -> None:
    done = run(STEPS / "setting", "SAIGEN_COLOUR")
    assert done.returncode == 2
    assert "found 'SAIGEN_COLOUR'" in done.stderr


def test_too_old_a_python_is_refused() -> None:
    done = run(STEPS / "ensure-python", "99")
    assert done.returncode == 3
    assert done.stderr.startswith("FAIL: expected Python 3.99 or newer as python3, found 3.")
