"""`saigen data clean --begin`: a stage and a script to begin with, on the branch that they live on."""

from __future__ import annotations

from dataclasses import dataclass

from saigen.branches.worktree import newest, on_branch, publish
from saigen.data.branches.derive import merge_upstream
from saigen.data.branches.lines import stage_of
from saigen.data.branches.scaffold import scaffold
from saigen.data.project import DvcProject
from saigen.errors import BlockedError
from saigen.git.repository import Repository, repository_here
from saigen.project import read_project


@dataclass(frozen=True)
class Begun:
    """What was written onto a branch; `commit` is None where the branch has the stage already."""

    branch: str
    written: tuple[str, ...]
    commit: str | None


def begin_stage(name: str, line: str | None = None, *, repository: Repository | None = None) -> Begun:
    """Commit a stage `clean` or `split` with a script for every dataset upstream, and publish it. Nothing is run.

    Raises:
        BlockedError: there is no data upstream. UnreachableError, NotPermittedError: Git's remote does not answer, or
            refuses.
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
        outputs = DvcProject.containing(root.root).outputs()
        raw = [one.path for one in outputs if one.pointer.endswith(".dvc")]
        if not raw:
            raise BlockedError(
                f"{stage.upstream} holds no data", "expected a dataset to begin with, found none", "saigen data ingest"
            )
        written = scaffold(root.root, raw, stages=(name,))
        if not written:
            return Begun(stage.branch, (), None)
        root.run("add", "--", *written)
        root.run("commit", "--quiet", "--message", f"Begin the stage {name}", "--", *written)
        return Begun(stage.branch, tuple(written), publish(tree))
