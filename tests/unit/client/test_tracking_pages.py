"""Reading many runs: every run once and in order, whatever the pages do."""

from __future__ import annotations

import math
import threading
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from saigen.tracking.pages import offset_token, pages
from saigen.tracking.runs import run_of_json


def run(number: int) -> dict[str, Any]:
    return {"info": {"run_id": f"{number:032x}"}}


class Server:
    """Answers pages of `size` runs by token, as MLflow does; remembers how many were asked for at once."""

    def __init__(self, runs: int, size: int, token: Any = offset_token) -> None:
        self.runs, self.size, self.token = runs, size, token
        self.offsets = {token(number): number for number in range(0, runs + 10 * size, size)}
        self.lock = threading.Lock()
        self.asked = 0

    def __call__(self, token: str | None) -> dict[str, Any]:
        with self.lock:
            self.asked += 1
        start = self.offsets[token] if token else 0
        page: dict[str, Any] = {"runs": [run(number) for number in range(start, min(start + self.size, self.runs))]}
        if start + self.size < self.runs:
            page["next_page_token"] = self.token(start + self.size)
        return page


@given(st.integers(0, 40), st.integers(1, 12), st.sampled_from([offset_token, lambda offset: f"cursor-{offset}"]))
def test_every_run_comes_once_and_in_order(runs: int, size: int, token: Any) -> None:
    found = list(pages(Server(runs, size, token), size))
    assert found == [run(number) for number in range(runs)]


def test_one_page_asks_once() -> None:
    server = Server(5, 10)
    assert len(list(pages(server, 10))) == 5
    assert server.asked == 1


def test_a_server_with_other_tokens_is_asked_in_turn() -> None:
    server = Server(30, 10, lambda offset: f"cursor-{offset}")
    list(pages(server, 10))
    assert server.asked == 3


def test_a_run_that_moved_to_the_next_page_comes_once() -> None:
    answers = {
        None: {"runs": [run(1), run(2)], "next_page_token": "x"},
        "x": {"runs": [run(2), run(3)]},
    }
    assert [found["info"]["run_id"] for found in pages(answers.__getitem__, 2)] == [f"{n:032x}" for n in (1, 2, 3)]


def test_json_of_a_run_becomes_our_run() -> None:
    found = run_of_json(
        {
            "info": {
                "run_id": "r",
                "experiment_id": "1",
                "run_name": "brave",
                "status": "FINISHED",
                "user_id": "someone",
                "start_time": "1700000000000",
                "artifact_uri": "mlflow-artifacts:/1/r/artifacts",
            },
            "data": {
                "metrics": [{"key": "a", "value": 1}, {"key": "b", "value": "NaN"}, {"key": "c"}],
                "params": [{"key": "p", "value": "1"}, {"key": "empty"}],
                "tags": [{"key": "mlflow.user", "value": "author"}],
            },
        }
    )
    assert (found.user, found.start, found.end, found.metrics["a"]) == ("author", 1_700_000_000_000, None, 1.0)
    assert math.isnan(found.metrics["b"])
    assert math.isnan(found.metrics["c"])
    assert found.params == {"p": "1", "empty": ""}


def test_a_run_without_data_has_none() -> None:
    found = run_of_json({"info": {"run_id": "r", "experiment_id": "1", "status": "RUNNING", "end_time": 5}})
    assert (found.metrics, found.tags, found.end) == ({}, {}, 5)
