"""Programs that start warm, for the tests that start many of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from saigen.data import dvc_program
from saigen.data.branches import reproduction
from tests import warm


@pytest.fixture(scope="session")
def dvc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The program `dvc`."""
    script = Path(sys.executable).parent / "dvc"
    with warm.program(tmp_path_factory.mktemp("warm"), "dvc", warm.DVC, str(script)) as started:
        yield started


@pytest.fixture(scope="module")
def warm_dvc(dvc: Path) -> Iterator[None]:
    """The client finds that `dvc`, in place of the one beside its interpreter."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (dvc_program, reproduction):
            patch.setattr(module, "dvc_path", lambda: str(dvc))
        yield


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The program `python`, for scripts that use MLflow."""
    with warm.program(tmp_path_factory.mktemp("warm"), "python", warm.MLFLOW) as started:
        yield started
