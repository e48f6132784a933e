"""Health is true: what depends on a dead service turns red within 15 s, and green again after."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from botocore.exceptions import ClientError

from tests.integration.person import Person
from tests.integration.stack import Stack
from tests.waiting import eventually

SERVICES = ("postgres", "storage", "tracking", "git", "gateway")
RED_WITHIN = 15


@contextmanager
def stopped(platform: Stack, service: str) -> Iterator[None]:
    """The service is stopped inside the block and runs again after it."""
    platform.compose("stop", service).check_returncode()
    try:
        yield
    finally:
        platform.compose("start", service).check_returncode()
        for each in SERVICES:
            eventually(lambda each=each: platform.health(each) == "healthy")


def test_all_services_are_healthy(platform: Stack) -> None:
    assert {service: platform.health(service) for service in SERVICES} == dict.fromkeys(SERVICES, "healthy")


def test_tracking_and_git_turn_red_without_postgres(platform: Stack) -> None:
    with stopped(platform, "postgres"):
        eventually(lambda: platform.health("tracking") == "unhealthy", within=RED_WITHIN)
        eventually(lambda: platform.health("git") == "unhealthy", within=RED_WITHIN)


def test_tracking_turns_red_without_storage(platform: Stack) -> None:
    with stopped(platform, "storage"):
        eventually(lambda: platform.health("tracking") == "unhealthy", within=RED_WITHIN)
        assert platform.health("git") == "healthy"


def test_gateway_says_who_does_not_answer(platform: Stack, author: Person) -> None:
    with stopped(platform, "storage"):
        with pytest.raises(ClientError) as refused:
            author.s3().list_objects_v2(Bucket="dvc", Prefix="demo/")
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] in {502, 503}
        assert "storage" in str(refused.value)
