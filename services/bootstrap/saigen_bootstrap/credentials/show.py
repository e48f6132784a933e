"""`credentials NAME`: prints one account's environment, for `eval` or as JSON."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path

from ..errors import UP, BlockedError, UsageError
from ..secrets import store
from ..settings import Urls
from ..team import Team
from .environment import Account, person_environment


def show_credentials(name: str, team: Team, secrets: Path, urls: Urls, *, as_json: bool = False) -> str:
    """The text to print. Raises UsageError for a name that nobody has, BlockedError when no apply has run yet."""
    person = next((person for person in team.people if person.name == name), None)
    if person is None:
        known = ", ".join(sorted(team.names()))
        raise UsageError(f"nobody is called {name!r}", f"expected one of {known}", "./scripts/credentials NAME")
    secret = store.read(secrets / "people" / name)
    if secret is None:
        raise BlockedError(f"{name} has no secret yet", "infra/team.yaml was not applied since the name was added", UP)
    account = Account(name, secret.strip(), person.email, person.full_name)
    environment = person_environment(account, team.organisation, urls)
    return json.dumps(environment, indent=1) + "\n" if as_json else as_exports(environment)


def as_exports(environment: Mapping[str, str]) -> str:
    """Lines for `eval` in any POSIX shell, with every value quoted."""
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in environment.items())
