"""One tracking stack for all tests here, and fresh runs in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.tracking.stack import TrackingStack, running


@pytest.fixture(scope="package")
def tracking() -> Iterator[TrackingStack]:
    """The running stack."""
    with running() as stack:
        yield stack


@pytest.fixture
def run_id(tracking: TrackingStack) -> str:
    """A new run of the author."""
    return tracking.new_run("author")
