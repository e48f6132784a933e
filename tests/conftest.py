"""Which tests share something that is expensive to start, and so run one after the other in one process.

`scripts/test` runs four processes (pytest-xdist). Tests of one stack, forge, gateway or server stay together; every
other file goes to whichever process is free. Most of these tests wait for containers: four share two cores well.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

# A shell lets what it starts in the background ignore interruptions, and all that the tests start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Environments that tests make are of this very Python: uv would take whichever is the first on PATH.
os.environ["UV_PYTHON"] = getattr(sys, "_base_executable", sys.executable)

# How long an example takes says something about the machine, not about the code.
settings.register_profile("saigen", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("saigen")

TESTS = Path(__file__).parent
# Folder or file -> what its tests share. The longest come first, so that the last process fills up beside them.
SHARED = {
    "integration/client": "a platform for the client",
    "integration/branches": "a platform for branches",
    "integration": "the platform",
    "integration/client/record": "the platform",  # the shorter one
    "security/storage": "a storage",
    "integration/git": "a forge",
    "integration/gateway": "a gateway",
    "integration/tracking": "a tracking server",
    "integration/model": "an image of a model",
    "integration/scripts": "small stacks",
    "integration/scripts/test_on_the_platform.py": "the platform",
    "integration/test_tls.py": "a platform with TLS",
}


def shared_by(file: Path) -> str:
    """The group of a test file: its own or that of the nearest folder which has one, else it is one by itself."""
    place = file.relative_to(TESTS).as_posix()
    found = [name for name in SHARED if f"{place}/".startswith(f"{name}/")]
    return SHARED[max(found, key=len)] if found else place


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The groups of SHARED first, in their order."""
    order = list(SHARED.values())
    items.sort(key=lambda item: order.index(group) if (group := shared_by(item.path)) in order else len(order))


class SharedScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out whole groups."""

    def _split_scope(self, nodeid: str) -> str:
        return shared_by(TESTS.parent / nodeid.partition("::")[0])


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """xdist's own hook for who runs what."""
    return SharedScheduling(config, log)
