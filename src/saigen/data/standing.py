"""How a dataset stands before a release: what is here, what is named, and what the remotes have. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from saigen.data.content import content_hash, is_modified
from saigen.data.describe import describe_data, named_hashes
from saigen.data.pointer import LOCK, Output
from saigen.data.remote_tags import Tags, fetch_tags, read_tags
from saigen.data.version import version_numbers
from saigen.errors import BlockedError, SaigenError, UsageError
from saigen.git.repository import Repository
from saigen.project import Project, read_project
from saigen.tags import DataVersion, next_data_version

# Content that is not found by its hash, and that others get all the same: from where it came, or with DVC.
IMPORTED = "it is imported"
ELSEWHERE_FOR_ALL = (IMPORTED, "its remote")


@dataclass(frozen=True)
class Standing:
    """Everything that a release decides by.

    Attributes:
        output: what the dataset's pointer in the checkout says; None where DVC does not know it yet.
        md5: hash of the data as it is: in the checkout, else what its pointer says.
        branch: what is checked out; upstream: the branch of `remote` that it is pushed to.
        named: hash by number of the versions that there are, here and on the remote.
        before: numbers of those in the history of HEAD.
    """

    dataset: str
    path: str
    output: Output | None
    md5: str
    branch: str
    remote: str
    upstream: str
    tags: Tags
    named: Mapping[int, str | None]
    before: tuple[int, ...]

    @property
    def existing(self) -> DataVersion | None:
        """The version that already is this data, or None."""
        numbers = [number for number, held in self.named.items() if held == self.md5]
        return DataVersion(self.dataset, max(numbers)) if numbers else None

    @property
    def version(self) -> DataVersion:
        """The version that this data is or becomes."""
        return self.existing or next_data_version(self.dataset, self.tags.names)

    @property
    def released(self) -> bool:
        """Whether there is nothing left to do: others already see this version."""
        return self.existing is not None and self.existing.tag in self.tags.there

    @property
    def previous(self) -> int | None:
        """Number of the version to compare with: the newest in the history of HEAD, else the newest of all."""
        known = [number for number, held in self.named.items() if held]
        return max([number for number in self.before if number in known] or known, default=None)

    @property
    def update(self) -> tuple[str, ...] | None:
        """What DVC has to do before the pointer says what is there: its arguments, or None."""
        if self.output is None:
            return ("add", self.path)
        if self.output.md5 == self.md5:
            return None
        return ("commit", "--force", self.output.pointer)


def read_standing(repository: Repository, dataset: str) -> Standing:
    """How a dataset stands. Fetches versions that only the remote knows.

    Raises:
        UsageError: no such dataset, no branch. BlockedError: no data, no remote, or a pipeline's data that changed.
        SaigenError: a version is another thing here than on the remote.
    """
    project = read_project(repository.root)
    path = _path(project, dataset)
    branch = repository.branch()
    if branch is None:
        raise UsageError("no branch is checked out", "a version is committed to a branch", "git switch BRANCH")
    remote, upstream = _remote(repository, branch)
    tags = read_tags(repository, remote)
    _refuse_clash(tags, dataset, remote)
    absent = [name for name in tags.there if name not in tags.here]
    fetch_tags(repository, remote, (name for name in absent if version_numbers(dataset, [name])))
    output = next((one.output for one in describe_data(repository) if one.path == path), None)
    md5 = _md5(repository, path, output)
    pointers = (output.pointer,) if output else ()
    named = named_hashes(repository, dataset, path, pointers)
    merged = (repository.ask("tag", "--list", "--merged", "HEAD") or "").splitlines()
    before = tuple(version_numbers(dataset, merged))
    return Standing(dataset, path, output, md5, branch, remote, upstream, tags, named, before)


def _path(project: Project | None, dataset: str) -> str:
    if project and dataset in project.datasets:
        return project.datasets[dataset]
    next_data_version(dataset, ())  # says what is wrong with a name that no dataset may have
    known = ", ".join(project.datasets) if project else "no saigen.toml"
    raise UsageError(
        f"there is no dataset {dataset!r}",
        f"expected one of [datasets] in saigen.toml, found {known or 'none'}",
        f'add a line to [datasets] in saigen.toml: {dataset} = "data/..."',
    )


def _remote(repository: Repository, branch: str) -> tuple[str, str]:
    """The Git remote of a branch, and the branch's name there."""
    remote = repository.ask("config", "--get", f"branch.{branch}.remote")
    merge = repository.ask("config", "--get", f"branch.{branch}.merge")
    if remote and remote != "." and merge:
        return remote, merge.removeprefix("refs/heads/")
    if repository.remote_url("origin") is None:
        raise BlockedError(
            "there is no Git remote", "a version is for others: expected `origin`", "git remote add origin URL"
        )
    return "origin", branch


def _refuse_clash(tags: Tags, dataset: str, remote: str) -> None:
    clashing = [tag for tag in tags.clashing(f"{dataset}_v") if version_numbers(dataset, [tag])]
    if clashing:
        tag = clashing[0]
        raise SaigenError(
            f"{tag} is another thing here than on {remote}",
            f"here {tags.here[tag][:12]}, there {tags.there[tag][:12]}; what others see counts",
            f"git tag -d {tag} && git fetch {remote} tag {tag}, then release again: it takes the next number",
        )


def _md5(repository: Repository, path: str, output: Output | None) -> str:
    here = (repository.root / path).exists()
    if not here and (output is None or output.md5 is None):
        raise BlockedError(f"{path} is not here", "expected data at the path that saigen.toml says", f"ls {path}")
    if output and output.elsewhere and not output.elsewhere.startswith(ELSEWHERE_FOR_ALL):
        raise BlockedError(
            f"{path} cannot be released", f"nobody else could get it: {output.elsewhere}", f"edit {output.pointer}"
        )
    if output and output.md5 and (not here or (output.legacy and is_modified(repository, output) is False)):
        return output.md5
    md5 = content_hash(repository, path)
    if output is None or output.md5 == md5:
        return md5
    if output.pointer.rpartition("/")[2] == LOCK:
        raise BlockedError(
            f"{path} is not what its pipeline made",
            f"its hash is {md5}, {output.pointer} says {output.md5}",
            "dvc repro",
        )
    return md5
