"""The rules of `refs/saigen/in/<commit>`: what a run ran is small and holds no secret. Where its data is, is not asked:
a run is recorded as it was, and what it lacks is said by its state.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from saigen.branches.push import RefChange, Refusal
from saigen.git.repository import Repository
from saigen.project import Project
from saigen.project.record import RecordRules

_TIMES = 2  # as much again as a recording takes of files that nobody tracks, for changes of those that are tracked


def judge_snapshots(repository: Repository, project: Project | None, changes: Sequence[RefChange]) -> list[Refusal]:
    """Every reason against these snapshots, each looked at against what branches and tags hold.

    Args:
        project: the settings of the default branch; None where it has none, and the defaults hold.
    """
    rules = project.record if project else RecordRules()
    return [reason for change in changes if change.new for reason in _reasons(repository, rules, change.new)]


def _reasons(repository: Repository, rules: RecordRules, commit: str) -> Iterator[Refusal]:
    size, most = sum(new_blobs(repository, commit).values()), _TIMES * rules.largest_total
    if size > most:
        yield Refusal(
            "snapshot",
            f"the snapshot {commit[:12]} is too large",
            f"expected at most {most / 1e6:g} MB that no branch holds yet, found {size / 1e6:.1f} MB",
            "put large files under DVC: dvc add FILE; or push the branch first, if they belong into Git",
        )


def new_blobs(repository: Repository, commit: str) -> dict[str, int]:
    """Bytes by id of the files below a commit that are on no branch and in no tag."""
    listed = repository.run("rev-list", "--objects", "--no-object-names", commit, "--not", "--branches", "--tags")
    form = "--batch-check=%(objecttype) %(objectsize) %(objectname)"
    found = repository.run("cat-file", form, given=f"{listed}\n".encode()).splitlines() if listed else []
    return {id_: int(size) for kind, size, id_ in map(str.split, found) if kind == "blob"}
