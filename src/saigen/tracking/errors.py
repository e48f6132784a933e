"""What a tracking server refuses, as our errors."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from saigen.errors import BlockedError, NotPermittedError, SaigenError, UnreachableError, UsageError
from saigen.tracking.rest import AnswerError

LOGIN = "saigen login URL    (or set MLFLOW_TRACKING_URI, and MLFLOW_TRACKING_USERNAME and _PASSWORD)"


@contextmanager
def our_errors(uri: str | None, what: str) -> Iterator[None]:
    """Let what the server refuses, asked in whichever way, be an error of ours that names `what`."""
    try:
        yield
    except AnswerError as error:
        raise ours(uri or "", what, error.status, error.message) from error
    except OSError as error:
        raise UnreachableError("the tracking server does not answer", f"{uri}: {error}", "saigen doctor") from error
    except Exception as error:
        status = mlflows_status(error)
        if status is None:
            raise
        raise ours(uri or "", what, status, str(getattr(error, "message", ""))) from error


def mlflows_status(error: Exception) -> int | None:
    """The HTTP status of an error of MLflow's client; None of any other error. MLflow is not imported for that."""
    mlflow = sys.modules.get("mlflow.exceptions")
    if mlflow is None or not isinstance(error, mlflow.MlflowException):
        return None
    return int(error.get_http_status_code())


def ours(uri: str, what: str, status: int, said: str) -> SaigenError:
    """The error for an HTTP status and the server's words."""
    message = next(iter(said.strip().splitlines()), "")[:500]
    if status == 401:
        return NotPermittedError("the tracking server does not know you", f"{uri}: {message}", LOGIN)
    if status == 403:
        return NotPermittedError(f"the tracking server refuses {what}", message, "ask a maintainer")
    if status == 404:
        return BlockedError(f"there is no {what}", f"{uri}: {message}", "check the id, and MLFLOW_TRACKING_URI")
    if status >= 500:
        return UnreachableError("the tracking server does not answer", f"{uri}: {message}", "saigen doctor")
    return UsageError(f"the tracking server refuses {what}", message, "put right what it names")
