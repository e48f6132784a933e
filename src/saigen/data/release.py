"""`saigen.release`: give the present state of a dataset its name, so that others can get and cite it.

Every step can be taken again: data is pushed before Git, and the tag travels with the branch in one atomic push. A
second call after an interruption finds what is done and finishes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from saigen.data.content import Contents
from saigen.data.describe import describe_data, output_at_tag
from saigen.data.diff import diff_of
from saigen.data.dvc_program import dvc
from saigen.data.judgement import Answer, Judgement
from saigen.data.listing import DEFAULT_MESSAGE
from saigen.data.pointer import Output
from saigen.data.presence import presence
from saigen.data.push import data_push
from saigen.data.reference import Reference
from saigen.data.remote_tags import read_tags, remote_error
from saigen.data.standing import IMPORTED, Standing, read_standing
from saigen.errors import BlockedError, NotPermittedError, SaigenError, UnreachableError
from saigen.git.repository import GitError, Repository, repository_here
from saigen.project import FILE


@dataclass(frozen=True)
class Release:
    """A named data version.

    Attributes:
        version: its tag. md5: hash of the data. commit: the commit that the tag names; None in a dry run.
        steps: what was done (in a dry run: what would be); empty where there was nothing to do.
        judgement: how it compares with the version before it; None where there is none, or it was not compared.
        notes: what a person should know beside.
    """

    version: str
    md5: str
    commit: str | None
    steps: tuple[str, ...]
    judgement: Judgement | None = None
    notes: tuple[str, ...] = ()


def release(
    dataset: str,
    why: str = "",
    *,
    source: str = "",
    yes: bool = False,
    ask: Callable[[str], bool] | None = None,
    say: Callable[[str], None] = lambda _: None,
    dry_run: bool = False,
    repository: Repository | None = None,
) -> Release:
    """Name the present state of a dataset `<dataset>_v<N>`, and publish it: data first, then branch and tag.

    Args:
        dataset: its name in saigen.toml.
        why: what this version is, for its commit and tag. source: where the data came from (trailer `Source:`).
        yes: go on even if it looks like a different dataset. ask: puts that question to a person; without it the
            answer is no. say: is told each step before it is taken.
        dry_run: say the steps and take none.

    Raises:
        SaigenError: it looks like a different dataset and nobody said yes, or the remote's tag is another thing.
        UsageError: no such dataset, or no branch. BlockedError: data, DVC, a remote or an object in it is missing.
        UnreachableError, NotPermittedError: a remote does not answer, or refuses.
    """
    where = repository or repository_here()
    standing = read_standing(where, dataset)
    if standing.released:
        return Release(standing.version.tag, standing.md5, where.commit(standing.version.tag), ())
    judgement, notes = (None, ()) if standing.existing else _compare(where, standing, say)
    _confirm(standing, judgement, yes=yes or dry_run, ask=ask)
    planned = Release(standing.version.tag, standing.md5, None, tuple(_steps(where, standing)), judgement, notes)
    return planned if dry_run else _carry_out(where, standing, planned, _message(standing, why, source), say)


def _carry_out(
    repository: Repository, standing: Standing, planned: Release, message: str, say: Callable[[str], None]
) -> Release:
    """Take the steps. Raises as `release` does."""
    output = _update(repository, standing, say)
    if standing.existing is None:
        _commit(repository, standing, output, message, say)
    notes = planned.notes + _push_data(repository, output, say)
    return replace(planned, commit=_publish(repository, standing, message, say), md5=output.md5 or "", notes=notes)


def _steps(repository: Repository, standing: Standing) -> list[str]:
    """What a release will do, in words."""
    steps = [f"dvc {' '.join(standing.update)}"] if standing.update else []
    if standing.existing is None and (standing.update or _uncommitted(repository, standing, standing.output)):
        steps.append(f"commit the pointer of {standing.path}")
    steps.append(f"push {standing.path} and check that every object arrived")
    steps.append(f"push {standing.branch} and the tag {standing.version.tag} to {standing.remote}")
    return steps


def _compare(
    repository: Repository, standing: Standing, say: Callable[[str], None]
) -> tuple[Judgement | None, tuple[str, ...]]:
    """How the data compares with the version before it; where that cannot be said, why."""
    number = standing.previous
    before = output_at_tag(repository, standing.dataset, number) if number else None
    if before is None:
        return None, ()
    old = Reference(f"{standing.dataset}_v{number}", before.path, before)
    say(f"compare with {old.label}")
    file = repository.root / standing.path
    new = Reference(standing.path, standing.path, standing.output, file if file.exists() else None)
    try:
        return diff_of(repository, old, new, deep=False).judgement, ()
    except (BlockedError, UnreachableError, NotPermittedError) as error:
        return None, (f"not compared with {old.label}: {error.what}; {error.why}",)


def _confirm(standing: Standing, judgement: Judgement | None, *, yes: bool, ask: Callable[[str], bool] | None) -> None:
    if judgement is None or judgement.answer is not Answer.DIFFERENT or yes:
        return
    before = f"{standing.dataset}_v{standing.previous}"
    question = f"This looks like a different dataset than {before}: {judgement.reason}."
    if ask and ask(f"{question}\nRelease it as {standing.version.tag} all the same?"):
        return
    raise SaigenError(
        f"this looks like a different dataset than {before}",
        judgement.reason,
        f"saigen data diff {before} {standing.dataset}    (then give it another name in saigen.toml, or --yes)",
    )


def _update(repository: Repository, standing: Standing, say: Callable[[str], None]) -> Output:
    """Let DVC write the pointer where it has to; what the pointer then says."""
    if standing.update:
        say(f"dvc {' '.join(standing.update)}")
        dvc(repository, *standing.update)
    found = next((one.output for one in describe_data(repository) if one.path == standing.path), None)
    if found is None or found.md5 is None:
        raise BlockedError(
            f"DVC does not know {standing.path}",
            "expected a pointer after `dvc add`, found none",
            f"dvc add {standing.path}",
        )
    if found.md5 != standing.md5 and not found.legacy:
        raise BlockedError(
            f"{standing.path} changed while it was released",
            f"it had the hash {standing.md5}, its pointer says {found.md5}",
            f"saigen data release {standing.dataset}    (when nobody writes to it)",
        )
    return found


def _message(standing: Standing, why: str, source: str) -> str:
    text = why.strip() or f"{DEFAULT_MESSAGE}{standing.version.tag}"
    return f"{text}\n\nSource: {source.strip()}\n" if source.strip() else f"{text}\n"


def _uncommitted(repository: Repository, standing: Standing, output: Output | None) -> list[str]:
    """Files of a version that differ from HEAD: the pointer, what ignores the data, what names the dataset."""
    pointer = output.pointer if output else f"{standing.path}.dvc"
    folder = standing.path.rpartition("/")[0]
    wanted = [pointer, f"{folder}/.gitignore" if folder else ".gitignore", FILE]
    status = repository.run("status", "--porcelain", "--untracked-files=all", "-z", "--", *wanted)
    return [path for path in wanted if f" {path}\0" in f"{status}\0"]


def _commit(
    repository: Repository, standing: Standing, output: Output, message: str, say: Callable[[str], None]
) -> None:
    """Commit the pointer, and nothing else that a person may have staged."""
    paths = _uncommitted(repository, standing, output)
    if not paths:
        return
    say(f"git commit {' '.join(paths)}")
    repository.run("add", "--", *paths)
    repository.run("commit", "--quiet", "--file=-", "--", *paths, given=message.encode())


def _push_data(repository: Repository, output: Output, say: Callable[[str], None]) -> tuple[str, ...]:
    """Push the data and make sure that it is there; what could not be made sure of.

    Raises:
        BlockedError: the remote lacks an object all the same.
    """
    say(f"push {output.path}")
    if output.elsewhere and output.elsewhere.startswith(IMPORTED):
        return (f"the data is not pushed: {output.elsewhere}",)
    if data_push([output.path], folder=repository.root).left_out:  # another kind of storage than S3, which DVC knows
        dvc(repository, "push", output.pointer if output.pointer.endswith(".dvc") else output.path)
    found = presence(Contents(repository), output)
    if found.unknown:
        return (f"not checked whether the data arrived: {found.unknown}",)
    if found.missing:
        path, key = found.missing[0]
        others = f" and {len(found.missing) - 1} more" if len(found.missing) > 1 else ""
        raise BlockedError(
            f"the remote lacks {path}{others}",
            f"of {found.needed} objects, {len(found.missing)} are missing after the push, such as {key}",
            "saigen data push    (it sends what is missing), then release again",
        )
    return ()


def _publish(repository: Repository, standing: Standing, message: str, say: Callable[[str], None]) -> str:
    """Make the tag and push it with the branch: both arrive, or neither. The commit that it names."""
    tag = standing.version.tag
    made = repository.commit(f"refs/tags/{tag}") is None
    if made:
        repository.run("tag", "--annotate", "--file=-", tag, "HEAD", given=message.encode())
    say(f"git push {standing.remote} {standing.branch} {tag}")
    head = f"HEAD:refs/heads/{standing.upstream}"
    try:
        repository.run("push", "--quiet", "--atomic", standing.remote, head, f"refs/tags/{tag}")
    except GitError as error:
        if made:
            repository.ask("tag", "--delete", tag)
            if tag in read_tags(repository, standing.remote).there:
                raise _taken(standing) from error
        raise remote_error(standing.remote, error) from error
    return repository.commit(f"refs/tags/{tag}") or ""


def _taken(standing: Standing) -> SaigenError:
    return SaigenError(
        f"somebody else released {standing.version.tag} meanwhile",
        f"the tag is on {standing.remote} now, for other data; nothing of yours was pushed but the data itself",
        f"git pull --rebase && saigen data release {standing.dataset}    (it takes the next number)",
    )
