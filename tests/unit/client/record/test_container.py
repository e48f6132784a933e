"""Whether the end of a training is the end of everything around it."""

from __future__ import annotations

from pathlib import Path

import pytest

from saigen.record.container import takes_all_along


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """A /proc whose process 1 is called `sh`."""
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "comm").write_text("sh\n")
    return tmp_path


def test_process_1_takes_all_along() -> None:
    assert takes_all_along(1, 0)


def test_what_the_shell_of_a_container_was_started_for_takes_all_along(proc: Path) -> None:
    assert takes_all_along(7, 1, proc)


@pytest.mark.parametrize("name", ["systemd", "init", "jupyter-lab", "gunicorn", "python3"])
def test_a_machine_a_notebook_and_a_training_with_workers_go_on(proc: Path, name: str) -> None:
    (proc / "1" / "comm").write_text(f"{name}\n")
    assert not takes_all_along(7, 1, proc)


def test_a_process_of_somebody_else_s_does_not(proc: Path) -> None:
    assert not takes_all_along(7, 6, proc)
    assert not takes_all_along(7, 1, proc / "nowhere")
