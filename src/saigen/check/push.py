"""What a push is, as a hook of Git or a job of a CI system says it, and what the rules say of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from saigen.branches.push import Pusher, RefChange, Refusal, judge_push
from saigen.branches.tips import HEADS, Tips
from saigen.data.configuration import configured_remotes
from saigen.errors import NotPermittedError, UnreachableError, UsageError
from saigen.gate.gate import Judgement, judge_data, judge_files
from saigen.gate.secrets import scanner
from saigen.git.repository import Repository
from saigen.project import FILE, Project
from saigen.tags import SAIGEN, TAGS, refusal

_NOTHING = "0"


def parse_lines(text: str) -> list[RefChange]:
    """The changes that Git gives a pre-push hook: lines of `<local ref> <local id> <remote ref> <remote id>`.

    Raises:
        UsageError: a line has another form.
    """
    changes = []
    for line in filter(str.strip, text.splitlines()):
        words = line.split()
        if len(words) != 4:
            raise UsageError(
                f"this is no line of a pre-push hook: {line!r}",
                "expected `<local ref> <local id> <remote ref> <remote id>` on standard input",
                "saigen check --push --base REV    (in a CI system)",
            )
        _, new, ref, old = words
        changes.append(RefChange(ref, _id(old), _id(new)))
    return changes


def based(repository: Repository, base: str, branch: str | None) -> RefChange:
    """The change of a branch from a revision to HEAD.

    Raises:
        UsageError: the revision does not exist, or no branch is named where HEAD is on none.
    """
    old, name = repository.commit(base), branch or repository.branch()
    if old is None:
        raise UsageError(f"there is no commit {base}", "expected a revision that is here", "git fetch --unshallow")
    if name is None:
        raise UsageError("HEAD is on no branch", "expected the branch that is pushed to", "the same with --branch NAME")
    return RefChange(HEADS + name, old, repository.commit("HEAD"))


def rules_of(repository: Repository, tips: Tips, own: Project | None) -> Project | None:
    """The rules that the forge goes by: those of the remote's default branch, else those of the checkout."""
    from saigen.check.project import read

    tip = tips.branches.get(tips.default or "")
    text = repository.file(tip, FILE) if tip else None
    return (read(text.decode(errors="replace"), FILE)[0] if text is not None else None) or own


def judge(
    repository: Repository, project: Project, changes: Sequence[RefChange], who: Pusher, tips: Tips
) -> tuple[list[Refusal], list[str]]:
    """Everything that the forge would say of a push, and what else is to be known.

    What runs ran (`refs/saigen/`) is left to the forge: recordings push it while a training waits.
    """
    asked = [change for change in changes if not change.ref.startswith(SAIGEN)]
    refusals = [*_moved_tags(repository, asked), *judge_push(repository, project, asked, who, tips=tips)]

    files = judge_files(repository, project, asked, tips=tips, program=scanner())
    try:
        data = judge_data(repository, asked, tips=tips, remotes=lambda _: configured_remotes(repository.root))
    except (UnreachableError, NotPermittedError) as error:
        data = Judgement(
            (Refusal("storage", "data could not be looked for", f"{error.what}: {error.why}", error.next),)
        )
    return [*refusals, *files.refusals, *data.refusals], [*files.notes, *data.notes]


def _moved_tags(repository: Repository, changes: Sequence[RefChange]) -> Iterator[Refusal]:
    tags = repository.tags() if any(change.ref.startswith(TAGS) for change in changes) else []
    for change in changes:
        if change.ref.startswith(TAGS) and (error := refusal(change.ref, change.old, change.new, tags=tags)):
            yield Refusal("tag", error.what, error.why, error.next)


def _id(text: str) -> str | None:
    return text if text.strip(_NOTHING) else None


def with_base(tips: Tips, change: RefChange) -> Tips:
    """The branches, where the one that is changed is at what it is changed from."""
    name = change.ref.removeprefix(HEADS)
    return replace(tips, branches={**tips.branches, name: change.old}) if change.old else tips
