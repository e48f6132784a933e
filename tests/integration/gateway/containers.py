"""The shipped gateway as a throwaway container, and what stands behind it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import requests
from botocore.config import Config

from tests.integration.stack import free_ports
from tests.shipped import ROOT, Answer, Container, run, started
from tests.waiting import eventually

CONFIGURATION = f"--volume={ROOT / 'infra' / 'gateway'}:/infra/gateway:ro"
INNER_PORTS = {"tracking": 5000, "storage": 9000, "git": 3000}


def environment(settings: Mapping[str, str]) -> list[str]:
    """Settings as options of `docker run`."""
    return [f"--env={key}={value}" for key, value in settings.items()]


@dataclass(frozen=True)
class Gateway(Container):
    """A running gateway and the ports at which it is reached."""

    scheme: str
    ports: Mapping[str, int]

    def url(self, service: str, host: str = "localhost") -> str:
        """The public URL of tracking, storage or git."""
        return f"{self.scheme}://{host}:{self.ports[service]}"

    def run(self, *verb: str) -> Answer:
        """Run a verb of the container's own command inside it."""
        return self.execute("saigen-gateway", *verb, check=False)

    def logged(self, agent: str) -> dict[str, Any]:
        """The access log's line of the request that named itself `agent` in its User-Agent."""

        def line() -> dict[str, Any] | None:
            lines = [json.loads(text) for text in self.logs().splitlines()]
            return next((one for one in lines if one.get("user_agent") == agent), None)

        found: dict[str, Any] = eventually(line, every=0.1)
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
    ports = dict(zip(INNER_PORTS, free_ports(len(INNER_PORTS)), strict=True))
    published = [f"--publish=127.0.0.1:{port}:{INNER_PORTS[service]}" for service, port in ports.items()]
    told = environment({**{f"SAIGEN_{service.upper()}_PORT": str(port) for service, port in ports.items()}, **settings})
    scheme = "https" if settings.get("SAIGEN_TLS") in {"internal", "files"} else "http"
    with started("gateway", f"--network={network}", CONFIGURATION, *published, *told, *options) as container:
        gateway = Gateway(container.name, scheme, ports)
        eventually(lambda: gateway.run("healthy").code == 0)
        yield gateway


def ended(settings: Mapping[str, str], *options: str, command: tuple[str, ...] = ()) -> Answer:
    """What the image says until it ends by itself: after a verb that does, or with settings that it does not accept."""
    told = [CONFIGURATION, *environment(settings), *options]
    return run("gateway", *told, command=command, check=False, timeout=30)


@contextmanager
def echoing(network: str) -> Iterator[None]:
    """One tiny service that stands for tracking and for git."""
    script = Path(__file__).with_name("upstream.py")
    place = [f"--network={network}", "--network-alias=tracking", "--network-alias=git"]
    python = [f"--volume={script}:/upstream.py:ro", "--entrypoint=python3"]
    with started("bootstrap", *place, *python, command=("/upstream.py", "5000", "3000")):
        yield


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
