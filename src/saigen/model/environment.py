"""The environment of a release, in `.venv` of its checkout: from the project's lock, else as the model asks for it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from saigen.errors import BlockedError
from saigen.reproduce.environment import find_python, find_uv, python_in
from saigen.reproduce.variables import for_installing

LOCK = "uv.lock"
REQUIREMENTS = "requirements.txt"  # in a model of MLflow's


def prepare(folder: Path, model: str) -> Path:
    """Bring the environment about; its interpreter. Doing it again changes nothing.

    Its Python is the one that the model was made with, where that is on this machine.

    Raises:
        BlockedError: it cannot be installed here; `why` has what uv said.
    """
    python = folder / ".venv" / "bin" / "python"
    environment, uv = for_installing(os.environ), find_uv()
    version = python_of(folder / model)
    here = find_python(uv, version) if version else None
    by = ["--python", here] if here else []
    if (folder / LOCK).is_file():
        _run([uv, "sync", "--frozen", "--no-dev", "--quiet", *by], folder, environment)
        return python
    wanted = folder / model / REQUIREMENTS
    if not wanted.is_file():
        raise BlockedError(
            "nothing says which packages the model needs",
            f"expected {LOCK} in the commit or {model}/{REQUIREMENTS}, found neither",
            "uv lock, in the project, before the next release",
        )
    if not python.exists():
        _run([uv, "venv", "--quiet", "--no-project", *by, str(folder / ".venv")], folder, environment)
    _run([uv, "pip", "install", "--quiet", "--python", str(python), "-r", str(wanted)], folder, environment)
    return python


def other_python(folder: Path, model: str) -> str | None:
    """What to know where the prepared environment has another Python than the model was made with."""
    wanted, found = python_of(folder / model), python_in(folder / ".venv")
    if wanted is None or found is None or found.startswith(f"{wanted}."):
        return None
    return (
        f"the model was made with Python {wanted}, and there is none here: {found} runs it, which may give other"
        f" predictions or none. Install Python {wanted}, then the same again"
    )


def requirements(folder: Path, model: str) -> str:
    """The same as a list of pins, for an image. Raises as `prepare` does."""
    if (folder / LOCK).is_file():
        words = ["export", "--quiet", "--frozen", "--no-dev", "--no-emit-project", "--no-header"]
        return _run([find_uv(), *words], folder, for_installing(os.environ))
    return (folder / model / REQUIREMENTS).read_text(encoding="utf-8")


def python_of(model: Path) -> str | None:
    """The Python that a model of MLflow's was made with, `3.11`; None where it does not say."""
    try:
        said = yaml.safe_load((model / "python_env.yaml").read_text(encoding="utf-8"))["python"]
    except (OSError, yaml.YAMLError, TypeError, KeyError):
        return None
    return ".".join(str(said).split(".")[:2])


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
