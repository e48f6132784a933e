"""Which release is meant: by its tag, or the newest one of a line, in whichever project of the platform it is. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from saigen.errors import BlockedError, UsageError
from saigen.release.registry import Registry, Version
from saigen.tags import NAME_RULE, ReleasedModel, is_name, parse_tag
from saigen.text import printable


def find_release(registry: Registry, target: str, project: str | None = None) -> Version:
    """The registered release that a person means.

    Args:
        target: LINE (its newest release) or a tag, LINE-N. project: `flights` or `team/flights`, where several have it.

    Raises:
        UsageError: it has no such form, or several projects have it. BlockedError: there is none.
    """
    release = parse_tag(target)
    if isinstance(release, ReleasedModel):
        return choose(registry.find(target), target, project)
    if not is_name(target):
        raise UsageError(
            f"{printable(target)!r} names no release",
            f"expected LINE or LINE-N, where a line is {NAME_RULE}",
            "saigen model pull --help",
        )
    return choose(registry.of_line(target), target, project)


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
