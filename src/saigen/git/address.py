"""Where a repository is, said without where the platform lives. Pure.

A run says `org/name` for a repository of the platform's own forge, and a URL without credentials for any other.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit, urlunsplit

# user@host:path, as Git takes it besides URLs
_SCP = re.compile(r"(?:(?P<user>[^@/\s]+)@)?(?P<host>[^/:\s\[\]]+|\[[^\]]+\]):(?P<path>(?!//)\S+)")
_PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*")
_SCHEMES = ("http", "https", "ssh")


def identity(url: str, forge: str | None) -> str:
    """What a run says of its repository.

    Args:
        url: the remote's URL. forge: URL of the platform's forge, as its discovery document says it; None without one.

    Returns:
        `org/name` on the platform's own forge, else the URL without user, password, query and fragment.
    """
    bare = without_credentials(url)
    if forge is None:
        return bare
    own = _split(without_credentials(forge))
    found = _split(bare)
    prefix = own.path.rstrip("/") + "/"
    if (found.scheme, found.netloc) == (own.scheme, own.netloc) and found.path.startswith(prefix):
        path = found.path.removeprefix(prefix).rstrip("/").removesuffix(".git")
        if is_own(path):
            return path
    return bare


def is_own(repository: str) -> bool:
    """Whether a run's `saigen.repository` names a repository of the platform's own forge: `team/flights`."""
    return _PATH.fullmatch(repository) is not None


def clone_url(repository: str, forge: str) -> str:
    """The URL to clone what a run's `saigen.repository` names."""
    return f"{forge.rstrip('/')}/{repository}.git" if is_own(repository) else repository


def host(url: str) -> str | None:
    """Host and port of a remote that is reached over the network by http, https or ssh; None for every other kind."""
    parts = _split(url)
    if parts.scheme in _SCHEMES and parts.hostname:
        return parts.netloc.rpartition("@")[2].lower()
    if "://" not in url and (match := _SCP.fullmatch(url)) and "::" not in url and not url.startswith("-"):
        return match["host"].lower()
    return None


def without_credentials(url: str) -> str:
    """A remote's URL without user and password (the user of ssh stays: it is part of the address)."""
    parts = _split(url)
    if not parts.scheme or "://" not in url:
        return url
    place = parts.netloc.rpartition("@")
    user = place[0].partition(":")[0]
    netloc = f"{user}@{place[2]}" if parts.scheme == "ssh" and user else place[2]
    return urlunsplit((parts.scheme, netloc, parts.path, "", ""))


def _split(url: str) -> SplitResult:
    """The parts of a URL; of one that is none, as with a bracket that is not closed, all are empty."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")
