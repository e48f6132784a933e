"""The tracking server that runs are brought to: MLflow's client, told apart what it refuses and what it cannot do."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from saigen.errors import BlockedError
from saigen.installing import to_install
from saigen.track.names import COMPLETE, SOURCE
from saigen.tracking import Tracking
from saigen.tracking.errors import our_errors
from saigen.tracking.pages import every_value

T = TypeVar("T")
_REFUSED = frozenset({400, 404, 409, 413})
_PARAMS = 100
# MLflow says something about each file and each run; ours is one bar for all, and a result that programs read.
_SETTINGS = {
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "5",  # an hour's work is worth a minute's patience
}
_LARGEST = 500_000  # bytes of a batch; MLflow takes 1 MB, and may write a character as six


@dataclass(frozen=True)
class Known:
    """A run that was brought before. `complete`: nothing of it was missing when it was compared."""

    id: str
    complete: bool


class Refused(Exception):  # noqa: N818 - it says what the server said, and ends in a report
    """The server does not take this, and would not take it the next time either."""


class Target:
    """A server. Every method raises our errors, and `Refused` where it says so."""

    def __init__(self, tracking: Tracking) -> None:
        for setting, value in _SETTINGS.items():
            os.environ.setdefault(setting, value)
        self.tracking = tracking
        self.uri = str(tracking.uri)
        self.client = tracking.client
        if not hasattr(self.client, "create_logged_model"):
            raise BlockedError(
                "this MLflow is too old to import with",
                "expected mlflow-skinny 3 or newer, found an earlier one",
                to_install("mlflow-skinny", upgrade=True),
            )

    def known(self) -> dict[str, Known]:
        """Every run that was brought before, by the id that it had where it came from; deleted ones as well."""
        everywhere = list(self.tracking.experiments(deleted=True))
        found: dict[str, Known] = {}
        for run in self.tracking.search(everywhere, f"tags.`{SOURCE}` LIKE '%'", deleted=True):
            source, complete = run.tags[SOURCE], COMPLETE in run.tags
            if source not in found or complete:
                found[source] = Known(run.id, complete)
        return found

    def experiments(self) -> list[Any]:
        """Every experiment, deleted ones as well, as MLflow's own values."""
        with our_errors(self.uri, "experiments"):
            return list(every_value(self.client.search_experiments, 3, max_results=1000))

    def ask(self, what: str, call: Callable[..., T], *arguments: Any, **named: Any) -> T:
        """Call one of MLflow's functions.

        Raises:
            Refused: the server says that it will never take this. SaigenError: anything else that is wrong.
        """
        from mlflow.exceptions import MlflowException

        try:
            return call(*arguments, **named)
        except MlflowException as error:
            if error.get_http_status_code() in _REFUSED:
                raise Refused(str(error.message).strip().splitlines()[0][:300]) from error
            with our_errors(self.uri, what):
                raise
        except OSError as error:
            answer = getattr(error, "response", None)
            if answer is not None and answer.status_code in _REFUSED:
                raise Refused(str(error).strip()[:300]) from error
            with our_errors(self.uri, what):
                raise

    def send(self, run_id: str, kind: str, items: Sequence[T]) -> list[tuple[T, str]]:
        """Log a batch of `metrics`, `params` or `tags` to a run; what of it the server refuses, and why.

        A batch that is refused is halved until what is wrong stands alone.
        """
        if not items:
            return []
        try:
            self.ask(f"{kind} of run {run_id}", self.client.log_batch, run_id, **{kind: list(items)})
        except Refused as refusal:
            if len(items) == 1:
                return [(items[0], str(refusal))]
            middle = len(items) // 2
            return self.send(run_id, kind, items[:middle]) + self.send(run_id, kind, items[middle:])
        return []


def text_batches(values: dict[str, str]) -> Iterator[dict[str, str]]:
    """Params or tags, as many at once as MLflow takes."""
    batch: dict[str, str] = {}
    size = 0
    for name, value in values.items():
        more = len(name.encode()) + len(value.encode()) + 100
        if batch and (len(batch) == _PARAMS or size + more > _LARGEST):
            yield batch
            batch, size = {}, 0
        batch[name] = value
        size += more
    if batch:
        yield batch
