"""Which release somebody means, among those that the platform's projects have registered."""

from __future__ import annotations

import pytest

from saigen.errors import BlockedError, UsageError
from saigen.model.find import choose, readable
from saigen.recording import COMMIT, RELEASE, REPOSITORY
from saigen.release.registry import Version

COMMIT_ID = "a" * 40


def version(tag: str, number: int, repository: str = "team/flights") -> Version:
    tags = {RELEASE: tag, COMMIT: COMMIT_ID, REPOSITORY: repository}
    found = Version.of("flights.acme", number, "1" * 32, tags)
    assert found is not None
    return found


def test_the_newest_release_of_a_line_is_the_one_with_the_highest_number() -> None:
    found = choose([version("acme-10", 3), version("acme-9", 2), version("acme-2", 1)], "acme", None)
    assert found.release.tag == "acme-10"


def test_a_line_that_two_projects_have_is_asked_about() -> None:
    both = [version("acme-1", 1), version("acme-1", 1, "team/delays")]
    with pytest.raises(UsageError, match="team/delays, team/flights"):
        choose(both, "acme", None)
    assert choose(both, "acme", "delays").repository == "team/delays"
    assert choose(both, "acme", "team/flights").repository == "team/flights"


def test_only_projects_that_one_can_read_count() -> None:
    both = [version("acme-1", 1), version("acme-1", 1, "team/delays")]
    assert readable(both, None, lambda repository: repository == "team/delays") == both[1:]
    assert readable(both, None, lambda _: False) == both
    assert readable(both, "flights", lambda _: False) == both


def test_a_line_that_nobody_released_is_said() -> None:
    with pytest.raises(BlockedError, match="there is no release acme in flights"):
        choose([version("acme-1", 1, "team/delays")], "acme", "flights")


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {RELEASE: "flights_v1", COMMIT: COMMIT_ID},
        {RELEASE: "acme-1"},
        {RELEASE: "acme-1", COMMIT: "../../elsewhere"},
    ],
)
def test_a_version_that_is_no_release_is_none(tags: dict[str, str]) -> None:
    assert Version.of("flights.acme", 1, None, tags) is None
