"""`saigen trust`: hosts whose repositories may be cloned when a run names them. Read by `saigen.git.mirror`."""

from __future__ import annotations

import json
import os
import re

from saigen.errors import UsageError
from saigen.git.address import host
from saigen.git.mirror import HOSTS_FILE, trusted_hosts
from saigen.login.profile import configuration_folder

_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?|\[[0-9a-f:]+\](?::[0-9]{1,5})?")


def trust(name: str) -> set[str]:
    """Trust a host from now on; returns all that are trusted.

    Args:
        name: `github.com`, `git.example.org:3000`, or the URL of a repository there.

    Raises:
        UsageError: it is no host.
    """
    return _write(trusted_hosts() | {_host(name)})


def distrust(name: str) -> set[str]:
    """Trust a host no longer; returns all that still are. Raises UsageError."""
    return _write(trusted_hosts() - {_host(name)})


def _host(name: str) -> str:
    found = host(name) or name.strip().lower()
    if not _HOST.fullmatch(found):
        raise UsageError(
            "this is no host", f"expected a name such as github.com, found {name!r}", "saigen trust github.com"
        )
    return found


def _write(hosts: set[str]) -> set[str]:
    folder = configuration_folder()
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{HOSTS_FILE}.{os.getpid()}"
    draft.write_text(json.dumps(sorted(hosts), indent=2) + "\n", encoding="utf-8")
    draft.replace(folder / HOSTS_FILE)
    return hosts
