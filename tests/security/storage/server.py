"""A storage server to attack or to use: its address, its root account, and how one talks to it."""

from __future__ import annotations

import http.client
import json
import re
import ssl
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError
from minio import MinioAdmin
from minio.credentials import StaticProvider

from tests.security.storage.container import Container, container, fresh_secrets
from tests.security.storage.sigv4 import REGION, Account, Request
from tests.shipped import volume

CLOCK_TICKS_PER_SECOND = 100


@dataclass(frozen=True)
class Response:
    """What came back: the status, and the S3 error code where there is one."""

    status: int
    body: bytes

    @property
    def code(self) -> str:
        """The S3 error code, "" when the answer names none."""
        found = re.search(rb"<Code>(\w+)</Code>", self.body)
        return found[1].decode() if found else ""


@dataclass(frozen=True)
class Server:
    """A running server. `ca` is the certificate to trust, None where it speaks plain HTTP."""

    container: Container
    root: Account
    ca: Path | None = None

    @property
    def host(self) -> str:
        """Address and port, as the Host header has them."""
        return self.container.host

    @property
    def secure(self) -> bool:
        """Whether it speaks TLS."""
        return self.ca is not None

    @property
    def verify(self) -> str | bool:
        """What `requests` and boto3 want in their `verify`."""
        return str(self.ca) if self.ca else True

    @property
    def url(self) -> str:
        """The S3 endpoint."""
        return f"{'https' if self.secure else 'http'}://{self.host}"

    def client(
        self, account: Account | None = None, service: str = "s3", token: str | None = None, **config: Any
    ) -> Any:
        """A boto3 client for an account (root unless said), with signature version 4 and one attempt unless said."""
        account = account or self.root
        settings = {"signature_version": "s3v4", "retries": {"max_attempts": 1}, **config}
        return boto3.client(
            service,
            endpoint_url=self.url,
            aws_access_key_id=account.access_key,
            aws_secret_access_key=account.secret_key,
            aws_session_token=token,
            region_name=REGION,
            verify=self.verify,
            config=Config(**settings),
        )

    def pool(self) -> urllib3.PoolManager:
        """A connection pool that trusts the server, for the MinIO SDK."""
        return urllib3.PoolManager(ca_certs=str(self.ca)) if self.ca else urllib3.PoolManager()

    def admin(self) -> MinioAdmin:
        """The admin API, as root."""
        credentials = StaticProvider(self.root.access_key, self.root.secret_key)
        return MinioAdmin(endpoint=self.host, credentials=credentials, secure=self.secure, http_client=self.pool())

    def send(self, request: Request) -> Response:
        """Send exactly these headers and this body; only host and content-length are added when missing."""
        headers = {"host": self.host, "content-length": str(len(request.body)), **request.headers}
        connection = self._connection()
        try:
            target = f"{request.path}?{request.query}" if request.query else request.path
            connection.putrequest(request.method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders(request.body or None)
            answer = connection.getresponse()
            return Response(answer.status, answer.read())
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        if self.ca:
            context = ssl.create_default_context(cafile=str(self.ca))
            return http.client.HTTPSConnection(self.host, context=context, timeout=60)
        return http.client.HTTPConnection(self.host, timeout=60)

    def new_bucket(self, **options: Any) -> str:
        """Make a bucket with a name of its own."""
        name = f"t{uuid.uuid4().hex[:12]}"
        self.client().create_bucket(Bucket=name, **options)
        return name

    def new_account(self, *statements: dict[str, Any]) -> Account:
        """Make a user whose only policy has these statements."""
        account = Account(f"u{uuid.uuid4().hex[:10]}", uuid.uuid4().hex)
        policy = f"p{uuid.uuid4().hex[:10]}"
        admin = self.admin()
        admin.user_add(account.access_key, account.secret_key)
        admin.policy_add(policy, policy={"Version": "2012-10-17", "Statement": list(statements)})
        admin.attach_policy([policy], user=account.access_key)
        return account

    def content(self, bucket: str, key: str) -> bytes | None:
        """What root reads there, None when there is no such object."""
        try:
            return bytes(self.client().get_object(Bucket=bucket, Key=key)["Body"].read())
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                return None
            raise

    def memory_mib(self, line: str = "VmRSS") -> float:
        """The server's resident memory now (VmRSS) or at its peak (VmHWM)."""
        status = self.container.execute("cat", "/proc/1/status").stdout
        found = re.search(rf"^{line}:\s+(\d+) kB", status, re.MULTILINE)
        assert found, status
        return int(found[1]) / 1024

    @contextmanager
    def memory_growth_below(self, mib: float) -> Iterator[None]:
        """Assert that what happens inside lifts the server's peak by less than this above what it has now."""
        self.container.execute("bash", "-c", "echo 5 > /proc/1/clear_refs")  # the peak starts again from the present
        before = self.memory_mib()
        yield
        grown = self.memory_mib("VmHWM") - before
        assert grown < mib, f"the server grew by {grown:.0f} MiB, allowed are {mib:.0f}"

    def cpu_share(self, seconds: float = 2) -> float:
        """The fraction of one core that the server used, measured over this time."""
        before = self._cpu_seconds()
        time.sleep(seconds)
        return (self._cpu_seconds() - before) / seconds

    def open_connections(self) -> int:
        """How many connections to its port the server holds, its own health checks included."""
        tables = self.container.execute("cat", "/proc/net/tcp", "/proc/net/tcp6").stdout.splitlines()
        rows = [line.split() for line in tables if ":" in line]
        return sum(row[1].endswith(":2328") and row[3] in {"01", "08"} for row in rows)  # port 9000; open, half closed

    def _cpu_seconds(self) -> float:
        fields = self.container.execute("cat", "/proc/1/stat").stdout.rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS_PER_SECOND


def allow(actions: list[str], *resources: str) -> dict[str, Any]:
    """A policy statement that allows actions on buckets or prefixes: `allow(["s3:GetObject"], "bucket/*")`."""
    return {"Effect": "Allow", "Action": actions, "Resource": [f"arn:aws:s3:::{resource}" for resource in resources]}


def public(bucket: str, action: str) -> str:
    """A bucket policy that allows anybody one action on the bucket's objects."""
    statement = {**allow([action], f"{bucket}/*"), "Principal": {"AWS": ["*"]}}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@contextmanager
def server(*options: str, ca: Path | None = None) -> Iterator[Server]:
    """Start a server with fresh random secrets; `options` are further ones of `docker run`."""
    secrets = fresh_secrets()
    root = Account(secrets["root-user"].decode(), secrets["root-password"].decode())
    with volume("storage", secrets) as mount, container(mount, *options) as started:
        yield Server(started, root, ca)
