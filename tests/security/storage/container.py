"""The shipped storage as a throwaway container."""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests import shipped
from tests.waiting import eventually


def fresh_secrets() -> dict[str, bytes]:
    """What `init` writes for storage: file name to content, random each time."""
    key = b64encode(secrets.token_bytes(32))
    return {
        "root-user": b"saigen-root",
        "root-password": secrets.token_hex(20).encode(),
        "kms-key": b"saigen-1:" + key,
    }


@dataclass(frozen=True)
class Container(shipped.Container):
    """A running storage container, reachable at `host`."""

    host: str

    def healthy(self) -> bool:
        """What the compose file's health check answers."""
        return self.execute("saigen-storage", "healthy", check=False).code == 0


@contextmanager
def launched(*options: str, command: tuple[str, ...] = ()) -> Iterator[Container]:
    """Start the image hardened, and remove it with its data afterwards."""
    with shipped.started("storage", "--publish=127.0.0.1::9000", "--volume=/data", *options, command=command) as made:
        yield Container(made.name, shipped.docker("port", made.name, "9000/tcp").stdout.strip())


def await_healthy(started: Container) -> None:
    """Wait until its health check says yes."""
    eventually(started.healthy, say=started.logs)


@contextmanager
def container(*options: str) -> Iterator[Container]:
    """A container that serves."""
    with launched(*options) as started:
        await_healthy(started)
        yield started
