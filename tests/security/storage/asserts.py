"""What the attack tests assert, in the words of the field."""

from __future__ import annotations

from tests.security.storage.server import Response, Server


def assert_refused(response: Response) -> None:
    """The server answered that the request is wrong or not allowed."""
    assert response.status in {400, 403}, response


def assert_accepted(response: Response) -> None:
    """The server did as it was told."""
    assert response.status == 200, response


def assert_absent(server: Server, bucket: str, key: str) -> None:
    """No object of that name came to be."""
    assert server.content(bucket, key) is None


def assert_holds(server: Server, bucket: str, key: str, content: bytes) -> None:
    """The object is there and can be read."""
    assert server.content(bucket, key) == content
