"""What the container lets anyone reach, and what it could do if someone took it over."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import requests

from tests.security.storage.asserts import assert_refused
from tests.security.storage.server import Server
from tests.security.storage.sigv4 import UNSIGNED, Request, sign
from tests.shipped import OWNER, DockerError

ANONYMOUS = [
    ("GET", "/", ""),
    ("PUT", "/newbucket", ""),
    ("GET", "/{bucket}", ""),
    ("GET", "/{bucket}", "list-type=2"),
    ("GET", "/{bucket}", "versions="),
    ("GET", "/{bucket}", "uploads="),
    ("GET", "/{bucket}", "policy="),
    ("GET", "/{bucket}", "lifecycle="),
    ("HEAD", "/{bucket}", ""),
    ("DELETE", "/{bucket}", ""),
    ("POST", "/{bucket}", "delete="),
    ("GET", "/{bucket}/x", ""),
    ("HEAD", "/{bucket}/x", ""),
    ("PUT", "/{bucket}/x", ""),
    ("DELETE", "/{bucket}/x", ""),
    ("POST", "/{bucket}/x", "uploads="),
    ("POST", "/{bucket}/x", "select=&select-type=2"),
    ("GET", "/{bucket}/x", "tagging="),
    ("POST", "/", "Action=AssumeRole&Version=2011-06-15"),
    ("GET", "/minio/admin/v3/info", ""),
    ("GET", "/minio/admin/v3/list-users", ""),
    ("PUT", "/minio/admin/v3/add-user", "accessKey=eve"),
    ("POST", "/minio/admin/v3/service", "action=stop"),
    ("POST", "/minio/admin/v3/update", "updateURL=http://127.0.0.1/"),
    ("GET", "/minio/kms/v1/status", ""),
    ("GET", "/minio/v2/metrics/cluster", ""),
    ("GET", "/minio/v2/metrics/node", ""),
    ("GET", "/minio/metrics/v3", ""),
    ("GET", "/minio/prometheus/metrics", ""),
]


def state_of(server: Server) -> dict[str, str]:
    """The kernel's words about the server's process: Uid, CapEff, NoNewPrivs, ..."""
    lines = server.container.execute("cat", "/proc/1/status").stdout.splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


@pytest.mark.parametrize(("method", "path", "query"), ANONYMOUS)
def test_anonymous_request_is_refused(server: Server, bucket: str, method: str, path: str, query: str) -> None:
    server.client().put_object(Bucket=bucket, Key="x", Body=b"1")
    assert_refused(server.send(Request(method, path.format(bucket=bucket), query)))


@pytest.mark.parametrize("path", ["live", "ready", "cluster", "cluster/read"])
def test_health_is_public_and_says_nothing_else(server: Server, path: str) -> None:
    answer = requests.get(f"{server.url}/minio/health/{path}", timeout=10)
    assert (answer.status_code, answer.content) == (200, b"")


def test_only_the_s3_port_listens(server: Server) -> None:
    tables = server.container.execute("cat", "/proc/net/tcp", "/proc/net/tcp6").stdout
    listening = re.findall(r": [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:0000 0A ", tables)
    assert {int(port, 16) for port in listening} == {9000}


def test_no_console_answers_a_browser(server: Server) -> None:
    answer = requests.get(f"{server.url}/", headers={"User-Agent": "Mozilla/5.0"}, timeout=10, allow_redirects=False)
    assert answer.status_code == 403


def test_update_over_the_network_is_refused(server: Server) -> None:
    request = Request("POST", "/minio/admin/v3/update", "type=2&updateURL=http%3A%2F%2F127.0.0.1%2F")
    response = server.send(sign(request, server.root, host=server.host, payload=UNSIGNED))
    assert json.loads(response.body)["Code"] == "MethodNotAllowed"


def test_log_says_nothing_about_updates(server: Server) -> None:
    assert "update" not in server.container.logs().lower()


def test_server_runs_as_its_own_user_without_privileges(server: Server) -> None:
    state = state_of(server)
    assert state["Uid"].split() == [str(OWNER)] * 4
    assert state["Gid"].split() == [str(OWNER)] * 4
    assert {state[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert state["NoNewPrivs"] == "1"


@pytest.mark.parametrize("path", ["/usr/local/bin/minio", "/etc/x", "/tls/x", "/secrets/x", "/x"])
def test_root_filesystem_cannot_be_written(server: Server, path: str) -> None:
    with pytest.raises(DockerError, match=r"Read-only file system|Permission denied"):
        server.container.execute("bash", "-c", f"echo x >> {path}")


def test_secret_files_cannot_be_written(server: Server) -> None:
    with pytest.raises(DockerError, match="Read-only file system"):
        server.container.execute("bash", "-c", "chmod 0600 /secrets/root-password")


def test_image_names_no_person_and_no_root(server: Server) -> None:
    assert server.container.execute("id", "-un").stdout.strip() == "saigen"


def test_region_is_the_documented_one(s3: Any, bucket: str) -> None:
    assert s3.head_bucket(Bucket=bucket)["BucketRegion"] == "us-east-1"
