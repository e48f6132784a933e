"""The rules of `refs/saigen/in/<commit>`: what a run ran is small and holds no secret. Where its data is, is not asked:
a run is recorded as it was, and what it lacks is said by its state. And of `refs/saigen/forget/<commit>`, by which a
maintainer has one taken away again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from saigen.branches.push import RefChange, Refusal
from saigen.branches.rules import MAINTAINER
from saigen.folds import EMPTY_TREE, unfolded
from saigen.gate.added import added
from saigen.gate.secrets import judge_secrets
from saigen.git.repository import Repository
from saigen.project import Project
from saigen.project.gate import GateRules
from saigen.project.record import RecordRules
from saigen.tags import FORGOTTEN, INCOMING, KEPT, SAIGEN
from saigen_gate.fold import refs

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
    asked = [*commits, *(name.removeprefix(FORGOTTEN) for name, _ in refs(repository, FORGOTTEN))]
    refusals = [
        Refusal(
            "forget",
            f"the commit {commit[:12]} stays",
            f"expected a commit that its runs alone need, found it below {', '.join(where[:3])}",
            "forget those that are commits first; a branch is for its whole team to rewrite; change every secret in it",
        )
        for commit in commits
        if (where := held_elsewhere(repository, commit, asked))
    ]
    return refusals + [_no_wish(change) for change in changes if not _is_wish(repository, change.new)]


def held_elsewhere(repository: Repository, commit: str, asked: Collection[str]) -> list[str]:
    """What holds a commit beside its own ref and folds: branches, tags, any other ref, and snapshots on top of it.

    Args:
        asked: snapshots that shall go as well.
    """
    if repository.commit(commit) != commit:
        return []
    listed = repository.run("for-each-ref", "--format=%(refname)", f"--contains={commit}").splitlines()
    found = [name for name in listed if not name.startswith(SAIGEN)]
    tips = [held for _, held in refs(repository, INCOMING, KEPT)]
    if not tips:
        return found
    given = "".join(f"{line}\n" for line in (f"^{commit}", *tips)).encode()
    above = set(repository.run("rev-list", f"--ancestry-path={commit}", "--stdin", given=given).split())
    return [*found, *sorted((above & snapshots_in(repository, tips)) - {commit, *asked})]


def snapshots_in(repository: Repository, commits: Iterable[str]) -> set[str]:
    """These commits, with what folds among them hold in their place."""

    def parents_of(level: Collection[str]) -> dict[str, list[str]]:
        given = "".join(f"{one}\n" for one in level).encode()
        listed = repository.run("log", "--no-walk=unsorted", "--stdin", "--format=%H %P", given=given)
        return {words[0]: words[1:] for words in (line.split() for line in listed.splitlines())}

    return unfolded(commits, parents_of)


def _is_wish(repository: Repository, commit: str | None) -> bool:
    """Whether a commit holds nothing: no files and no other commits. What asks for another to go must not keep it."""
    found = repository.ask("log", "-1", "--format=%T %P", commit, "--") if commit else None
    return found is not None and found.split() == [EMPTY_TREE[len(str(commit))]]


def _no_wish(change: RefChange) -> Refusal:
    return Refusal(
        "forget",
        f"{change.ref} is not taken",
        "expected a commit without files and parents, whose author asks, found another one",
        f"saigen forget {change.ref.removeprefix(FORGOTTEN)}",
    )


def _forgotten(repository: Repository, commit: str) -> list[Refusal]:
    """Why a snapshot is not taken: it, or a commit below it that no branch holds, was taken away."""
    names = {name.removeprefix(FORGOTTEN): name for name, _ in refs(repository, FORGOTTEN)}
    if not names:
        return []
    new = repository.run("rev-list", commit, "--not", "--branches", "--tags").split()
    found = [name for id_, name in names.items() if id_ in {commit, *new}]
    if not found:
        return []
    said = repository.run("log", "-1", "--format=%an, %as", found[0], "--")
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
