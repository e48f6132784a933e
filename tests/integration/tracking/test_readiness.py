"""/ready tells the truth, in time, with each store stopped and with each one hung."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import requests

from tests.integration.tracking.stack import TrackingStack
from tests.shipped import paused, stopped
from tests.waiting import eventually

Harm = Callable[[str], AbstractContextManager[None]]

IN_TIME = 2.5
STORES = {"postgres": "postgres", "storage": "artifacts"}


def ready(stack: TrackingStack) -> tuple[int, dict[str, str], float]:
    """Status, body and seconds of one question."""
    started = time.monotonic()
    answer = requests.get(f"{stack.url}/ready", timeout=30)
    return answer.status_code, answer.json(), time.monotonic() - started


def told(stack: TrackingStack, store: str) -> tuple[dict[str, str], float] | None:
    """Body and seconds of an answer that says that this store alone is not well; None if it does not say that."""
    status, state, took = ready(stack)
    return (state, took) if status == 503 and [name for name in state if state[name] != "ok"] == [store] else None


def assert_back(stack: TrackingStack, store: str) -> None:
    """The store is well again and every worker says so (an answer may be a second old, so the store is asked first)."""
    stack.wait_healthy(store)
    eventually(lambda: all(ready(stack)[0] == 200 for _ in range(8)))


def test_both_stores_are_well(tracking: TrackingStack) -> None:
    status, state, _ = ready(tracking)

    assert (status, state) == (200, {"postgres": "ok", "artifacts": "ok"})


@pytest.mark.parametrize("store", STORES)
@pytest.mark.parametrize("harm", [paused, stopped])
def test_a_store_that_is_down_or_hung_is_told_in_time(tracking: TrackingStack, store: str, harm: Harm) -> None:
    with harm(tracking.container(store)):
        state, took = eventually(lambda: told(tracking, STORES[store]), within=10)
        health = requests.get(f"{tracking.url}/health", timeout=5)

    assert took <= IN_TIME
    assert "no answer within" in state[STORES[store]] or "does not answer" in state[STORES[store]]
    assert health.status_code == 200
    assert_back(tracking, store)


def test_a_write_waits_no_longer_than_that_for_a_hung_database(tracking: TrackingStack, run_id: str) -> None:
    with paused(tracking.container("postgres")):
        started = time.monotonic()
        answer = tracking.api("reviewer", "runs/log-parameter", {"run_id": run_id[::-1], "key": "a", "value": "b"})
        took = time.monotonic() - started

    assert answer.status_code == 503
    assert took <= 4
    assert_back(tracking, "postgres")


def test_a_member_is_refused_with_the_database_down(tracking: TrackingStack) -> None:
    with stopped(tracking.container("postgres")):
        answers = [
            tracking.call("author", "PUT", f"/api/2.0/mlflow-artifacts/artifacts/0/{'0' * 32}/artifacts/x", data=b"x"),
            tracking.call("watcher", "POST", "/api/2.0/mlflow/runs/create", json={}),
            tracking.call(None, "GET", "/version"),
        ]

    assert [answer.status_code for answer in answers] == [503, 403, 401]
    assert_back(tracking, "postgres")
