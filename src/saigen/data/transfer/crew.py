"""Work on many objects at once: as many threads as the storage's distance asks for; the first error ends all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")
_FEWEST = 8  # busy enough beside a storage next door, where more threads only wait for each other
_MOST = 64
_PER_SECOND = 2000  # threads for each second that one answer takes


def threads_for(latency: float) -> int:
    """How many requests are worth sending at once to a storage that answers in `latency` seconds."""
    return max(_FEWEST, min(_MOST, int(latency * _PER_SECOND)))


def each(items: Iterable[T], work: Callable[[T], None], threads: int) -> None:
    """Call `work` with every item, `threads` at once, in no order. Items are taken one by one as they are needed.

    Raises:
        Whatever `work` or `items` raise first, once all threads have ended.
    """
    crew = _Crew(items, work)
    members = [threading.Thread(target=crew.run, daemon=True) for _ in range(threads)]
    for member in members:
        member.start()
    try:
        for member in members:
            member.join()
    except BaseException as error:
        crew.errors.append(error)  # Ctrl-C: what is under way ends, nothing new begins
        raise
    if crew.errors:
        raise crew.errors[0]


class _Crew:
    def __init__(self, items: Iterable[T], work: Callable[[T], None]) -> None:
        self.errors: list[BaseException] = []
        self._items = iter(items)
        self._work = work
        self._turn = threading.Lock()

    def run(self) -> None:
        end = object()
        while not self.errors:
            try:
                with self._turn:
                    item = next(self._items, end)
                if item is end:
                    return
                self._work(item)  # type: ignore[arg-type]
            except BaseException as error:
                self.errors.append(error)
