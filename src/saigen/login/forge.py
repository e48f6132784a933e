"""The repositories of the platform's forge that the person here may read. See Gitea's API, `/repos/search`."""

from __future__ import annotations

import os

import requests
from requests.auth import HTTPBasicAuth

from saigen.errors import BlockedError, NotPermittedError, SaigenError, UnreachableError
from saigen.login.profile import Profile
from saigen.login.session import kept_ca
from saigen.tracking.rest import login

_PAGE = 50  # the most that Gitea gives at once
_TIMEOUT = 30  # seconds
_WHAT = "the forge does not say which repositories it has"
_FIX = "saigen doctor    (then the same again)"


def repositories(profile: Profile | None) -> list[str]:
    """`org/name` of every repository on the forge that the person here may read; none where no forge is known.

    Raises:
        UnreachableError, NotPermittedError: the forge does not answer, or not to this person.
        BlockedError: it answers as no Gitea does, or the file of the authorities to trust cannot be read.
    """
    if profile is None or profile.git is None:
        return []
    base = profile.git.rstrip("/")
    name, secret = login()
    names: list[str] = []
    with requests.Session() as session:
        session.auth = HTTPBasicAuth(name.encode(), secret.encode()) if name and secret else None
        session.verify = os.environ.get("GIT_SSL_CAINFO") or str(kept_ca() or "") or True
        page = 1
        while found := _page(session, f"{base}/api/v1/repos/search", page):
            names += found
            page += 1
    return sorted(set(names))


def _page(session: requests.Session, url: str, page: int) -> list[str]:
    try:
        answer = session.get(url, params={"limit": _PAGE, "page": page}, timeout=_TIMEOUT)
    except requests.RequestException as error:
        raise UnreachableError(_WHAT, f"{url}: {error}", _FIX) from error
    except OSError as error:  # the file of the authorities to trust
        raise BlockedError(_WHAT, str(error), _FIX) from error
    if answer.status_code != 200:
        raise _refusal(url, answer.status_code)
    try:
        return [str(entry["full_name"]) for entry in answer.json()["data"]]
    except (ValueError, LookupError, TypeError):
        raise BlockedError(_WHAT, f"expected the answer of a Gitea from {url}, found another", _FIX) from None


def _refusal(url: str, status: int) -> SaigenError:
    said = f"{url}: {status}"
    if status in {401, 403}:
        return NotPermittedError(_WHAT, said, _FIX)
    return UnreachableError(_WHAT, said, _FIX) if status >= 500 else BlockedError(_WHAT, said, _FIX)
