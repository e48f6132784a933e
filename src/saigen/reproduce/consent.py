"""Whether a person has to agree before somebody else's code runs on their machine, and what was agreed to before."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from saigen.errors import BlockedError, NotPermittedError
from saigen.login.profile import Profile, configuration_folder
from saigen.reproduce.plan import Plan
from saigen.text import printable

FILE = "trusted-authors.json"


def why_ask(plan: Plan, me: str | None, verified: bool, trusted: set[tuple[str, str]]) -> str | None:
    """Why a person must agree, or None where they need not. Pure.

    Args:
        me: the person's name. verified: whether the server vouches for authors' names.
        trusted: pairs of author and repository that the person agreed to before.
    """
    if verified and me and plan.author == me:
        return None
    author, repository = printable(plan.author), printable(plan.repository)
    if plan.command.needs:
        return f"it asks for your {', '.join(map(printable, plan.command.needs))}"
    if not plan.usual:
        return "it does not simply run a file of the commit"
    if (plan.author, plan.repository) in trusted:
        return None
    return f"you never ran anything of {author} from {repository}"


def require_consent(plan: Plan, reason: str | None, agreed: bool, tracking: str) -> None:
    """Go on, and remember it, where there was no question or the person said yes.

    Raises:
        NotPermittedError: they did not.
    """
    if reason is None:
        return
    if not agreed:
        raise NotPermittedError(
            f"the command of {printable(plan.author)} was not run",
            f"expected your consent, because {reason}",
            f"saigen reproduce {plan.run} --dry-run    (to look), then with --yes    (to agree)",
        )
    _remember(plan, tracking)


def trusted_authors(tracking: str) -> set[tuple[str, str]]:
    """Pairs of author and repository whose code the person agreed to run, on this tracking server."""
    return {(author, repository) for server, author, repository in _read() if server == tracking}


def secrets(plan: Plan, shell: Mapping[str, str], ask: Callable[[str], str] | None = None) -> dict[str, str]:
    """The variables that the command needs and that hold secrets: from the person's environment, else asked for.

    Args:
        ask: called with a name, returns the value; None where nobody can be asked.

    Raises:
        BlockedError: one is not there.
    """
    found = {name: shell[name] for name in plan.command.needs if shell.get(name)}
    missing = [name for name in plan.command.needs if name not in found]
    if missing and ask is None:
        names = printable(", ".join(missing))
        raise BlockedError(
            f"the command needs {names}", "expected it in the environment, found it unset", f"export {missing[0]}=..."
        )
    return {**found, **({name: ask(name) for name in missing} if ask else {})}


def vouches(profile: Profile | None) -> bool:
    """Whether the tracking server writes authors' names itself: a Saigen platform does, MLflow alone does not."""
    return profile is not None and profile.git is not None


def _remember(plan: Plan, tracking: str) -> None:
    entry = (tracking, plan.author, plan.repository)
    known = _read()
    if entry in known:
        return
    file = configuration_folder() / FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.write_text(json.dumps([list(one) for one in [*known, entry]], indent=2) + "\n", encoding="utf-8")
    draft.replace(file)


def _read() -> list[tuple[str, str, str]]:
    try:
        found = json.loads(Path(configuration_folder() / FILE).read_text(encoding="utf-8"))
        return [(str(server), str(author), str(repository)) for server, author, repository in found]
    except (OSError, ValueError, TypeError):
        return []
