"""What the client says about a package that is missing can be typed where it is said."""

from __future__ import annotations

import importlib.util

import pytest

from saigen import installing
from saigen.installing import to_install


@pytest.mark.parametrize(("pip", "program"), [(True, "pip"), (False, "uv pip")])
def test_an_environment_without_pip_is_told_to_use_uv(monkeypatch: pytest.MonkeyPatch, pip: bool, program: str) -> None:
    found = importlib.util.find_spec("sys") if pip else None
    monkeypatch.setattr(installing, "find_spec", lambda name: found if name == "pip" else None)
    assert to_install("dvc[s3]") == f"{program} install 'dvc[s3]'"
    assert to_install("mlflow-skinny", upgrade=True) == f"{program} install --upgrade mlflow-skinny"
