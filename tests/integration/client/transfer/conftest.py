"""A project whose data is added, or pushed too, and the storage as its administrator."""

from __future__ import annotations

import secrets
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.integration.client.transfer.places import FILES, LARGE, Place, write
from tests.integration.person import Person
from tests.integration.stack import Stack


@pytest.fixture(scope="module")
def root_s3(platform: Stack) -> Any:
    """S3 as the storage's own administrator, who alone can delete."""
    name, secret = (
        platform.compose("exec", "-T", "storage", "cat", f"/secrets/{file}").stdout.strip()
        for file in ("root-user", "root-password")
    )
    return boto3.client(
        "s3",
        endpoint_url=platform.urls["storage"],
        aws_access_key_id=name,
        aws_secret_access_key=secret,
        region_name="us-east-1",
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )


@pytest.fixture
def place(author: Person) -> Place:
    """The author's project: a directory and a file, added, not pushed."""
    name = f"transfer-{secrets.token_hex(4)}"
    root = author.home / name
    root.mkdir()
    found = Place(author, root, f"flights/{name}")
    found.run("git", "init", "--quiet", ".")
    found.run("dvc", "init", "--quiet")
    found.run("dvc", "remote", "add", "--quiet", "--default", "storage", f"s3://dvc/{found.prefix}")
    write(root / "data", FILES)
    write(root, {"large.bin": LARGE})
    found.run("dvc", "add", "--quiet", "data", "large.bin")
    return found


@pytest.fixture
def pushed(place: Place) -> Place:
    """The same, pushed."""
    place.saigen("push")
    return place
