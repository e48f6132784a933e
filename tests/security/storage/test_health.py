"""The health check is true, and stopping is graceful."""

from __future__ import annotations

import requests

from tests.security.storage.server import Server
from tests.shipped import docker
from tests.waiting import eventually


def test_storage_is_unhealthy_without_its_data(own_server: Server) -> None:
    own_server.container.execute("bash", "-c", "rm -rf /data/* /data/.minio.sys")
    eventually(lambda: not own_server.container.healthy(), within=15)
    assert requests.get(f"{own_server.url}/minio/health/cluster", timeout=10).status_code == 503


def test_storage_is_unhealthy_when_the_server_hangs(own_server: Server) -> None:
    docker("kill", "--signal=STOP", own_server.container.name)
    assert not own_server.container.healthy()
    docker("kill", "--signal=CONT", own_server.container.name)
    eventually(own_server.container.healthy)


def test_stop_ends_the_server_by_itself(own_server: Server) -> None:
    docker("stop", "--time", "10", own_server.container.name)
    state = docker("inspect", "--format", "{{.State.ExitCode}} {{.State.OOMKilled}}", own_server.container.name)
    assert state.stdout.split() == ["0", "false"]


def test_acknowledged_object_survives_a_kill(own_server: Server) -> None:
    bucket = own_server.new_bucket()
    own_server.client().put_object(Bucket=bucket, Key="x", Body=b"kept")
    docker("kill", "--signal=KILL", own_server.container.name)
    docker("start", own_server.container.name)
    eventually(own_server.container.healthy)
    host = docker("port", own_server.container.name, "9000/tcp").stdout.strip()
    restarted = Server(type(own_server.container)(own_server.container.name, host), own_server.root)
    assert restarted.content(bucket, "x") == b"kept"


def test_storage_with_a_certificate_is_healthy(https_server: Server) -> None:
    assert https_server.container.healthy()
