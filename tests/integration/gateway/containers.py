"""The shipped gateway image as a throwaway container, hardened by the very lines of docker-compose.yml."""

from __future__ import annotations

import json
import os
import subprocess
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import requests
from botocore.config import Config
from ruamel.yaml import YAML

from tests.integration.stack import ROOT, eventually, free_ports
from tests.security.storage.container import docker

VERSION = os.environ.get("SAIGEN_VERSION", "0.1.0")
IMAGE = f"saigen/gateway:{VERSION}"
PYTHON_IMAGE = f"saigen/bootstrap:{VERSION}"
INNER_PORTS = {"tracking": 5000, "storage": 9000, "git": 3000}


def hardening() -> list[str]:
    """The `docker run` options that say what the gateway service of docker-compose.yml says."""
    service = YAML(typ="safe").load((ROOT / "docker-compose.yml").read_text())["services"]["gateway"]
    options = ["--user", service["user"], "--memory", service["mem_limit"], "--pids-limit", str(service["pids_limit"])]
    options += ["--read-only"] if service["read_only"] else []
    options += [f"--cap-drop={capability}" for capability in service["cap_drop"]]
    options += [f"--security-opt={option}" for option in service["security_opt"]]
    options += [f"--tmpfs={mount}" for mount in service["tmpfs"]]
    return [*options, f"--volume={ROOT / 'infra' / 'gateway'}:/infra/gateway:ro"]


@contextmanager
def network() -> Iterator[str]:
    """A network of its own."""
    name = f"test-gateway-{uuid.uuid4().hex[:12]}"
    docker("network", "create", name)
    try:
        yield name
    finally:
        docker("network", "rm", name)


@dataclass(frozen=True)
class Answer:
    """What a container that ends by itself said."""

    code: int
    output: str


@dataclass(frozen=True)
class Gateway:
    """A running gateway and the ports at which it is reached."""

    name: str
    scheme: str
    ports: Mapping[str, int]

    def url(self, service: str, host: str = "localhost") -> str:
        """The public URL of tracking, storage or git."""
        return f"{self.scheme}://{host}:{self.ports[service]}"

    def run(self, *verb: str) -> Answer:
        """Run a verb of the container's own command inside it."""
        done = subprocess.run(["docker", "exec", self.name, "saigen-gateway", *verb], capture_output=True, check=False)
        return Answer(done.returncode, (done.stdout + done.stderr).decode())

    def log(self) -> str:
        """Everything that the gateway wrote, both streams."""
        done = subprocess.run(["docker", "logs", self.name], capture_output=True, check=True)
        return (done.stdout + done.stderr).decode()

    def logged(self, agent: str) -> dict[str, Any]:
        """The access log's line of the request that named itself `agent` in its User-Agent."""

        def line() -> dict[str, Any] | None:
            lines = [json.loads(text) for text in self.log().splitlines()]
            return next((one for one in lines if one.get("user_agent") == agent), None)

        found: dict[str, Any] = eventually(line, within=5, every=0.1)
        return found

    def asked(self, service: str, path: str = "/", **options: Any) -> dict[str, Any]:
        """What the service behind was asked when a client asks the gateway."""
        method = options.pop("method", "GET")
        answer = requests.request(method, self.url(service) + path, timeout=20, **options)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@contextmanager
def launched(network: str, settings: Mapping[str, str], *options: str) -> Iterator[Gateway]:
    """Start the image on a network and wait until its health check says yes."""
    name = f"test-gateway-{uuid.uuid4().hex[:12]}"
    ports = dict(zip(INNER_PORTS, free_ports(len(INNER_PORTS)), strict=True))
    run = ["run", "--detach", "--name", name, "--network", network]
    for service, port in ports.items():
        run += [
            "--publish",
            f"127.0.0.1:{port}:{INNER_PORTS[service]}",
            "--env",
            f"SAIGEN_{service.upper()}_PORT={port}",
        ]
    run += [f"--env={key}={value}" for key, value in settings.items()]
    scheme = "https" if settings.get("SAIGEN_TLS") in {"internal", "files"} else "http"
    gateway = Gateway(name, scheme, ports)
    try:
        docker(*run, *hardening(), *options, IMAGE)
        eventually(lambda: gateway.run("healthy").code == 0, within=20)
        yield gateway
    finally:
        docker("rm", "--force", "--volumes", name)


def refused(settings: Mapping[str, str], *options: str) -> Answer:
    """Start the image with settings that it should not accept, and return what it said."""
    environment = [f"--env={key}={value}" for key, value in settings.items()]
    command = ["docker", "run", "--rm", *hardening(), *environment, *options, IMAGE]
    done = subprocess.run(command, capture_output=True, check=False, timeout=30)
    return Answer(done.returncode, (done.stdout + done.stderr).decode())


@contextmanager
def echoing(network: str) -> Iterator[None]:
    """One tiny service that stands for tracking and for git."""
    name = f"test-gateway-{uuid.uuid4().hex[:12]}"
    script = Path(__file__).with_name("upstream.py")
    run = ["run", "--detach", "--name", name, "--network", network, "--network-alias=tracking", "--network-alias=git"]
    run += ["--volume", f"{script}:/upstream.py:ro", "--entrypoint", "python3"]
    try:
        docker(*run, PYTHON_IMAGE, "/upstream.py", "5000", "3000")
        yield
    finally:
        docker("rm", "--force", name)


def s3_client(endpoint: str, secret: str, signature: str = "s3v4", **options: Any) -> Any:
    """boto3 as the storage's root."""
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id="saigen-root",
        aws_secret_access_key=secret,
        region_name="us-east-1",
        config=Config(signature_version=signature, s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
        **options,
    )
