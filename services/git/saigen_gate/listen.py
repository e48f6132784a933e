"""The job that the storage tells which objects come and go, by MinIO's own stream of events."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any
from urllib.parse import unquote_plus, urlsplit

import urllib3
from minio import Minio

from saigen_gate.known import Change, Known, listening
from saigen_gate.storage import BUCKET, ENDPOINT, reach_storage

EVENTS = ("s3:ObjectCreated:*", "s3:ObjectRemoved:*")
_KEY = re.compile(r"(.+/)([0-9a-f]{2})/([0-9a-f]{30})")  # the lists of directories end in .dir: each is read anyhow
_TIMEOUT = urllib3.Timeout(connect=5, read=10)  # a stream in which nothing happens brings a blank twice a second


class _EndedError(Exception):
    """The stream of events ended."""


class _OneStream(urllib3.PoolManager):
    """Connects once, and says so: the library would connect again unseen, and what went meanwhile is not told."""

    def __init__(self, connected: Callable[[], None]) -> None:
        super().__init__(timeout=_TIMEOUT, retries=False)
        self._connected: Callable[[], None] | None = connected

    def urlopen(self, *arguments: Any, **options: Any) -> Any:
        """A request: the first, or none."""
        if self._connected is None:
            raise _EndedError
        response = super().urlopen(*arguments, **options)
        if response.status == 200:
            self._connected()
        self._connected = None
        return response


def changes(event: Mapping[str, Any]) -> Iterator[Change]:
    """What an event says of objects that hold data. Pure."""
    for record in event["Records"]:
        key, size = unquote_plus(record["s3"]["object"]["key"]), record["s3"]["object"].get("size")
        if match := _KEY.fullmatch(key):
            removed = record["eventName"].startswith("s3:ObjectRemoved:")
            yield Change(match[1], match[2] + match[3], None if removed else int(size))


def listen() -> None:
    """Write down what the storage tells, until the connection ends.

    Raises:
        BlockedError: there are no credentials. MinioException, HTTPError: the storage refuses, or does not answer.
    """
    reach_storage(os.environ)
    known: list[Known] = []
    with ExitStack() as stack:
        client = Minio(
            urlsplit(ENDPOINT).netloc,
            os.environ["AWS_ACCESS_KEY_ID"],
            os.environ["AWS_SECRET_ACCESS_KEY"],
            secure=False,
            region=os.environ["AWS_REGION"],
            http_client=_OneStream(lambda: known.append(stack.enter_context(listening()))),
        )
        try:
            with client.listen_bucket_notification(BUCKET, events=EVENTS) as events:
                for event in events:
                    known[0].write(changes(event))
        except _EndedError:
            return
