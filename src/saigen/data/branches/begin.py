"""`saigen data clean --begin`: a stage and a script to begin with, on the branch that they live on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from saigen.branches.worktree import newest, on_branch, publish
from saigen.data.branches.derive import merge_upstream
from saigen.data.branches.lines import Stage, stage_of
from saigen.data.branches.scaffold import cleaned, scaffold
from saigen.data.branches.stages import declared_stage
from saigen.data.pointer import STAGES
from saigen.data.project import DvcProject
from saigen.data.version import outputs_at
from saigen.errors import BlockedError, UsageError
from saigen.git.repository import Repository, repository_here
from saigen.project import read_project


@dataclass(frozen=True)
class Begun:
    """What was written onto a branch; `commit` is None where the branch has the stage already.

    Attributes:
        reads: paths of the data that the stage works on. left_out: those of data that it could, and does not.
    """

    branch: str
    written: tuple[str, ...]
    commit: str | None
    reads: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def begin_stage(
    name: str, line: str | None = None, *, of: Sequence[str] = (), repository: Repository | None = None
) -> Begun:
    """Commit a stage `clean` or `split` with a script for the data upstream, and publish it. Nothing is run.

    Args:
        of: paths of the data that it works on. By default, for `clean`, what came onto the raw branch: data that the
            default branch has as well, the same, is left out unless there is nothing else; for `split`, what the stage
            `clean` makes.

    Raises:
        BlockedError: there is no data upstream. UsageError: there is no such data. UnreachableError, NotPermittedError:
            Git's remote does not answer, or refuses.
    """
    where = repository or repository_here()
    stage = stage_of(read_project(where.root), name, line)
    source = newest(where, stage.upstream)
    if source is None:
        raise BlockedError(
            f"there is no branch {stage.upstream}", "expected data to begin with, found none", "saigen data ingest"
        )
    with on_branch(where, stage.branch, start=source) as tree:
        root = tree.repository
        merge_upstream(root, stage, source)
        raw = {one.path: one.md5 for one in DvcProject.containing(root.root).outputs() if one.pointer.endswith(".dvc")}
        if not raw:
            raise BlockedError(
                f"{stage.upstream} holds no data", "expected a dataset to begin with, found none", "saigen data ingest"
            )
        known, usual = _raw(where, raw) if name == "clean" else _clean(root, raw)
        reads = _chosen(stage, known, of) or usual
        written = scaffold(root.root, name, reads)
        if not written:
            return Begun(stage.branch, (), None)
        root.run("add", "--", *written)
        root.run("commit", "--quiet", "--message", f"Begin the stage {name}", "--", *written)
        left_out = tuple(path for path in known if path not in reads)
        return Begun(stage.branch, tuple(written), publish(tree), tuple(reads), left_out)


def _raw(repository: Repository, raw: Mapping[str, str | None]) -> tuple[list[str], list[str]]:
    """All data of the raw branch, and what of it did not come along from the default branch."""
    default = next(filter(repository.commit, ("refs/remotes/origin/HEAD", "refs/remotes/origin/main")), None)
    along = {(one.path, one.md5) for one in outputs_at(repository, default)} if default else set()
    return list(raw), [path for path, md5 in raw.items() if (path, md5) not in along] or list(raw)


def _clean(root: Repository, raw: Mapping[str, str | None]) -> tuple[list[str], list[str]]:
    """What the stage `clean` makes, twice; without such a stage it is what it would make of all raw data."""
    declared = declared_stage("clean", root.file("HEAD", STAGES))
    made = list(declared.makes if declared else dict.fromkeys(map(cleaned, raw)))
    return made, made


def _chosen(stage: Stage, known: Sequence[str], of: Sequence[str]) -> list[str]:
    chosen = [path.rstrip("/") for path in of]
    unknown = [path for path in chosen if path not in known]
    if unknown:
        raise UsageError(
            f"{stage.upstream} has no data {', '.join(unknown)}",
            f"expected some of {', '.join(known)}",
            f"saigen data {stage.name} --begin --of {known[0]}",
        )
    return chosen
