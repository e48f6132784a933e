"""Bounds that keep the server alive do not get in the way of those who use it hard."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import requests

from tests.security.storage.server import Server
from tests.security.storage.sigv4 import Request, sign
from tests.security.storage.waiting import wait_until

FILES = 1000
MOST_REQUESTS = 512


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


def test_requests_above_the_limit_are_told_to_come_again(server: Server, bucket: str) -> None:
    request = sign(Request("PUT", f"/{bucket}/x"), server.root, host=server.host)
    headers = {**request.headers, "content-length": "1000"}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    address, port = server.host.split(":")
    with ExitStack() as uploads:
        for _ in range(MOST_REQUESTS):
            upload = uploads.enter_context(socket.create_connection((address, int(port))))
            upload.sendall(f"PUT {request.path} HTTP/1.1\r\n{head}\r\n".encode())
        refused = server.client().generate_presigned_url("list_buckets", ExpiresIn=60)
        wait_until(lambda: requests.get(refused, timeout=10).status_code == 429, what=lambda: "the limit to hold")
        assert "Retry-After" in requests.get(refused, timeout=10).headers
    served = server.client()
    wait_until(lambda: requests.get(refused, timeout=10).status_code == 200, what=lambda: "the server to serve again")
    assert bucket in {entry["Name"] for entry in served.list_buckets()["Buckets"]}
