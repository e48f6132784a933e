"""Which tests share something that is expensive to start, and so run one after the other in one process.

`scripts/test` runs two processes (pytest-xdist). Tests of one stack, forge, gateway or server stay together; every
other file goes to whichever process is free.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says something about the machine, not about the code.
settings.register_profile("saigen", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("saigen")

TESTS = Path(__file__).parent
# Folder or file -> what its tests share. The longest comes first, so that the other process fills up beside it.
SHARED = {
    "integration": "the platform",
    "security/storage": "a storage",
    "integration/git": "a forge",
    "integration/gateway": "a gateway",
    "integration/tracking": "a tracking server",
    "integration/scripts": "small stacks",
    "integration/test_tls.py": "a platform with TLS",
}


def shared_by(file: Path) -> str:
    """The group of a test file: its own or that of the nearest folder which has one, else it is one by itself."""
    place = file.relative_to(TESTS).as_posix()
    found = [name for name in SHARED if f"{place}/".startswith(f"{name}/")]
    return SHARED[max(found, key=len)] if found else place


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put every test into its group, the groups of SHARED first."""
    order = list(SHARED.values())
    groups = {item: shared_by(item.path) for item in items}
    for item, group in groups.items():
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=lambda item: order.index(groups[item]) if groups[item] in order else len(order))
