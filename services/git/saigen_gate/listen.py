"""The job that the storage tells which objects come and go, by MinIO's own stream of events."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterator, Mapping
from queue import SimpleQueue
from threading import Thread
from typing import Any
from urllib.parse import unquote_plus, urlsplit

import urllib3
from minio import Minio

from saigen_gate.known import Change, listening
from saigen_gate.storage import BUCKET, ENDPOINT, reach_storage

EVENTS = ("s3:ObjectCreated:*", "s3:ObjectRemoved:*")
_KEY = re.compile(r"(.+/)([0-9a-f]{2})/([0-9a-f]{30})")  # the lists of directories end in .dir: each is read anyhow
_AT_ONCE = 5_000  # changes in one transaction
_TIMEOUT = urllib3.Timeout(connect=5, read=10)  # a stream in which nothing happens brings a blank twice a second

_Told = SimpleQueue[list[Change] | BaseException]


class EndedError(Exception):
    """The stream of events ended."""


class _Available(io.RawIOBase):
    """What has come of a response: a read does not wait until it is full."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response = response

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Wait until something has come; 0 at the end."""
        found = self._response.read1(len(buffer))
        buffer[: len(found)] = found
        return len(found)


class _Lines:
    """A response of which lines are read: urllib3's own `readline` asks for one byte at a time, 100 lines a second."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response = response
        self.readline = io.BufferedReader(_Available(response)).readline

    def __getattr__(self, name: str) -> Any:
        return getattr(self._response, name)


class OneStream(urllib3.PoolManager):
    """Connects once, and says so: the library would connect again unseen, and what went meanwhile is not told."""

    def __init__(self, connected: Callable[[], None]) -> None:
        super().__init__(timeout=_TIMEOUT, retries=False)
        self._connected: Callable[[], None] | None = connected

    def urlopen(self, *arguments: Any, **options: Any) -> Any:
        """A request: the first, or none."""
        if self._connected is None:
            raise EndedError
        response = super().urlopen(*arguments, **options)
        if response.status != 200:
            return response
        self._connected()
        self._connected = None
        return _Lines(response)


def changes(event: Mapping[str, Any]) -> Iterator[Change]:
    """What an event says of objects that hold data. Pure."""
    for record in event["Records"]:
        key, size = unquote_plus(record["s3"]["object"]["key"]), record["s3"]["object"].get("size")
        if match := _KEY.fullmatch(key):
            removed = record["eventName"].startswith("s3:ObjectRemoved:")
            yield Change(match[1], match[2] + match[3], None if removed else int(size))


def listen() -> None:
    """Write down what the storage tells, until the connection ends.

    What is told is read by a thread of its own and waits here until it is written, however long that takes: the storage
    does not wait, and ends the stream of whoever does not keep up.

    Raises:
        BlockedError: there are no credentials. MinioException, HTTPError: the storage refuses, or does not answer.
    """
    reach_storage(os.environ)
    told: _Told = SimpleQueue()
    Thread(target=_read, args=(told,), daemon=True).start()
    try:
        _next(told)
        with listening() as known:
            while True:
                changed = _next(told)
                while not told.empty() and len(changed) < _AT_ONCE:
                    changed += _next(told)
                known.write(changed)
    except EndedError:
        return


def _next(told: _Told) -> list[Change]:
    found = told.get()
    if isinstance(found, BaseException):
        raise found
    return found


def _read(told: _Told) -> None:
    """Hand over nothing once the storage tells, then what it tells, and at last why it ended."""
    try:
        client = Minio(
            urlsplit(ENDPOINT).netloc,
            os.environ["AWS_ACCESS_KEY_ID"],
            os.environ["AWS_SECRET_ACCESS_KEY"],
            secure=False,
            region=os.environ["AWS_REGION"],
            http_client=OneStream(lambda: told.put([])),
        )
        with client.listen_bucket_notification(BUCKET, events=EVENTS) as events:
            for event in events:
                told.put(list(changes(event)))
    except BaseException as error:  # whoever writes raises it
        told.put(error)
