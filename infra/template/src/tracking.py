"""The way to the tracking server, and what to do when there is none."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import mlflow
from mlflow.environment_variables import MLFLOW_HTTP_REQUEST_MAX_RETRIES
from mlflow.exceptions import MlflowException

from problem import Problem

CREDENTIALS = 'eval "$(./scripts/credentials NAME)" on the platform\'s machine, or ask its administrator for yours'


def begin_run(experiment: str, tags: dict[str, str]) -> mlflow.ActiveRun:
    """Begin a run in `experiment`. Raises Problem when the server is unset, does not answer or refuses."""
    server = os.environ.get("MLFLOW_TRACKING_URI")
    if not server:
        raise Problem("no tracking server", "expected MLFLOW_TRACKING_URI in the environment, found none", CREDENTIALS)
    try:
        with _short_patience():
            mlflow.set_experiment(experiment)
            return mlflow.start_run(tags=tags)
    except MlflowException as error:
        raise _explained(error, server) from error


@contextmanager
def _short_patience() -> Iterator[None]:
    """MLflow repeats a failed request for minutes; whoever has just typed a command wants to know now."""
    chosen = MLFLOW_HTTP_REQUEST_MAX_RETRIES.is_set()
    if not chosen:
        MLFLOW_HTTP_REQUEST_MAX_RETRIES.set(1)
    try:
        yield
    finally:
        if not chosen:
            MLFLOW_HTTP_REQUEST_MAX_RETRIES.unset()


def _explained(error: MlflowException, server: str) -> Problem:
    status, user = error.get_http_status_code(), os.environ.get("MLFLOW_TRACKING_USERNAME", "nobody")
    if status == 401:
        return Problem(f"{server} does not know you", f"you came as {user!r}: {error.message}", CREDENTIALS, code=5)
    if status == 403:
        return Problem(f"{server} does not let {user!r} log runs", error.message, "ask a maintainer for a role", code=5)
    if status < 500:
        return Problem(f"{server} refuses this run", error.message, "put right what it names, then again", code=2)
    return Problem(f"{server} does not answer", error.message, "check that the platform is up", code=4)
