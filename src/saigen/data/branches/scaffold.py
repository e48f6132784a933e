"""The scripts that a project's data branches begin with: `pipeline/clean.py`, `pipeline/split.py` and `dvc.yaml`.

They belong on the data branches and nowhere else: `dvc pull` refuses a checkout whose `dvc.yaml` names data that no
`dvc.lock` knows yet.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from saigen.data.pointer import STAGES

_SCRIPTS = Path(__file__).with_name("pipeline")
SIDES = ("train", "validation", "test")


def scaffold(root: Path, name: str, reads: Sequence[str]) -> list[str]:
    """Write a stage and its script into the checkout of a data branch, where there is none. The paths of what is new.

    Args:
        name: `clean` or `split`. reads: paths of the data that it works on, such as `data/flights`.
    """
    file = root / STAGES
    document: dict[str, Any] = yaml.safe_load(file.read_bytes()) or {} if file.exists() else {}
    declared: dict[str, Any] = document.setdefault("stages", {})
    if name in declared:
        return []
    declared[name] = _stage(name, reads)
    script = root / f"pipeline/{name}.py"
    written = []
    if not script.exists():
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_bytes((_SCRIPTS / f"{name}.py").read_bytes())
        written.append(f"pipeline/{name}.py")
    file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return [*written, STAGES]


def cleaned(path: str) -> str:
    """Where the stage `clean` puts what it keeps of raw data."""
    return f"data/clean/{posixpath.basename(path)}"


def _stage(name: str, reads: Sequence[str]) -> dict[str, Any]:
    """A stage as `dvc.yaml` has it. What it made stays for the next time: the script need not do all again."""
    makes = list(map(cleaned, reads)) if name == "clean" else [f"data/split/{side}" for side in SIDES]
    return {
        "cmd": f"python pipeline/{name}.py",
        "deps": [f"pipeline/{name}.py", *reads],
        "outs": [{path: {"persist": True}} for path in makes],
    }
