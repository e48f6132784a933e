"""The one ASGI layer around all of MLflow: who calls, what the role may do, and authorship by the server.

request ─► public? ─► people.verify ─► admit(role, class) ─► examine(body) ─► records.settle ─► MLflow
                                                                          └─► downloads (redirected to the storage)
"""

from __future__ import annotations

import asyncio

from saigen_tracking import wire
from saigen_tracking.access import Person
from saigen_tracking.bodies import Disconnected, read_body, with_body
from saigen_tracking.credentials import basic_credentials
from saigen_tracking.downloads import Downloads
from saigen_tracking.errors import Refusal
from saigen_tracking.origin import origin_of, public_origin
from saigen_tracking.people import PeopleFile
from saigen_tracking.readiness import Readiness
from saigen_tracking.records import Records
from saigen_tracking.responses import App, Receive, Scope, Send, refuse
from saigen_tracking.routes import PUBLIC, READ, Match, RouteTable
from saigen_tracking.rules import Question, admit, examine, needs_body

_LARGE_BODY = 256 * 1024
_UNAUTHENTICATED = "sign in with your name and secret (MLFLOW_TRACKING_USERNAME, MLFLOW_TRACKING_PASSWORD)"


class Layer:
    """Wraps MLflow's app; nothing reaches MLflow but through it."""

    def __init__(  # noqa: PLR0917 - its parts, each once
        self,
        app: App,
        table: RouteTable,
        people: PeopleFile,
        records: Records,
        readiness: Readiness,
        downloads: Downloads,
    ) -> None:
        self._app = app
        self._table = table
        self._people = people
        self._records = records
        self._readiness = readiness
        self._downloads = downloads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "websocket":  # MLflow has none; closing before accepting answers 403
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._app(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        method, path = scope["method"], scope["path"]
        if path == "/ready" and method in ("GET", "HEAD"):
            await self._readiness.answer(send)
            return
        match = self._table.find(method, path)
        if match.route.kind == PUBLIC:
            await self._app(scope, receive, send)
            return
        try:
            caller = self._caller(scope)
            admit(caller, match.route.kind)
            public_origin.set(origin_of(scope["headers"]))
            if match.route.kind == READ:
                await self._read(scope, receive, send, match)
            else:
                await self._change(scope, receive, send, match, caller)
        except Refusal as refusal:
            await refuse(send, refusal)
        except Disconnected:
            return

    def _caller(self, scope: Scope) -> Person:
        credentials = basic_credentials(scope["headers"])
        caller = self._people.verify(*credentials) if credentials else None
        if caller is None:
            raise Refusal(401, _UNAUTHENTICATED)
        return caller

    async def _read(self, scope: Scope, receive: Receive, send: Send, match: Match) -> None:
        source = self._downloads.source_for(match)
        if source is None or not await self._downloads.serve(source, scope, send, match):
            await self._app(scope, receive, send)

    async def _change(self, scope: Scope, receive: Receive, send: Send, match: Match, caller: Person) -> None:
        kind = match.route.kind
        if not needs_body(kind):
            answer = examine(Question(caller, kind, match.values, scope["query_string"]))
            await self._records.settle(answer.requirements, caller)
            await self._app(scope, receive, send)
            return
        raw = await read_body(scope, receive)
        body = await asyncio.to_thread(wire.parse_body, raw) if len(raw) > _LARGE_BODY else wire.parse_body(raw)
        answer = examine(Question(caller, kind, match.values, scope["query_string"], body))
        await self._records.settle(answer.requirements, caller)
        if answer.body is not None:
            raw = wire.render_body(answer.body)
        await self._app(*with_body(scope, receive, raw), send)
