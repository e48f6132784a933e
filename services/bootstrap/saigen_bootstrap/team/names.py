"""Which names may be given. One rule for people, service accounts, projects and the organisation:
it is the part that PostgreSQL, MinIO, Gitea, DNS labels and shells all take without quoting."""

from __future__ import annotations

import re

PATTERN = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
SHORTEST, LONGEST = 3, 32
RULE = f"expected {SHORTEST} to {LONGEST} lower-case letters, digits and single inner hyphens, starting with a letter"

# The platform's own accounts in the three systems.
_PLATFORM = {
    "saigen-platform", "saigen-root", "tracking", "gate", "bootstrap", "postgres", "mlflow", "git", "root", "template",
}  # fmt: skip

# Gitea 1.26: models/user/user.go (reservedUsernames), those that fit the rule above; `owners` is its own team.
_GITEA = {
    "api", "metrics", "assets", "attachments", "avatar", "avatars", "repo-avatars", "captcha", "login", "org", "repo",
    "user", "explore", "issues", "pulls", "milestones", "notifications", "ghost", "gitea-actions", "owners", "admin",
    "new", "invite",
}  # fmt: skip

RESERVED = frozenset(_PLATFORM | _GITEA)

# Groups and teams are called <project>-members, <project>-viewers and maintainers.
_SUFFIXES = ("-members", "-viewers")


def name_problem(name: str) -> str | None:
    """What is wrong with a name of a person, a service account or the organisation, or None."""
    if not SHORTEST <= len(name) <= LONGEST or not PATTERN.fullmatch(name):
        return f"{RULE}, found {name!r}"
    if name in RESERVED:
        return f"expected a name of your own, found {name!r}, which the platform reserves"
    return None


def project_problem(name: str) -> str | None:
    """What is wrong with a project's name, or None."""
    problem = name_problem(name)
    if problem is None and name.endswith(_SUFFIXES):
        return f"expected a name that does not end in {' or '.join(_SUFFIXES)} (teams are called so), found {name!r}"
    return problem


def default_email(name: str, organisation: str) -> str:
    """The address of somebody who declares none; no mail can reach it."""
    return f"{name}@{organisation}.invalid"
