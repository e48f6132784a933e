"""`GET /ready`: true only when the database and the bucket both answer, each within two seconds.

Asked often, it asks them at most once a second: probes that arrive together share one answer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from saigen_tracking.postgres import Postgres
from saigen_tracking.responses import Send, answer_json
from saigen_tracking.storage import Storage

LIMIT_SECONDS = 2.0
KEEP_SECONDS = 1.0


class Readiness:
    """Whether the two stores answer."""

    def __init__(self, database: Postgres, storage: Storage) -> None:
        self._probes: dict[str, Callable[[], object]] = {
            "postgres": lambda: database.rows("SELECT 1"),
            "artifacts": storage.require_bucket,
        }
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="ready")
        self._asked: asyncio.Task[dict[str, str]] | None = None
        self._answered_at = float("-inf")

    async def answer(self, send: Send) -> None:
        """Answer 200 when both are well, 503 otherwise; the body says which."""
        found = await self.state()
        well = all(state == "ok" for state in found.values())
        await answer_json(send, 200 if well else 503, found, [(b"cache-control", b"no-store")])

    async def state(self) -> dict[str, str]:
        """`ok` or what is wrong, by store."""
        task = self._asked
        if task is None or (task.done() and time.monotonic() - self._answered_at > KEEP_SECONDS):
            task = self._asked = asyncio.create_task(self._ask_all())
        return await asyncio.shield(task)

    async def _ask_all(self) -> dict[str, str]:
        states = await asyncio.gather(*(self._ask(probe) for probe in self._probes.values()))
        self._answered_at = time.monotonic()
        return dict(zip(self._probes, states, strict=True))

    async def _ask(self, probe: Callable[[], object]) -> str:
        try:
            loop = asyncio.get_running_loop()
            await asyncio.wait_for(loop.run_in_executor(self._threads, probe), LIMIT_SECONDS)
        except TimeoutError:
            return f"no answer within {LIMIT_SECONDS:g} s"
        except Exception as error:  # whatever it is, the store is not well
            return f"does not answer ({type(error).__name__})"
        return "ok"
