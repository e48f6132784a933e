"""The team's own checks: their figures, and what happens to one that breaks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from saigen.data.transfer.progress import Progress
from saigen.git.repository import Repository
from saigen.monitor.checks import CheckResult, run_checks
from saigen.monitor.frames import Frames

Run = Callable[..., CheckResult]


@pytest.fixture
def run(checkout: Repository) -> Run:
    """Run a check with this text."""

    def run(text: str, seconds: float = 60.0, **beside: str) -> CheckResult:
        folder = checkout.root / "monitoring" / "checks"
        folder.mkdir(parents=True)
        (folder / "tail.py").write_text(text)
        (folder / "_shared.py").write_text("LIMIT = 2\n")
        for name, content in beside.items():
            (folder / name).write_text(content)
        frames = Frames(
            reference=pd.DataFrame({"x": [1.0, 2.0]}),
            inputs=pd.DataFrame({"x": [1.0, 3.0]}),
            outcomes=pd.DataFrame({"prediction": [0.1, 0.2], "label": [0, None], "batch": 1, "row": [0, 1]}),
            before=None,
            labels=1,
            key=(),
            source="here",
        )
        (result,) = run_checks(checkout, frames, seconds, Progress())
        return result

    return run


def test_what_a_check_returns_are_figures_by_its_name(run: Run) -> None:
    text = (
        "import _shared, pathlib\n"
        "def check(inputs, outcomes, reference):\n"
        "    print('whatever it prints')\n"
        "    return {'share': (inputs['x'] > _shared.LIMIT).mean(), 'rows': len(reference),\n"
        "            'columns': outcomes.columns.tolist() == ['prediction', 'label'],\n"
        "            'model': len(pathlib.Path('forest.bin').read_text())}\n"
    )
    expected = {"tail.share": 0.5, "tail.rows": 2, "tail.columns": 1, "tail.model": 5}
    assert run(text, **{"forest.bin": "trees"}) == CheckResult("tail", expected)


def test_one_that_takes_too_long_is_ended_with_all_that_it_started(run: Run, tmp_path: Path) -> None:
    told = tmp_path / "process"
    text = (
        "import pathlib, subprocess, time\n"
        "def check(inputs, outcomes, reference):\n"
        "    started = subprocess.Popen(['sleep', '600'])\n"
        f"    pathlib.Path({str(told)!r}).write_text(str(started.pid))\n"
        "    time.sleep(600)\n"
    )
    assert run(text, seconds=10.0) == CheckResult("tail", error="it took longer than 10 seconds")
    status = Path("/proc") / told.read_text() / "status"
    assert not status.exists() or "State:\tZ" in status.read_text()


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("def check(inputs, outcomes, reference):\n    return inputs['nothing']\n", "KeyError: 'nothing'"),
        ("def check(inputs, outcomes, reference):\n    return 3\n", "expected a dict of name -> number, found int"),
        ("def check(inputs, outcomes, reference):\n    return {'a': float('nan')}\n", "expected finite numbers"),
        ("def look(): pass\n", "expected a function check(inputs, outcomes, reference), found none"),
        ("def check(:\n", "SyntaxError"),
        ("import os\nos._exit(3)\n", "it ended without a word"),
    ],
)
def test_one_that_breaks_says_why(run: Run, text: str, error: str) -> None:
    found = run(text)
    assert found.figures == {}
    assert error in (found.error or "")


def test_it_has_no_credentials(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "secret")
    text = (
        "import os\n"
        "def check(inputs, outcomes, reference):\n"
        "    return {'keys': sum(name.startswith(('AWS_', 'MLFLOW_', 'SMTP_')) for name in os.environ)}\n"
    )
    assert run(text).figures == {"tail.keys": 0}


def test_without_checks_there_is_nothing_to_run(checkout: Repository) -> None:
    nothing = pd.DataFrame()
    assert run_checks(checkout, Frames(nothing, nothing, nothing, None, 0, (), ""), 1.0, Progress()) == []
