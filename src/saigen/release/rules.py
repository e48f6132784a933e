"""The rules of a release come from the default branch, where only maintainers change them, not from what it merges."""

from __future__ import annotations

from saigen.errors import UsageError
from saigen.git.repository import Repository
from saigen.project import FILE, Project, parse_project, read_project
from saigen.tags import NAME_RULE, is_name


def default_branch(repository: Repository, remote: str = "origin") -> str | None:
    """Revision of the remote's default branch as it was last fetched; None where that is not known."""
    for name in (f"refs/remotes/{remote}/HEAD", f"refs/remotes/{remote}/main"):
        if repository.commit(name):
            return name
    return None


def project_of(repository: Repository) -> Project:
    """The project's rules: of the remote's default branch, else of the checkout.

    Raises:
        UsageError: it has none, or they are wrong.
    """
    default = default_branch(repository)
    text = repository.file(default, FILE) if default else None
    found = read_project(repository.root) if text is None else parse_project(text.decode("utf-8", "replace"))
    if found is None:
        raise UsageError(f"the project has no {FILE}", "expected it to say what its branches mean", "saigen init")
    return found


def stable_branch(project: Project, line: str) -> str:
    """The branch that a line is released on.

    Raises:
        UsageError: the line's name is not one, or the project has no such branches.
    """
    if not is_name(line):
        raise UsageError(f"{line!r} cannot name a model line", f"expected {NAME_RULE}", "saigen release list")
    branch = project.branches.branch("stable", line)
    if branch is None:
        raise UsageError(
            f"{FILE} does not say what a stable branch is", "expected [branches.stable], found none", "saigen init"
        )
    return branch
