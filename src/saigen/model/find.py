"""Which release is meant: by its tag, or the newest one of a line, in whichever project of the platform it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from saigen.errors import BlockedError, UsageError
from saigen.git.mirror import reachable
from saigen.release.registry import Registry, Version
from saigen.tags import NAME_RULE, ReleasedModel, is_name, parse_tag
from saigen.text import printable


def find_release(
    registry: Registry, target: str, project: str | None = None, *, reaches: Callable[[str], bool] = reachable
) -> Version:
    """The registered release that a person means.

    Args:
        target: LINE (its newest release) or a tag, LINE-N. project: `flights` or `team/flights`, where several have it.
        reaches: whether the person may read a repository; asked where several projects have it and none is named.

    Raises:
        UsageError: it has no such form, or several projects have it. BlockedError: there is none.
    """
    release = parse_tag(target)
    if isinstance(release, ReleasedModel):
        return choose(readable(registry.find(target), project, reaches), target, project)
    if not is_name(target):
        raise UsageError(
            f"{printable(target)!r} names no release",
            f"expected LINE or LINE-N, where a line is {NAME_RULE}",
            "saigen model pull --help",
        )
    return choose(readable(registry.of_line(target), project, reaches), target, project)


def readable(found: Sequence[Version], project: str | None, reaches: Callable[[str], bool]) -> Sequence[Version]:
    """Without the projects that the person cannot read: everybody sees the registry of models, not every project."""
    projects = {one.repository for one in found}
    if project or len(projects) < 2:
        return found
    readable = {one for one in projects if reaches(one)}
    return [one for one in found if one.repository in readable] or found


def choose(found: Sequence[Version], target: str, project: str | None) -> Version:
    """The newest of these, which all must be of one project. Raises as `find_release` does."""
    found = [one for one in found if project is None or project in {one.repository, one.repository.rpartition("/")[2]}]
    projects = sorted({one.repository for one in found})
    if not projects:
        where = f" in {project}" if project else ""
        raise BlockedError(
            f"there is no release {printable(target)}{where}",
            "expected one in the registry of models, found none",
            "ask the team which lines it releases    (there: saigen release list)",
        )
    if len(projects) > 1:
        raise UsageError(
            f"{len(projects)} projects release {printable(target)}",
            f"found {', '.join(map(printable, projects))}",
            f"saigen model pull {target} --project {printable(projects[0])}",
        )
    return max(found, key=lambda one: (one.release.number, int(one.number)))
