"""What MLflow calls when a run is made: the entry point `mlflow.run_context_provider`.

Imported with MLflow, by every program that uses it. So what is imported here is ours and the standard library's, and
nothing raises: a training goes on as if Saigen were not there.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from saigen.record.started import Started, remember

if TYPE_CHECKING:
    from saigen.record.recorder import Recorder

# Parts of MLflow that ask for tags to describe something that is no run.
_NO_RUN = ("mlflow.data", "mlflow.tracing", "mlflow.entities", "mlflow.genai")


def _remembered() -> Started | None:
    with suppress(Exception):
        return remember()
    return None


_STARTED = _remembered()


class RunContext:
    """The provider: MLflow makes one object, when it is imported itself, and calls it for each run."""

    def __init__(self) -> None:
        self._recorder: Recorder | None = None
        if _STARTED is not None:
            with suppress(
                Exception
            ):  # imported now, some 30 ms, so that the start of the first run does not wait for it
                from saigen.record.recorder import Recorder

                self._recorder = Recorder(_STARTED)

    def in_context(self) -> bool:
        """Whether there is anything to say."""
        return _STARTED is not None

    def tags(self) -> dict[str, str]:
        """The tags of a run. Empty where recording fails as a whole: it never raises."""
        with suppress(Exception):
            if self._recorder is not None:
                return self._recorder.place_tags() if _asked_for_no_run() else self._recorder.tags()
        return {}


def _asked_for_no_run() -> bool:
    """Whether whoever called MLflow's `resolve_tags`, which called `tags`, is not about to make a run."""
    try:
        caller = sys._getframe(3)
    except ValueError:
        return False
    return str(caller.f_globals.get("__name__", "")).startswith(_NO_RUN)
