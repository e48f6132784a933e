"""Searching for much: over MLflow's REST API as plain JSON, several pages at once; through its client page by page.

MLflow's own client turns each run into a protobuf message first, which takes ten times longer than the rest, and asks
for one page after the other. The pages of MLflow's server are numbered by offset; where a server's are not, they are
asked for in turn.
"""

from __future__ import annotations

import base64
import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

AT_ONCE = 3
Page = Mapping[str, Any]


def pages(ask: Callable[[str | None], Page], size: int) -> Iterator[Mapping[str, Any]]:
    """The runs of all pages, in order and each once, given how one page is asked for by its token."""
    first = ask(None)
    seen: set[str] = set()
    yield from _new(first, seen)
    token = first.get("next_page_token")
    if token == offset_token(size):
        yield from _at_once(ask, size, seen)
        return
    while token:
        page = ask(token)
        yield from _new(page, seen)
        token = page.get("next_page_token")


def _at_once(ask: Callable[[str | None], Page], size: int, seen: set[str]) -> Iterator[Mapping[str, Any]]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        waiting: deque[Future[Page]] = deque()
        following = 1
        while True:
            while len(waiting) < AT_ONCE:
                waiting.append(pool.submit(ask, offset_token(following * size)))
                following += 1
            page = waiting.popleft().result()
            yield from _new(page, seen)
            if not page.get("next_page_token"):
                return


def _new(page: Page, seen: set[str]) -> Iterator[Mapping[str, Any]]:
    """The runs of a page that no earlier one had: a run that begins meanwhile moves the others on."""
    for run in page.get("runs", ()):
        id = run["info"]["run_id"]
        if id not in seen:
            seen.add(id)
            yield run


def offset_token(offset: int) -> str:
    """The token of the page that begins at a run's number, as MLflow's server writes it."""
    return base64.b64encode(json.dumps({"offset": offset}).encode()).decode()


def every_value(ask: Callable[..., Any], *given: Any, **named: Any) -> Iterator[Any]:
    """What all pages of a search of MLflow's client hold."""
    token = None
    while True:
        page = ask(*given, **named, page_token=token)
        yield from page
        token = page.token
        if not token:
            return
