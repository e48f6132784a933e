"""Which platform is used from here: the environment says it, or what `saigen login` saved. Nothing here is secret."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

FILE = "platform.json"


@dataclass(frozen=True)
class Profile:
    """A platform and the name under which one works there.

    Attributes:
        tracking, storage: URLs; None where not known.
        git: URL of the forge without an organisation. organisation: the team's, `team`.
    """

    name: str | None
    tracking: str | None
    storage: str | None
    git: str | None
    organisation: str | None = None


def configuration_folder() -> Path:
    """Where the client keeps its settings: `~/.config/saigen`, or below XDG_CONFIG_HOME."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "saigen"


def cache_folder() -> Path:
    """Where the client keeps what it can make again: `~/.cache/saigen`, or below XDG_CACHE_HOME."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "saigen"


def state_folder() -> Path:
    """Where the client keeps what is not finished yet: `~/.local/state/saigen`, or below XDG_STATE_HOME."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "saigen"


def current() -> Profile | None:
    """The platform in use, without asking it: the environment's where that names one, else the saved one."""
    uri = os.environ.get("MLFLOW_TRACKING_URI")
    before = saved()
    if not uri or (before and before.tracking == uri):
        return before
    git, organisation = _split_git_url(os.environ.get("SAIGEN_GIT_URL"))
    return Profile(
        name=os.environ.get("MLFLOW_TRACKING_USERNAME"),
        tracking=uri,
        storage=os.environ.get("AWS_ENDPOINT_URL_S3"),
        git=git,
        organisation=organisation,
    )


def saved() -> Profile | None:
    """What `saigen login` saved, or None."""
    try:
        values = json.loads((configuration_folder() / FILE).read_text(encoding="utf-8"))
        return Profile(**values)
    except (OSError, ValueError, TypeError):
        return None


def save(profile: Profile) -> None:
    """Keep a profile for later commands."""
    folder = configuration_folder()
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{FILE}.{os.getpid()}"
    draft.write_text(json.dumps(asdict(profile), indent=2) + "\n", encoding="utf-8")
    draft.replace(folder / FILE)


def _split_git_url(url: str | None) -> tuple[str | None, str | None]:
    """`http://host:3000/team` as the forge's URL and the organisation."""
    if not url:
        return None, None
    parts = urlsplit(url.rstrip("/"))
    base, _, organisation = parts.path.rpartition("/")
    return urlunsplit((parts.scheme, parts.netloc, base, "", "")), organisation or None
