"""The rules of `refs/saigen/in/<commit>`: what a run ran is small and holds no secret. Where its data is, is not asked:
a run is recorded as it was, and what it lacks is said by its state.
"""

from __future__ import annotations

from collections.abc import Sequence

from saigen.branches.push import RefChange, Refusal
from saigen.gate.added import added
from saigen.gate.secrets import judge_secrets
from saigen.git.repository import Repository
from saigen.project import Project
from saigen.project.gate import GateRules
from saigen.project.record import RecordRules

_TIMES = 2  # as much again as a recording takes of files that nobody tracks, for changes of those that are tracked


def judge_snapshots(
    repository: Repository, project: Project | None, changes: Sequence[RefChange], scanner: str
) -> list[Refusal]:
    """Every reason against these snapshots, each looked at against what branches and tags hold.

    Args:
        project: the settings of the default branch; None where it has none, and the defaults hold.
        scanner: path of gitleaks.

    Raises:
        BlockedError: secrets could not be looked for.
    """
    record, gate = (project.record, project.gate) if project else (RecordRules(), GateRules())
    known = repository.run("for-each-ref", "--format=%(objectname)", "refs/heads", "refs/tags").split()
    refusals = []
    for commit in (change.new for change in changes if change.new):
        blobs = added(repository, [commit], known)
        refusals += _too_large(record, commit, sum(blob.size for blob in blobs))
        refusals += judge_secrets(repository, gate, blobs, scanner)[0]
    return refusals


def _too_large(rules: RecordRules, commit: str, size: int) -> list[Refusal]:
    most = _TIMES * rules.largest_total
    if size <= most:
        return []
    return [
        Refusal(
            "snapshot",
            f"the snapshot {commit[:12]} is too large",
            f"expected at most {most / 1e6:g} MB that no branch holds yet, found {size / 1e6:.1f} MB",
            "put large files under DVC: dvc add FILE; or push the branch first, if they belong into Git",
        )
    ]
