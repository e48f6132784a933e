"""The layer as an ASGI app around another: what gets through, and as what."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from saigen_tracking.bodies import MAX_JSON_BYTES
from saigen_tracking.downloads import Downloads
from saigen_tracking.layer import Layer
from saigen_tracking.people import PeopleFile
from saigen_tracking.readiness import Readiness
from saigen_tracking.records import Records
from saigen_tracking.routes import RouteTable, load_routes
from saigen_tracking.settings import Settings
from saigen_tracking.storage import Storage

RUN = "0123456789abcdef0123456789abcdef"
API = "/api/2.0/mlflow"


class FakeDatabase:
    """Answers what Records asks; counts the questions."""

    def __init__(self, owners: dict[str, str], tags: dict[str, str] | None = None) -> None:
        self.owners, self.tags, self.asked, self.down = owners, tags or {}, 0, False

    def rows(self, statement: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        self.asked += 1
        if self.down:
            raise psycopg2.OperationalError("gone")
        if "FROM tags" in statement:
            return [(key, self.tags[key]) for key in parameters[1] if key in self.tags]
        owner = self.owners.get(parameters[0])
        return [] if owner is None else [(owner,)]


class World:
    """The layer around an app that remembers what reached it."""

    def __init__(self, folder: Path, database: FakeDatabase) -> None:
        people = {
            name: {"role": role, "sha256": hashlib.sha256(name.encode()).hexdigest()}
            for name, role in {
                "author": "member",
                "reviewer": "member",
                "watcher": "viewer",
                "captain": "maintainer",
            }.items()
        }
        (folder / "people.json").write_text(json.dumps({"version": 1, "people": people}))
        file = PeopleFile(folder / "people.json")
        file.load()
        storage, records = Storage(Settings()), Records(database)  # type: ignore[arg-type]
        readiness = Readiness(database, storage)  # type: ignore[arg-type]
        downloads = Downloads(storage, records)
        self.layer = Layer(self._app, RouteTable(load_routes()), file, records, readiness, downloads)
        self.reached: list[tuple[str, bytes, dict[bytes, bytes]]] = []

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.reached.append((scope["path"], body, dict(scope["headers"])))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"mlflow"})

    def ask(
        self,
        name: str | None,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] = b"",
        headers: tuple[tuple[bytes, bytes], ...] = (),
        query: bytes = b"",
    ) -> tuple[int, str, dict[bytes, bytes]]:
        """Status, body and headers of the answer; name and secret are the same word."""
        given = (b"authorization", b"Basic " + base64.b64encode(f"{name}:{name}".encode()))
        scope = {
            "type": "http", "method": method, "path": path, "query_string": query,
            "headers": [(b"host", b"ml.example.org"), *([given] if name else []), *headers],
        }  # fmt: skip
        return asyncio.run(self._exchange(scope, [body] if isinstance(body, bytes) else list(body)))

    async def _exchange(self, scope: Any, chunks: list[bytes]) -> tuple[int, str, dict[bytes, bytes]]:
        sent: list[Any] = []
        messages = [
            {"type": "http.request", "body": chunk, "more_body": position < len(chunks) - 1}
            for position, chunk in enumerate(chunks)
        ]

        async def receive() -> Any:
            return messages.pop(0) if messages else {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.layer(scope, receive, send)
        text = b"".join(message.get("body", b"") for message in sent).decode()
        return sent[0]["status"], text, dict(sent[0].get("headers", []))

    def post(self, name: str, path: str, body: Any) -> tuple[int, str]:
        """Status and text of a JSON POST."""
        status, text, _ = self.ask(name, "POST", API + path, json.dumps(body).encode())
        return status, text


@pytest.fixture
def database() -> FakeDatabase:
    return FakeDatabase({RUN: "author"})


@pytest.fixture
def world(tmp_path: Path, database: FakeDatabase) -> World:
    return World(tmp_path, database)


@pytest.mark.parametrize("name", [None, "nobody"])
@pytest.mark.parametrize(
    "path", ["/", "/version", f"{API}/runs/get", "/no/such/route", "/metrics", "/static-files/x.js"]
)
def test_without_credentials_nothing_reaches_mlflow(world: World, name: str | None, path: str) -> None:
    status, _, headers = world.ask(name, "GET", path)

    assert status == 401
    assert headers[b"www-authenticate"].startswith(b"Basic")
    assert world.reached == []


def test_health_needs_no_credentials(world: World) -> None:
    assert world.ask(None, "GET", "/health")[0] == 200


def test_a_websocket_is_refused(world: World) -> None:
    sent: list[Any] = []

    async def connect() -> None:
        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            return {"type": "websocket.connect"}

        await world.layer({"type": "websocket", "path": "/", "headers": []}, receive, send)

    asyncio.run(connect())
    assert sent == [{"type": "websocket.close", "code": 1008}]
    assert world.reached == []


def test_reading_asks_the_database_nothing(world: World, database: FakeDatabase) -> None:
    for name in ("author", "reviewer", "watcher", "captain"):
        assert world.ask(name, "GET", f"{API}/runs/get")[0] == 200
        assert world.post(name, "/runs/search", {})[0] == 200
    assert database.asked == 0


def test_an_owner_is_asked_for_once(world: World, database: FakeDatabase) -> None:
    for _ in range(5):
        assert world.post("author", "/runs/log-metric", {"run_id": RUN})[0] == 200
    assert database.asked == 1


def test_anothers_run_is_refused_and_a_maintainer_may(world: World) -> None:
    status, text = world.post("reviewer", "/runs/log-metric", {"run_id": RUN})
    assert status == 403
    assert "author" in text
    assert world.post("captain", "/runs/log-metric", {"run_id": RUN})[0] == 200
    assert len(world.reached) == 1


def test_a_run_that_is_not_there_is_not_found(world: World) -> None:
    assert world.post("author", "/runs/log-metric", {"run_id": "nope"})[0] == 404


def test_a_body_that_was_only_checked_goes_on_as_it_came(world: World) -> None:
    raw = b'{ "run_id" : "' + RUN.encode() + b'", "metrics": [{"key": "a", "value": NaN}] }'

    status, _, _ = world.ask("author", "POST", f"{API}/runs/log-batch", [raw[:7], raw[7:]])

    assert status == 200
    assert world.reached[0][1] == raw


def test_a_body_that_was_signed_has_its_new_length(world: World) -> None:
    headers = ((b"content-length", b"2"), (b"transfer-encoding", b"chunked"))

    world.ask("author", "POST", f"{API}/runs/create", b"{}", headers)

    _, body, received = world.reached[0]
    assert json.loads(body)["user_id"] == "author"
    assert received[b"content-length"] == str(len(body)).encode()
    assert b"transfer-encoding" not in received


@pytest.mark.parametrize(("version", "status"), [("1", 404), ("latest", 400)])
def test_no_file_of_a_model_is_fetched_by_the_server(
    world: World, database: FakeDatabase, version: str, status: int
) -> None:
    database.owners["prompt"] = "dummy-source"
    query = f"name=prompt&version={version}&path=x".encode()

    assert world.ask("watcher", "GET", "/model-versions/get-artifact", query=query)[0] == status
    assert world.reached == []


def test_an_artifact_streams_through_unread(world: World) -> None:
    chunks = [b"a" * 1000] * 50

    status, _, _ = world.ask("author", "PUT", f"/api/2.0/mlflow-artifacts/artifacts/1/{RUN}/artifacts/x", chunks)

    assert status == 200
    assert len(world.reached[0][1]) == 50_000


def test_an_artifact_of_anothers_run_is_refused_before_its_body_is_read(world: World) -> None:
    path = f"/api/2.0/mlflow-artifacts/artifacts/1/{RUN}/artifacts/x"

    assert world.ask("reviewer", "PUT", path, [b"x"] * 3)[0] == 403
    assert world.reached == []


def test_a_body_that_is_too_large_is_refused_by_its_word_and_by_its_bytes(world: World) -> None:
    said = ((b"content-length", str(MAX_JSON_BYTES + 1).encode()),)
    chunk = b" " * (8 * 1024 * 1024)

    assert world.ask("author", "POST", f"{API}/runs/log-batch", b"{}", said)[0] == 413
    assert world.ask("author", "POST", f"{API}/runs/log-batch", [chunk] * 5)[0] == 413
    assert world.reached == []


def test_a_client_that_leaves_gets_nothing_done(world: World) -> None:
    async def leave() -> None:
        async def receive() -> Any:
            return {"type": "http.disconnect"}

        async def send(_message: Any) -> None:
            raise AssertionError("nobody is there")

        given = (b"authorization", b"Basic " + base64.b64encode(b"author:author"))
        scope = {"type": "http", "method": "POST", "path": f"{API}/runs/create", "query_string": b"",
                 "headers": [(b"host", b"x"), given]}  # fmt: skip
        await world.layer(scope, receive, send)

    asyncio.run(leave())
    assert world.reached == []


def test_a_record_that_is_there_stays(tmp_path: Path) -> None:
    world = World(tmp_path, FakeDatabase({RUN: "author"}, {"saigen.commit": "abc", "saigen.state": "code=unpushed"}))
    batch = {"run_id": RUN, "tags": [{"key": "saigen.commit", "value": "abd"}]}

    assert world.post("author", "/runs/log-batch", batch)[0] == 403
    assert world.post("captain", "/runs/set-tag", {"run_id": RUN, "key": "saigen.commit", "value": "abd"})[0] == 403
    assert world.post("author", "/runs/set-tag", {"run_id": RUN, "key": "saigen.commit", "value": "abc"})[0] == 200
    assert (
        world.post("author", "/runs/set-tag", {"run_id": RUN, "key": "saigen.state", "value": "code=pushed"})[0] == 200
    )


def test_a_database_that_is_down_is_said_and_nothing_is_let_through(world: World, database: FakeDatabase) -> None:
    database.down = True

    assert world.post("author", "/runs/log-metric", {"run_id": RUN})[0] == 503
    assert world.reached == []


def test_refusals_look_like_mlflows_own(world: World) -> None:
    _, text = world.post("watcher", "/runs/create", {})

    assert json.loads(text) == {"error_code": "PERMISSION_DENIED", "message": "watcher is a viewer: reading only"}
