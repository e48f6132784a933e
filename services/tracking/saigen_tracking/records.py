"""What the tracking database says about ownership, asked when a request needs it and it is not known yet."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import psycopg2

from saigen_tracking import tags
from saigen_tracking.access import Person, Role
from saigen_tracking.errors import Refusal
from saigen_tracking.postgres import DeadlineError, Postgres, Row
from saigen_tracking.rules import DATASET, MODEL, RUN, VERSION, Owned, Requirement, WriteOnce

_logger = logging.getLogger(__name__)

# Owner, or '' where MLflow recorded none. A logged model is its signer's, else its source run's author's.
_OWNER = {
    RUN: "SELECT coalesce(user_id, '') FROM runs WHERE run_uuid = %s",
    MODEL: """SELECT coalesce(t.tag_value, r.user_id, '') FROM logged_models m
              LEFT JOIN logged_model_tags t ON t.model_id = m.model_id AND t.tag_key = 'mlflow.user'
              LEFT JOIN runs r ON r.run_uuid = m.source_run_id WHERE m.model_id = %s""",
    DATASET: "SELECT coalesce(created_by, '') FROM evaluation_datasets WHERE dataset_id = %s",
}
_ARTIFACTS = {
    RUN: "SELECT artifact_uri FROM runs WHERE run_uuid = %s",
    MODEL: "SELECT artifact_location FROM logged_models WHERE model_id = %s",
    VERSION: """SELECT coalesce(nullif(storage_location, ''), source) FROM model_versions
                WHERE name = %s AND version = %s AND current_stage <> 'Deleted_Internal'""",
}
_TAGS = "SELECT key, value FROM tags WHERE run_uuid = %s AND key = ANY(%s)"
_ANSWER_SECONDS = 3.0


class Records:
    """Owners and tags as the database has them.

    An owner never changes (the server wrote it when the thing was made, and refuses to let anyone write it again), so
    it is remembered: at most `remember` of them, the longest unused forgotten first. Two requests of one author that
    write the same write-once tag at the same moment may both find it free; the later one then stands.
    """

    def __init__(self, database: Postgres, remember: int = 100_000) -> None:
        self._database = database
        self._remember = remember
        self._owners: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="records")

    async def settle(self, requirements: Iterable[Requirement], caller: Person) -> None:
        """Check what a request needs.

        Raises:
            Refusal: 403 not the caller's, or written once; 404 no such thing; 503 the database does not answer.
        """
        for requirement in requirements:
            if isinstance(requirement, WriteOnce):
                await self._require_once(requirement)
            elif caller.role is not Role.MAINTAINER:
                await self._require_owner(requirement, caller)

    async def artifact_root(self, kind: str, *subject: str) -> str | None:
        """The artifact URI of a run, a logged model, or a name's version; None if there is no such thing.

        Raises:
            Refusal: 503.
        """
        rows = await self._ask(_ARTIFACTS[kind], subject)
        return str(rows[0][0]) if rows else None

    async def _require_owner(self, needed: Owned, caller: Person) -> None:
        owner = self._owners.get((needed.kind, needed.id))
        if owner is None:
            owner = await self._find_owner(needed)
        else:
            self._owners.move_to_end((needed.kind, needed.id))
        if owner != caller.name:
            raise Refusal(403, f"{needed.kind} {needed.id} is {owner or 'nobody'}'s: {needed.otherwise}")

    async def _find_owner(self, needed: Owned) -> str:
        rows = await self._ask(_OWNER[needed.kind], (needed.id,))
        if not rows:
            raise Refusal(404, f"there is no {needed.kind} {needed.id}")
        self._owners[needed.kind, needed.id] = owner = str(rows[0][0])
        while len(self._owners) > self._remember:
            self._owners.popitem(last=False)
        return owner

    async def _require_once(self, needed: WriteOnce) -> None:
        keys = [key for key, _ in needed.tags]
        now: dict[str, str] = dict(await self._ask(_TAGS, (needed.run_id, keys)))
        for key, value in needed.tags:
            if not tags.may_become(key, now.get(key), value):
                raise Refusal(403, f"{key} is written once: it stays {now.get(key, 'what the server wrote')!r}")

    async def _ask(self, statement: str, parameters: tuple[object, ...]) -> list[Row]:
        loop = asyncio.get_running_loop()
        try:
            asked = loop.run_in_executor(self._threads, self._database.rows, statement, parameters)
            return await asyncio.wait_for(asked, _ANSWER_SECONDS)
        except (psycopg2.Error, DeadlineError, TimeoutError) as error:
            _logger.error("the tracking database does not answer: %s", error)  # noqa: TRY400
            raise Refusal(503, "the tracking database does not answer; try again") from error
