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


def scaffold(root: Path, datasets: Sequence[str], *, stages: Sequence[str] = ("clean", "split")) -> list[str]:
    """Write scripts and stages into the checkout of a data branch, where there are none. The paths that were written.

    Args:
        datasets: paths of raw data, such as `data/flights`.
    """
    file = root / STAGES
    document: dict[str, Any] = yaml.safe_load(file.read_bytes()) or {} if file.exists() else {}
    declared: dict[str, Any] = document.setdefault("stages", {})
    written = []
    for name in stages:
        if name in declared:
            continue
        declared[name] = _stage(name, datasets)
        script = root / f"pipeline/{name}.py"
        if not script.exists():
            script.parent.mkdir(parents=True, exist_ok=True)
            script.write_bytes((_SCRIPTS / f"{name}.py").read_bytes())
            written.append(f"pipeline/{name}.py")
        written.append(STAGES)
    if written:
        file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return list(dict.fromkeys(written))


def _stage(name: str, datasets: Sequence[str]) -> dict[str, Any]:
    """A stage as `dvc.yaml` has it. What it made stays for the next time: the script need not do all again."""
    cleaned = [f"data/clean/{posixpath.basename(path)}" for path in datasets]
    reads = list(datasets) if name == "clean" else cleaned
    makes = cleaned if name == "clean" else [f"data/split/{side}" for side in SIDES]
    return {
        "cmd": f"python pipeline/{name}.py",
        "deps": [f"pipeline/{name}.py", *reads],
        "outs": [{path: {"persist": True}} for path in makes],
    }
