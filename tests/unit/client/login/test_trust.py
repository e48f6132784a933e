"""Hosts that one trusts."""

from __future__ import annotations

from pathlib import Path

import pytest

from saigen.errors import UsageError
from saigen.git.mirror import trusted_hosts
from saigen.login.lists import PUSH, allowed
from saigen.login.trust import distrust, push_no_longer_to, push_to, trust


@pytest.fixture(autouse=True)
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def test_a_host_is_trusted_until_it_is_not() -> None:
    assert trusted_hosts() == set()
    trust("GitHub.com")
    trust("https://git.example.org:3000/team/flights.git")
    assert trusted_hosts() == {"github.com", "git.example.org:3000"}
    distrust("github.com")
    assert trusted_hosts() == {"git.example.org:3000"}


@pytest.mark.parametrize("name", ["", "-x", "a b", "file:///etc", "ext::sh"])
def test_what_is_no_host_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        trust(name)


def test_recordings_may_go_where_the_person_says() -> None:
    push_to("https://ann:secret@github.com/team/flights.git")
    push_to("git@github.com:team")
    assert allowed(PUSH) == {"https://github.com/team/flights.git", "git@github.com:team"}
    push_no_longer_to("git@github.com:team")
    assert allowed(PUSH) == {"https://github.com/team/flights.git"}
    assert trusted_hosts() == set()


@pytest.mark.parametrize("url", ["", "flights", "../flights", "ext::sh -c evil"])
def test_what_is_no_remote_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        push_to(url)
    assert allowed(PUSH) == set()
