"""Everything that is asked about the content of a push, in one call: for the server and for `saigen check --push`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from saigen.branches.push import RefChange
from saigen.branches.refusal import Refusal
from saigen.branches.tips import HEADS, Tips
from saigen.gate.added import added
from saigen.gate.blobs import judge_blobs
from saigen.gate.pointers import ReadRemotes, judge_pointers
from saigen.gate.secrets import judge_secrets
from saigen.git.repository import Repository
from saigen.project import Project
from saigen.tags import TAGS


@dataclass(frozen=True)
class Judgement:
    """What there is against a push, and what is to be known of it besides."""

    refusals: tuple[Refusal, ...] = ()
    notes: tuple[str, ...] = ()


def judge_content(
    repository: Repository,
    project: Project,
    changes: Sequence[RefChange],
    *,
    tips: Tips,
    remotes: ReadRemotes | None,
    program: str | None,
) -> Judgement:
    """Big files and secrets in whatever is pushed; data that is missing, for branches and tags.

    Args:
        tips: the branches before the push: their content is not looked at again.
        remotes: what a commit's `.dvc/config` says (see `saigen.gate.pointers`); None leaves data out.
        program: path of gitleaks; None to look for the commonest secrets only.

    Raises:
        UnreachableError, NotPermittedError: the storage does not tell. BlockedError: secrets could not be looked for.
    """
    old = [change.old for change in changes if change.old and repository.commit(change.old)]
    known = {*tips.branches.values(), *old}
    new = [change.new for change in changes if change.new]
    blobs = added(repository, new, known)
    refusals = list(judge_blobs(project.gate, blobs))
    found, notes = judge_secrets(repository, project.gate, blobs, program)
    refusals += found
    named = [change.new for change in changes if change.new and change.ref.startswith((HEADS, TAGS))]
    if remotes and named:
        missing, left_out = judge_pointers(repository, named, known, remotes)
        refusals += missing
        notes += left_out
    return Judgement(tuple(refusals), tuple(notes))
