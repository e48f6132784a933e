"""How this process was when it began: kept at import, before a program changes its folder or MLflow makes a run."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple

from saigen.record.place import Place, main_file, names_of, of_this_process
from saigen.record.unrecorded import Watch

OFF = "SAIGEN_RECORD"  # "off" in the environment: nothing is recorded


class Started(NamedTuple):
    """This process at import. `folder`: where it was started. `place`: the repository of its program, or None."""

    pid: int
    folder: Path
    place: Place | None
    watch: Watch | None


def remember() -> Started | None:
    """Look where this process is, and begin to watch what it opens; None where recording is switched off."""
    if os.environ.get(OFF, "").lower() in {"off", "0", "false", "no"}:
        return None
    folder = _folder()
    place = of_this_process(folder)
    watch = None
    if place is not None:
        watch = Watch(names_of(place.root))
        watch.begin()
    return Started(os.getpid(), folder, place, watch)


def _folder() -> Path:
    """Where the process was started: a program may have moved on before it imported MLflow, as Hydra's do."""
    here = Path.cwd()
    main = main_file()
    said = os.environ.get("PWD")
    if main is None or main.is_absolute() or not said or (here / main).exists():
        script = sys.orig_argv[1] if len(sys.orig_argv) > 1 else ""
        moved = script.endswith(".py") and not (here / script).exists() and said and (Path(said) / script).exists()
        return Path(said) if moved and said else here
    return Path(said) if (Path(said) / main).exists() else here
