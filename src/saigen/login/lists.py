"""What a person allows on this machine, as lists of texts in their settings. No repository can write into them."""

from __future__ import annotations

import json
import os

from saigen.login.profile import configuration_folder

HOSTS = "trusted-hosts.json"  # whose repositories may be cloned when a run names them
PUSH = "push-to.json"  # Git remotes that recordings may be pushed to, beside the platform's own


def allowed(list_: str) -> set[str]:
    """What is in a list; nothing where it is not there or cannot be read."""
    try:
        found = json.loads((configuration_folder() / list_).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return set()
    return {str(one) for one in found} if isinstance(found, list) else set()


def allow(list_: str, entries: set[str]) -> set[str]:
    """Keep these in place of what was in a list; returns them."""
    folder = configuration_folder()
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / f".{list_}.{os.getpid()}"
    draft.write_text(json.dumps(sorted(entries), indent=2) + "\n", encoding="utf-8")
    draft.replace(folder / list_)
    return entries
