"""The team's own checks: `monitoring/checks/*.py` on the monitoring branch, each run in a process of its own.

    def check(inputs, outcomes, reference):
        return {"night_share": float((inputs["hour"] < 6).mean())}

All three are pandas DataFrames: what the model was asked, what it said (`prediction`, `probability`) and what came true
(`label`, missing where nobody knows), and the training split. What it returns becomes figures: `<file>.<name>`. A model
of its own, such as one for outliers, lies beside it, in Git or under DVC; the check runs in that folder.

It has a time limit, and none of the credentials of whoever runs it.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from saigen.data.project import DvcProject
from saigen.data.pull import pull_outputs
from saigen.data.transfer.progress import Progress
from saigen.git.repository import Repository
from saigen.monitor.frames import Frames
from saigen.monitor.layout import CHECKS
from saigen.monitor.run_check import ANSWER, TABLES
from saigen.text import printable

_PASSED = ("PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "OMP_NUM_THREADS", "OPENBLAS_CORETYPE")


@dataclass(frozen=True)
class CheckResult:
    """What one check of the team's own found; `error`: why it found nothing, else None."""

    name: str
    figures: Mapping[str, float] = field(default_factory=dict)
    error: str | None = None


def run_checks(repository: Repository, frames: Frames, seconds: float, progress: Progress) -> list[CheckResult]:
    """Run all checks of a checkout of the monitoring branch.

    Raises:
        BlockedError: data beside a check is nowhere. UnreachableError, NotPermittedError: the storage says no.
    """
    files = sorted((repository.root / CHECKS).glob("*.py"))
    files = [file for file in files if not file.name.startswith("_")]
    if not files:
        return []
    _fetch(repository, progress)
    columns = [name for name in ("prediction", "probability", "label") if name in frames.outcomes]
    tables = {"inputs": frames.inputs, "outcomes": frames.outcomes[columns], "reference": frames.reference}
    pickled = pickle.dumps(tables)
    return [_run(file, pickled, seconds) for file in files]


def _fetch(repository: Repository, progress: Progress) -> None:
    """Bring what DVC tracks beside the checks."""
    project = DvcProject.containing(repository.root)
    beside = [output for output in project.outputs() if output.path.startswith(f"{CHECKS}/")]
    if beside:
        pull_outputs(project.root, beside, project.remotes, project.cache, progress=progress)


def _run(check: Path, tables: bytes, seconds: float) -> CheckResult:
    with tempfile.TemporaryDirectory(prefix="saigen-check-") as name:
        folder = Path(name)
        (folder / TABLES).write_bytes(tables)
        command = [sys.executable, "-I", "-m", "saigen.monitor.run_check", str(check), str(folder)]
        environment = {key: os.environ[key] for key in _PASSED if key in os.environ} | {"HOME": name, "TMPDIR": name}
        said = _finish(command, check.parent, environment, seconds)
        if said is None:
            return CheckResult(check.stem, error=f"it took longer than {seconds:g} seconds")
        return _answer(check.stem, folder / ANSWER, said)


def _finish(command: Sequence[str], folder: Path, environment: Mapping[str, str], seconds: float) -> str | None:
    """What a process wrote to its error output; None where it, and what it started, had to be ended."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        return process.communicate(timeout=seconds)[1]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return None


def _answer(name: str, file: Path, said: str) -> CheckResult:
    try:
        answer = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        last = said.strip().splitlines()[-1:] or ["it ended without a word"]
        return CheckResult(name, error=printable(last[0]))
    if "error" in answer:
        return CheckResult(name, error=printable(str(answer["error"])))
    return CheckResult(name, {f"{name}.{key}": float(value) for key, value in answer["figures"].items()})
