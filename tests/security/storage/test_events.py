"""Patch 12: what happens to objects is told when it happens, not when some kilobytes have come together."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import urllib3
from minio import Minio

from tests.security.storage.server import Server

SECONDS = 20


class Pool(urllib3.PoolManager):
    """Says when the server has answered that it tells events from now on."""

    def __init__(self) -> None:
        super().__init__(timeout=SECONDS, retries=False)
        self.listening = Event()

    def urlopen(self, *arguments: Any, **options: Any) -> Any:
        response = super().urlopen(*arguments, **options)
        self.listening.set()
        return response


def test_each_event_is_told_before_the_next_one_happens(server: Server, s3: Any, bucket: str) -> None:
    pool, root = Pool(), server.root
    client = Minio(server.host, root.access_key, root.secret_key, secure=False, region="us-east-1", http_client=pool)
    names = ("s3:ObjectCreated:*", "s3:ObjectRemoved:*")
    with client.listen_bucket_notification(bucket, events=names) as events, ThreadPoolExecutor(1) as reader:
        told = reader.submit(next, events)
        assert pool.listening.wait(SECONDS)
        s3.put_object(Bucket=bucket, Key="a", Body=b"1234567")
        assert summary(told.result(SECONDS)) == [("s3:ObjectCreated:Put", "a", 7)]
        s3.delete_object(Bucket=bucket, Key="a")
        assert summary(next(events)) == [("s3:ObjectRemoved:Delete", "a", None)]


def summary(event: Mapping[str, Any]) -> list[tuple[str, str, int | None]]:
    """Name, key and size of each record. The size is that of the content, though it is encrypted on the disk."""
    objects = [(one["eventName"], one["s3"]["object"]) for one in event["Records"]]
    return [(name, described["key"], described.get("size")) for name, described in objects]
