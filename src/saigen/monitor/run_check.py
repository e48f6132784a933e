"""One check of the team's own, in a process of its own: `python -m saigen.monitor.run_check CHECK FOLDER`.

The folder holds the tables, pickled by the process that starts this one, and gets the answer as JSON.
"""

from __future__ import annotations

import importlib.util
import json
import math
import pickle
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TABLES = "tables.pickle"
ANSWER = "answer.json"


def main(check: Path, folder: Path) -> None:
    """Load the check, call it, and write what it found, or what was wrong with it."""
    try:
        tables = pickle.loads((folder / TABLES).read_bytes())  # noqa: S301 - our own, written a moment ago
        answer: dict[str, Any] = {"figures": figures(_load(check)(**tables))}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    (folder / ANSWER).write_text(json.dumps(answer), encoding="utf-8")


def figures(found: Any) -> dict[str, float]:
    """What a check returned, as numbers by name.

    Raises:
        TypeError, ValueError: it is something else.
    """
    if not isinstance(found, Mapping) or not all(isinstance(name, str) and name for name in found):
        raise TypeError(f"expected a dict of name -> number, found {type(found).__name__}")
    numbers = {name: float(value) for name, value in found.items()}
    if strange := [name for name, value in numbers.items() if not math.isfinite(value)]:
        raise ValueError(f"expected finite numbers, found another value for {strange[0]}")
    return numbers


def _load(check: Path) -> Any:
    sys.path.insert(0, str(check.parent))
    spec = importlib.util.spec_from_file_location(check.stem, check)
    if spec is None or spec.loader is None:
        raise ImportError(f"{check.name} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not callable(getattr(module, "check", None)):
        raise TypeError("expected a function check(inputs, outcomes, reference), found none")
    return module.check


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
