"""`saigen monitor list`: the records of an environment, from Git alone: no data is looked at."""

from __future__ import annotations

from pathlib import Path

from saigen.data.remote_tags import fetch
from saigen.errors import BlockedError, UsageError
from saigen.git.repository import Repository, repository_here
from saigen.monitor.layout import Facts, Record, facts_of
from saigen.project import Project, read_project
from saigen.tags import NAME_RULE, MonitoringRecord, ReleasedModel, is_name, parse_tag

_FIELDS = "%x1e%H%x1f%cI%x1f%an%x1f%s%x1f%(trailers:only,unfold)"


def monitor_list(environment: str | None = None, *, repository: Repository | None = None) -> list[Record]:
    """The records of an environment, or of all, the oldest first; fetched from the remote where there is one.

    Raises:
        UsageError: the environment's name is not one. UnreachableError, NotPermittedError: the remote does not answer,
            or refuses.
    """
    where = repository or repository_here()
    if environment is not None:
        require_environment(environment)
    if where.remote_url():
        fetch(where, "origin")
    return read_records(where, environment)


def read_records(repository: Repository, environment: str | None = None) -> list[Record]:
    """The records whose tags are here, the oldest first."""
    form = "%(refname:strip=2)%1f%(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end)"
    listed = repository.run("for-each-ref", f"--format={form}", f"refs/tags/monitor/{environment or ''}")
    tags = {}
    for line in listed.splitlines():
        name, _, commit = line.partition("\x1f")
        found = parse_tag(name)
        if isinstance(found, MonitoringRecord):
            tags[found] = commit
    commits = _commits(repository, set(tags.values()))
    records = [_record(tag, commit, commits[commit]) for tag, commit in tags.items() if commit in commits]
    return sorted(records, key=lambda one: (one.when, one.record.environment, one.record.model.tag, one.number))


def require_environment(environment: str) -> str:
    """The environment's name, which is one.

    Raises:
        UsageError: it is not.
    """
    if not is_name(environment):
        raise UsageError(f"{environment!r} names no environment", f"expected {NAME_RULE}", "for example: prod")
    return environment


def require_model(repository: Repository, tag: str) -> ReleasedModel:
    """The released model that a tag names.

    Raises:
        UsageError: such a tag names no released model. BlockedError: there is no such tag here.
    """
    model = parse_tag(tag)
    if not isinstance(model, ReleasedModel):
        raise UsageError(
            f"{tag!r} names no released model", "expected LINE-NUMBER, such as acme-7", "git tag    (lists them)"
        )
    if repository.commit(f"refs/tags/{tag}") is None:
        raise BlockedError(
            f"there is no released model {tag}",
            "neither here nor on the remote is such a tag",
            "git tag    (lists them)",
        )
    return model


def branch_of_environment(project: Project | None, environment: str) -> str:
    """The branch that records of an environment are on: `monitor/prod`, or as saigen.toml says."""
    return (project and project.branches.branch("monitor", environment)) or f"monitor/{environment}"


def project_of(root: Path) -> Project:
    """The project's settings; those of a project without a saigen.toml are called as its folder."""
    return read_project(root) or Project(root.name)


def _commits(repository: Repository, commits: set[str]) -> dict[str, list[str]]:
    """Time, author, subject and trailers of commits."""
    if not commits:
        return {}
    given = "".join(f"{commit}\n" for commit in sorted(commits)).encode()
    told = repository.run("log", "--no-walk=unsorted", f"--format={_FIELDS}", "--stdin", given=given)
    found = (block.split("\x1f") for block in told.split("\x1e") if block.strip())
    return {commit: rest for commit, *rest in found}


def _record(tag: MonitoringRecord, commit: str, told: list[str]) -> Record:
    when, author, subject, trailers = told
    lines = (line.partition(":") for line in trailers.splitlines())
    facts: Facts = facts_of(tag.model, {name.strip(): value.strip() for name, _, value in lines if value})
    return Record(tag, commit, facts, when, author, subject)
