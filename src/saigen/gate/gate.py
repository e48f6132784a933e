"""Everything that is asked about the content of a push, in one call: for the server and for `saigen check --push`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from saigen.branches.push import RefChange
from saigen.branches.refusal import Refusal
from saigen.branches.tips import HEADS, Tips
from saigen.gate.added import added
from saigen.gate.blobs import judge_blobs
from saigen.gate.pointers import Known, ReadRemotes, judge_pointers
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
    objects: Known | None = None,
) -> Judgement:
    """Big files and secrets in whatever is pushed; data that is missing, for branches and tags.

    Args:
        tips: the branches before the push: their content is not looked at again.
        remotes: what a commit's `.dvc/config` says (see `saigen.gate.pointers`); None leaves data out.
        program: path of gitleaks; None to look for the commonest secrets only.
        objects: those of the remote that need not be asked for.

    Raises:
        UnreachableError, NotPermittedError: the storage does not tell. BlockedError: secrets could not be looked for.
    """
    files = judge_files(repository, project, changes, tips=tips, program=program)
    data = Judgement()
    if remotes:
        data = judge_data(repository, changes, tips=tips, remotes=remotes, objects=objects)
    return Judgement(files.refusals + data.refusals, files.notes + data.notes)


def judge_files(
    repository: Repository, project: Project, changes: Sequence[RefChange], *, tips: Tips, program: str | None
) -> Judgement:
    """Big files and secrets in whatever is pushed. Arguments and errors as for `judge_content`."""
    new = [change.new for change in changes if change.new]
    blobs = added(repository, new, _known(repository, changes, tips))
    secrets, notes = judge_secrets(repository, project.gate, blobs, program)
    return Judgement((*judge_blobs(project.gate, blobs), *secrets), tuple(notes))


def judge_data(
    repository: Repository,
    changes: Sequence[RefChange],
    *,
    tips: Tips,
    remotes: ReadRemotes,
    objects: Known | None = None,
) -> Judgement:
    """Data that branches and tags of a push point to, and that is missing. Arguments and errors as `judge_content`."""
    new = [change.new for change in changes if change.new and change.ref.startswith((HEADS, TAGS))]
    if not new:
        return Judgement()
    refusals, notes = judge_pointers(repository, new, _known(repository, changes, tips), remotes, objects)
    return Judgement(tuple(refusals), tuple(notes))


def _known(repository: Repository, changes: Sequence[RefChange], tips: Tips) -> set[str]:
    """The commits whose content is there already, whatever a push says of it."""
    return {*tips.branches.values(), *(one.old for one in changes if one.old and repository.commit(one.old))}
