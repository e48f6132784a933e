"""Patches 12 and 13: what happens to objects is told when it happens, and nothing is left out unsaid."""

from __future__ import annotations

import http.client
import io
import json
import socket
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any
from urllib.parse import unquote

import pytest
import urllib3
from minio import Minio
from minio.commonconfig import SnowballObject

from tests.security.storage.server import Server
from tests.security.storage.sigv4 import Request, sign

SECONDS = 20
# Keys of one request, each so long that its event has three kilobytes: in all more events than the server keeps for a
# listener, and more bytes than the connections on the way to it take (each up to 32 MiB, where the kernel lets it).
AT_ONCE, REQUESTS, FOLDERS = 1000, 40, f"{'f' * 240}/" * 4


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


def test_each_object_of_an_archive_is_told(server: Server, bucket: str) -> None:
    pool, root = Pool(), server.root
    listener = Minio(server.host, root.access_key, root.secret_key, secure=False, region="us-east-1", http_client=pool)
    sender = Minio(server.host, root.access_key, root.secret_key, secure=False, region="us-east-1")
    names = ("s3:ObjectCreated:*",)
    with listener.listen_bucket_notification(bucket, events=names) as events, ThreadPoolExecutor(1) as reader:
        told = reader.submit(lambda: [summary(next(events)) for _ in "ab"])
        assert pool.listening.wait(SECONDS)
        files = [SnowballObject(name, data=io.BytesIO(b"1234567"), length=7) for name in "ab"]
        sender.upload_snowball_objects(bucket_name=bucket, object_list=files)
        assert sorted(told.result(SECONDS)) == [[("s3:ObjectCreated:Put", name, 7)] for name in "ab"]


def summary(event: Mapping[str, Any]) -> list[tuple[str, str, int | None]]:
    """Name, key and size of each record. The size is that of the content, though it is encrypted on the disk."""
    objects = [(one["eventName"], one["s3"]["object"]) for one in event["Records"]]
    return [(name, described["key"], described.get("size")) for name, described in objects]


@pytest.mark.timeout(300)  # blanks would keep a stream alive that does not end
def test_the_stream_of_a_listener_that_is_too_slow_ends_before_something_is_left_out(
    server: Server, s3: Any, bucket: str
) -> None:
    request = sign(Request("GET", f"/{bucket}", "events=s3%3AObjectRemoved%3A%2A"), server.root, host=server.host)
    stream = http.client.HTTPConnection(server.host, timeout=SECONDS)
    stream.connect()
    stream.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
    stream.request("GET", f"{request.path}?{request.query}", headers=dict(request.headers))
    answer = stream.getresponse()
    assert answer.status == 200
    removed = [f"{FOLDERS}{number:06}" for number in range(AT_ONCE * REQUESTS)]
    for first in range(0, len(removed), AT_ONCE):
        keys = [{"Key": key} for key in removed[first : first + AT_ONCE]]
        said = s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
        assert "Errors" not in said

    told: list[str] = []
    while line := answer.readline().strip():  # until it ends: blanks keep the connection alive
        told += [unquote(one["s3"]["object"]["key"]) for one in json.loads(line)["Records"]]
        assert told[-1] == removed[len(told) - 1]

    assert AT_ONCE < len(told) < len(removed)
