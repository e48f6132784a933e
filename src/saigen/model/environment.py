"""The environment of a release, in `.venv` of its checkout: from the project's lock, else as the model asks for it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from saigen.errors import BlockedError
from saigen.reproduce.environment import find_uv
from saigen.reproduce.variables import for_installing

LOCK = "uv.lock"
REQUIREMENTS = "requirements.txt"  # in a model of MLflow's


def prepare(folder: Path, model: str) -> Path:
    """Bring the environment about; its interpreter. Doing it again changes nothing.

    Raises:
        BlockedError: it cannot be installed here; `why` has what uv said.
    """
    python = folder / ".venv" / "bin" / "python"
    environment = for_installing(os.environ)
    if (folder / LOCK).is_file():
        _run([find_uv(), "sync", "--frozen", "--no-dev", "--quiet"], folder, environment)
        return python
    wanted = folder / model / REQUIREMENTS
    if not wanted.is_file():
        raise BlockedError(
            "nothing says which packages the model needs",
            f"expected {LOCK} in the commit or {model}/{REQUIREMENTS}, found neither",
            "uv lock, in the project, before the next release",
        )
    uv = find_uv()
    if not python.exists():
        _run([uv, "venv", "--quiet", "--no-project", str(folder / ".venv")], folder, environment)
    _run([uv, "pip", "install", "--quiet", "--python", str(python), "-r", str(wanted)], folder, environment)
    return python


def requirements(folder: Path, model: str) -> str:
    """The same as a list of pins, for an image. Raises as `prepare` does."""
    if (folder / LOCK).is_file():
        words = ["export", "--quiet", "--frozen", "--no-dev", "--no-emit-project", "--no-header"]
        return _run([find_uv(), *words], folder, for_installing(os.environ))
    return (folder / model / REQUIREMENTS).read_text(encoding="utf-8")


def _run(words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        list(words),
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = " ".join(line.strip() for line in done.stderr.strip().splitlines()[-3:]) or "it said nothing"
        raise BlockedError("the environment cannot be installed here", f"uv: {said}", f"cd {folder} && uv sync")
    return done.stdout
