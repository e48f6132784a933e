"""The rules of `refs/saigen/in/<commit>`: what a run ran is small and holds no secret. Where its data is, is not asked:
a run is recorded as it was, and what it lacks is said by its state. And of `refs/saigen/forget/<commit>`, by which a
maintainer has one taken away again.
"""

from __future__ import annotations

from collections.abc import Sequence

from saigen.branches.push import RefChange, Refusal
from saigen.branches.rules import MAINTAINER
from saigen.gate.added import added
from saigen.gate.secrets import judge_secrets
from saigen.git.repository import Repository
from saigen.project import Project
from saigen.project.gate import GateRules
from saigen.project.record import RecordRules
from saigen.tags import FORGOTTEN

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
        if forgotten := _forgotten(repository, commit):
            refusals += forgotten
            continue
        blobs = added(repository, [commit], known)
        refusals += _too_large(record, commit, sum(blob.size for blob in blobs))
        refusals += judge_secrets(repository, gate, blobs, scanner)[0]
    return refusals


def judge_forgetting(repository: Repository, changes: Sequence[RefChange], role: str) -> list[Refusal]:
    """Every reason against taking these snapshots away."""
    commits = [change.ref.removeprefix(FORGOTTEN) for change in changes]
    if commits and role != MAINTAINER:
        return [
            Refusal(
                "forget",
                f"the commit {commits[0][:12]} stays",
                "what a run ran is taken away by a maintainer only",
                f"ask a maintainer: saigen forget {commits[0]}; and change every secret that was in it",
            )
        ]
    return [
        Refusal(
            "forget",
            f"the commit {commit[:12]} stays",
            f"expected what a run ran, found a part of {', '.join(where[:3])}, on which others build",
            "change every secret that was in it; to rewrite a branch is for its whole team to decide",
        )
        for commit in commits
        if (where := branches_with(repository, commit))
    ]


def branches_with(repository: Repository, commit: str) -> list[str]:
    """Branches, tags and pull requests whose history holds a commit: it is no snapshot then, but everybody's past."""
    if repository.commit(commit) != commit:
        return []
    below = ("refs/heads", "refs/tags", "refs/pull")
    return repository.run("for-each-ref", "--format=%(refname)", f"--contains={commit}", *below).splitlines()


def _forgotten(repository: Repository, commit: str) -> list[Refusal]:
    said = repository.ask("log", "-1", "--format=%an, %as", f"{FORGOTTEN}{commit}", "--")
    if not said:
        return []
    what, why = f"the snapshot {commit[:12]} is not taken", f"a maintainer had it taken away ({said})"
    return [Refusal("snapshot", what, why, "take out of the working tree what must not be known, and run again")]


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
