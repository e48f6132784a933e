"""Notebooks: the executed cells as a script, since a notebook's file says neither which ran nor in which order."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

SCRIPT = ".saigen/notebook.py"
_HEAD = "# The cells that were executed, in their order, when a run of this commit was made in a notebook.\n"


def shell() -> Any:
    """The running notebook's IPython shell, or None where this is no notebook."""
    ipython = sys.modules.get("IPython")
    if ipython is None or "ipykernel" not in sys.modules:
        return None
    found = ipython.get_ipython()
    return found if found is not None and hasattr(found, "kernel") else None


def cells() -> str | None:
    """The executed cells as a script, the running one included; None where this is no notebook."""
    running = shell()
    if running is None:
        return None
    return script(list(running.history_manager.input_hist_parsed))


def script(sources: list[str]) -> str:
    """Cells, as Python, one behind the other."""
    executed = [source.strip("\n") for source in sources if source.strip()]
    return _HEAD + "".join(f"\n# %%\n{source}\n" for source in executed)


def arguments(root: Path | None) -> tuple[str, ...]:
    """The command that runs the script of a repository: by IPython, since any cell may use its magics.

    IPython also looks for modules in the folder where it is started, as a notebook does.
    """
    return ("python", "-m", "IPython", str(root / SCRIPT) if root else SCRIPT)


def has_active_run() -> bool:
    """Whether MLflow has a run open in this notebook."""
    mlflow = sys.modules.get("mlflow")
    return mlflow is not None and mlflow.active_run() is not None


def when_cell_ends(action: Callable[[], bool]) -> None:
    """Call `action` after each cell until it returns True. Whatever it raises stays unseen: it is not the person's."""
    running = shell()
    if running is None:
        return

    def called(*_: object) -> None:
        done = True
        with suppress(Exception):
            done = action()
        if done:
            running.events.unregister("post_run_cell", called)

    running.events.register("post_run_cell", called)
