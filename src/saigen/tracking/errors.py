"""MLflow's errors as ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from saigen.errors import BlockedError, NotPermittedError, SaigenError, UnreachableError, UsageError

LOGIN = "saigen login URL    (or set MLFLOW_TRACKING_URI, and MLFLOW_TRACKING_USERNAME and _PASSWORD)"


@contextmanager
def our_errors(uri: str | None, what: str) -> Iterator[None]:
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        raise ours(uri or "", what, error) from error
    except OSError as error:
        raise UnreachableError("the tracking server does not answer", f"{uri}: {error}", "saigen doctor") from error


def ours(uri: str, what: str, error: Any) -> SaigenError:
    status = error.get_http_status_code()
    message = str(error.message).strip().splitlines()[0][:500] if error.message else ""
    if status == 401:
        return NotPermittedError("the tracking server does not know you", f"{uri}: {message}", LOGIN)
    if status == 403:
        return NotPermittedError(f"the tracking server refuses {what}", message, "ask a maintainer")
    if status == 404:
        return BlockedError(f"there is no {what}", f"{uri}: {message}", "check the id, and MLFLOW_TRACKING_URI")
    if status >= 500:
        return UnreachableError("the tracking server does not answer", f"{uri}: {message}", "saigen doctor")
    return UsageError(f"the tracking server refuses {what}", message, "put right what it names")
