"""Signing in: the account's secret goes to where each plain client looks for it, below HOME, which is in memory."""

from __future__ import annotations

import os
import ssl
import urllib.error
import urllib.request
from pathlib import Path

from saigen.errors import UnreachableError
from saigen.git.repository import Repository
from saigen.login.profile import Profile
from saigen.login.session import set_up
from saigen_worker.account import Account
from saigen_worker.places import Places

SYSTEM_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
# Each replaces a client's own list of authorities.
TRUST = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "GIT_SSL_CAINFO", "MLFLOW_TRACKING_SERVER_CERT_PATH")


def sign_in(account: Account, where: Places) -> dict[str, str]:
    """Let plain clients find the platform and the account; returns the variables that their processes need.

    Nothing secret is among them.

    Raises:
        UnreachableError: the gateway does not hand out its authority.
    """
    home = Path.home()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    trust = _trusted(where.ca, home) if where.ca else None
    profile = Profile(account.name, where.tracking, where.storage, where.git, account.organisation)
    set_up(profile, where.storage, where.git, account.secret, trust)
    for key, value in (("user.name", account.full_name or account.name), ("user.email", account.email)):
        Repository(home).run("config", "--global", key, value)
    return dict.fromkeys(TRUST, str(trust)) if trust else {}


def _trusted(url: str, home: Path) -> Path:
    """The system's authorities and the gateway's own in one file.

    The way to the gateway is a network of this stack alone, so what answers there by that name is the gateway.
    """
    unverified = ssl._create_unverified_context()  # noqa: S323  it fetches what the rest is verified by
    try:
        with urllib.request.urlopen(url, timeout=10, context=unverified) as answer:  # noqa: S310  our own URL
            own = answer.read(64 * 1024)
    except (OSError, urllib.error.URLError) as error:
        raise UnreachableError("the gateway does not answer", f"{url}: {error}", "docker compose ps gateway") from error
    bundle = home / "authorities.crt"
    draft = bundle.with_suffix(f".{os.getpid()}")
    draft.write_bytes(SYSTEM_AUTHORITIES.read_bytes() + b"\n" + own)
    draft.replace(bundle)
    return bundle
