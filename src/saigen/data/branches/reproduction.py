"""Run one stage by DVC, in a worktree, with the programs of the environment that saigen runs in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from saigen.data.branches.stages import Declared
from saigen.data.dvc_program import dvc_path
from saigen.errors import SaigenError
from saigen.git.repository import Repository
from saigen.text import printable

_SHOWN = 30  # last lines of a script's output that its failure shows


def run_stage(repository: Repository, stage: Declared) -> str:
    """`dvc repro` of a stage and nothing before it: DVC runs it only where something changed. What was printed.

    Raises:
        SaigenError: it failed, with the end of what it printed.
    """
    programs = str(Path(sys.executable).parent)
    environment = {
        **os.environ,
        "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
    }
    done = subprocess.run(
        [dvc_path(), "repro", "--single-item", stage.name],
        cwd=repository.root,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        lines = [printable(line) for line in done.stdout.strip().splitlines()[-_SHOWN:]]
        raise SaigenError(
            f"the stage {stage.name} failed: {stage.command}",
            "\n  ".join(lines) or "it printed nothing",
            f"nothing was changed; mend the script on its branch, push it, then saigen data {stage.name}",
        )
    return done.stdout
