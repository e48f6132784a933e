"""Waiting for a condition instead of for a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests
from tenacity import RetryError, Retrying, retry_if_exception_type, retry_if_result, stop_after_delay, wait_fixed

PATIENCE = 600  # seconds to wait for what comes by itself: so long that a slow machine is no failure


def eventually(
    condition: Callable[[], Any], within: float = PATIENCE, every: float = 0.5, say: Callable[[], str] = str
) -> Any:
    """Wait until `condition()` is true and return its value; AssertionError after `within` seconds.

    An AssertionError or a failed connection inside the condition counts as "not yet".

    Args:
        every: seconds from one question to the next. say: what explains a failure, asked when there is one.
    """
    again = retry_if_exception_type((AssertionError, requests.RequestException)) | retry_if_result(lambda v: not v)
    try:
        return Retrying(retry=again, stop=stop_after_delay(within), wait=wait_fixed(every))(condition)
    except RetryError as error:
        last = error.last_attempt
        detail = last.exception() if last.failed else f"last value: {last.result()!r}"
        raise AssertionError(f"not so within {within} s: {detail} {say()}".rstrip()) from None
