"""`saigen trust`: hosts that may be asked for repositories, and Git remotes that recordings may be pushed to."""

from __future__ import annotations

import re

from saigen.errors import UsageError
from saigen.git.address import host, without_credentials
from saigen.git.mirror import trusted_hosts
from saigen.login.lists import HOSTS, PUSH, allow, allowed

_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?|\[[0-9a-f:]+\](?::[0-9]{1,5})?")


def trust(name: str) -> set[str]:
    """Trust a host from now on; returns all that are trusted.

    Args:
        name: `github.com`, `git.example.org:3000`, or the URL of a repository there.

    Raises:
        UsageError: it is no host.
    """
    return allow(HOSTS, trusted_hosts() | {_host(name)})


def distrust(name: str) -> set[str]:
    """Trust a host no longer; returns all that still are. Raises UsageError: it is no host, or was not trusted."""
    return allow(HOSTS, _without(trusted_hosts(), _host(name), "saigen trust"))


def push_to(url: str) -> set[str]:
    """Let recordings be pushed to a remote, or to all below a URL; returns all that they may go to.

    Raises:
        UsageError: it is no address of a remote.
    """
    return allow(PUSH, allowed(PUSH) | {_address(url)})


def push_no_longer_to(url: str) -> set[str]:
    """Let recordings be pushed there no longer; returns where they still may go.

    Raises:
        UsageError: it is no address, or not one that is listed: a part of one that is listed cannot be taken out.
    """
    return allow(PUSH, _without(allowed(PUSH), _address(url), "saigen trust --push"))


def _without(listed: set[str], one: str, next: str) -> set[str]:
    if one not in listed:
        found = ", ".join(sorted(listed)) or "none"
        raise UsageError("nothing is taken out", f"expected one of those that are listed ({found}), found {one}", next)
    return listed - {one}


def _host(name: str) -> str:
    found = host(name) or name.strip().lower()
    if not _HOST.fullmatch(found):
        raise UsageError(
            "this is no host", f"expected a name such as github.com, found {name!r}", "saigen trust github.com"
        )
    return found


def _address(url: str) -> str:
    if host(url) is None and not url.startswith("/"):
        raise UsageError(
            "this is no Git remote",
            f"expected a URL of https, http or ssh, or an absolute folder, found {url!r}",
            "saigen trust --push https://github.com/team/flights",
        )
    return without_credentials(url).rstrip("/")
