"""The environment of a run, made on this machine: what is not to be had, and what else is not as it was."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from saigen.errors import BlockedError, NotPermittedError
from saigen.recording import Environment
from saigen.reproduce.environment import Installed, differences, install, is_cached
from saigen.reproduce.lock import Lock


def machine(threads: int | None = None, gpu: str | None = None) -> Environment:
    return Environment(None, None, "3.11.9", "Linux", "x86_64", threads, gpu)


@pytest.mark.parametrize(
    ("ran", "here", "said"),
    [
        (machine(2), machine(2), []),
        (machine(None), machine(2), []),
        (machine(16), machine(2), ["it ran with 16 threads, here are 2"]),
        (machine(gpu="NVIDIA A100"), machine(), ["it ran on NVIDIA A100, here is none"]),
        (machine(), machine(gpu="NVIDIA A100"), ["it ran on no graphics card, here is NVIDIA A100"]),
        (machine(gpu="x\x1b[2J"), machine(), ["it ran on x?[2J, here is none"]),
    ],
)
def test_what_may_change_the_last_digits_is_said(ran: Environment, here: Environment, said: list[str]) -> None:
    assert differences(ran, here) == said


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    """An environment with the programs python and dvc."""
    for name in ("python", "dvc"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    return Installed(tmp_path / "python", "3.11.9", tmp_path / "cache")


def test_programs_of_the_environment_are_run_and_no_others(installed: Installed) -> None:
    assert installed.word("dvc") == str(installed.python.parent / "dvc")
    with pytest.raises(NotPermittedError, match="'sh' is not run"):
        installed.word("sh")


def test_the_machines_own_mpi_is_run(installed: Installed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "machine").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "machine"))
    with pytest.raises(BlockedError, match="mpirun is not installed here") as refused:
        installed.word("mpirun")
    assert "openmpi-bin" in refused.value.next
    (tmp_path / "machine" / "mpirun").write_text("#!/bin/sh\n")
    (tmp_path / "machine" / "mpirun").chmod(0o755)
    assert installed.word("mpirun") == str(tmp_path / "machine" / "mpirun")


@pytest.fixture
def unobtainable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lock:
    """A lock with a package that no index has for this machine, and an empty cache."""
    content = b"no-such-wheel==1.0\n"
    (tmp_path / "requirements.txt").write_bytes(content)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    return Lock("pins", "requirements.txt", hashlib.sha256(content).hexdigest())


def test_a_wheel_that_is_not_to_be_had_blocks_with_what_uv_said(unobtainable: Lock, tmp_path: Path) -> None:
    with pytest.raises(BlockedError, match="cannot be installed here") as refused:
        install(unobtainable, tmp_path, tmp_path / "own", allow_platform=False)
    assert "no-such-wheel" in refused.value.why
    assert "--allow-platform" in refused.value.next
    assert not is_cached(unobtainable)


def test_what_is_on_path_takes_its_place_if_one_says_so(unobtainable: Lock, tmp_path: Path) -> None:
    found = install(unobtainable, tmp_path, tmp_path / "own", allow_platform=True)
    assert (found.python.name[:6], found.programs) == ("python", False)
    assert "no-such-wheel" in found.notes[0]


def test_a_lock_that_is_an_artifact_is_installed_without_the_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    content = b"# nothing is needed\n"
    lock = Lock("pins", "", hashlib.sha256(content).hexdigest(), content=content)
    found = install(lock, tmp_path, tmp_path / "own", allow_platform=False)
    assert found.python.exists()
    assert is_cached(lock)
