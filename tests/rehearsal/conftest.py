"""The rehearsal plays on a stack of its own, with the people of the whole-platform tests."""

from tests.integration.conftest import author, captain, platform, pytest_runtest_makereport, reviewer

__all__ = ["author", "captain", "platform", "pytest_runtest_makereport", "reviewer"]
