"""How a package comes into the environment that the client runs in."""

from __future__ import annotations

import shlex
from importlib.util import find_spec

_UV = "https://docs.astral.sh/uv"


def to_install_uv() -> str:
    """How uv itself comes here: with pip, or where there is none from its own page."""
    return "pip install uv" if find_spec("pip") else _UV


def to_install(*packages: str, upgrade: bool = False) -> str:
    """The command that installs packages here: an environment that uv made has no pip of its own."""
    program = ["pip"] if find_spec("pip") else ["uv", "pip"]
    return shlex.join([*program, "install", *(["--upgrade"] if upgrade else []), *packages])
