"""`saigen data clean` and `saigen data split`: what is new upstream, through the script that lives on the branch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from saigen.branches.kinds import DERIVED
from saigen.branches.worktree import BranchMovedError, BranchTree, newest, on_branch, publish
from saigen.data.branches.lines import Stage, stage_of
from saigen.data.branches.reproduction import run_stage
from saigen.data.branches.stages import Declared, declared_stage, merged_stages
from saigen.data.dvc_program import dvc
from saigen.data.pointer import LOCK, STAGES
from saigen.data.project import DvcProject
from saigen.data.pull import pull_outputs
from saigen.data.push import push_outputs
from saigen.data.transfer.progress import Progress
from saigen.errors import BlockedError
from saigen.git.repository import GitError, Repository, repository_here
from saigen.merge.setup import options
from saigen.project import read_project
from saigen.text import named

ATTEMPTS = 3  # times that the stage is run again where somebody else publishes on the branch meanwhile


@dataclass(frozen=True)
class Derived:
    """What came of a stage.

    Attributes:
        upstream: the branch that it worked on, and `source` its commit.
        commit: what was published; None where there was nothing to do, and `reason` says why.
        outputs: paths that the stage makes. sent: objects that the storage did not have; None where DVC, which does not
            tell, sent them. said: what the script printed.
    """

    stage: str
    branch: str
    upstream: str
    source: str
    commit: str | None
    reason: str = ""
    outputs: tuple[str, ...] = ()
    sent: int | None = 0
    said: str = ""


def data_clean(
    line: str | None = None, *, repository: Repository | None = None, progress: Progress | None = None
) -> Derived:
    """Bring `data/clean` of a line up to date with its `data/raw`: merge, run the stage `clean`, commit, publish.

    The script lives on `data/clean`. Only what changed is computed again; the checkout stays as it is.

    Raises:
        SaigenError: the script failed: everything is as it was. BlockedError: there is no such branch or stage, data is
            missing, or the branches do not merge. UnreachableError, NotPermittedError: a remote does not answer, or
            refuses.
    """
    return _derive("clean", line, repository or repository_here(), progress or Progress())


def data_split(
    line: str | None = None, *, repository: Repository | None = None, progress: Progress | None = None
) -> Derived:
    """Bring `data/split` of a line up to date with its `data/clean`, as `data_clean` does. Raises as that does."""
    return _derive("split", line, repository or repository_here(), progress or Progress())


def _derive(name: str, line: str | None, repository: Repository, progress: Progress) -> Derived:
    stage = stage_of(read_project(repository.root), name, line)
    source = newest(repository, stage.upstream)
    if source is None:
        before = "ingest" if name == "clean" else "clean"
        raise BlockedError(
            f"there is no branch {stage.upstream}", f"expected it for the stage {name}", f"saigen data {before}"
        )
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with on_branch(repository, stage.branch, start=source) as tree:
                return _onto(tree, stage, source, progress)
        except BranchMovedError:
            if attempt == ATTEMPTS:
                raise
    raise AssertionError


def _onto(tree: BranchTree, stage: Stage, source: str, progress: Progress) -> Derived:
    """Do what is due on the branch as it is now. Raises BranchMovedError where that was too late."""
    root = tree.repository
    nothing = Derived(stage.name, stage.branch, stage.upstream, source, None)
    if _made_of(root, source):
        return replace(nothing, reason=f"{stage.branch} was made of {stage.upstream} as it is ({source[:12]})")
    merge_upstream(root, stage, source)
    declared = _declared(root, stage)
    project = DvcProject.containing(root.root)
    _fetch(root, project, declared, progress)
    said = run_stage(root, declared)
    if not root.run("status", "--porcelain", "--", LOCK):
        unchanged = "what the stage reads is as it was"
        return replace(nothing, reason=f"{stage.upstream} is at {source[:12]}, and {unchanged}", said=said)
    made = _commit(root, stage, declared, source)
    sent = _send(root, declared, progress)
    publish(tree)
    return replace(nothing, commit=made, outputs=declared.makes, sent=sent, said=said)


def _made_of(root: Repository, source: str) -> bool:
    """Whether the branch is at the commit that a stage made of this upstream commit: then nothing can be due."""
    said = root.run("log", "-1", f"--format=%(trailers:key={DERIVED},valueonly)").strip()
    return said == source


def merge_upstream(root: Repository, stage: Stage, source: str) -> None:
    """Merge the upstream branch in. Raises BlockedError where both changed the same, other than stages side by side."""
    try:
        message = f"Merge {stage.upstream} into {stage.branch}"
        root.run(*options(), "merge", "--quiet", "--no-edit", "-m", message, source)
    except GitError as error:
        paths = root.run("diff", "--name-only", "--diff-filter=U").splitlines()
        if paths and set(paths) <= {LOCK, STAGES}:
            _merge_stages(root, stage, paths)
            return
        raise BlockedError(
            f"{stage.upstream} does not merge into {stage.branch}",
            f"both changed {named(paths)}" if paths else error.why,
            f"git switch {stage.branch} && git merge {stage.upstream}    (then the same again)",
        ) from error


def _merge_stages(root: Repository, stage: Stage, paths: Sequence[str]) -> None:
    """Finish a merge in which both sides changed lines of stages that are next to each other."""
    for path in paths:
        ours, theirs = root.file("HEAD", path), root.file("MERGE_HEAD", path)
        (root.root / path).write_bytes(merged_stages(stage.name, ours or b"", theirs or b""))
    root.run("add", "--", *paths)
    root.run("commit", "--quiet", "--no-edit")


def _declared(root: Repository, stage: Stage) -> Declared:
    declared = declared_stage(stage.name, root.file("HEAD", STAGES))
    if declared is None:
        raise BlockedError(
            f"{stage.branch} has no stage {stage.name}",
            f"expected it in {STAGES} on that branch, found none",
            f"saigen data {stage.name} --begin    (writes a script to begin with)",
        )
    return declared


def _fetch(root: Repository, project: DvcProject, declared: Declared, progress: Progress) -> None:
    """Bring what the stage reads, and what it made the last time, into the worktree."""
    outputs = project.outputs()
    wanted = [*declared.inputs(outputs), *declared.products(outputs)]
    pulled = pull_outputs(project.root, wanted, project.remotes, project.cache, progress=progress)
    if pulled.left_out:  # another kind of storage than S3, which DVC knows
        dvc(root, "pull", *(one.path for one in pulled.left_out))


def _commit(root: Repository, stage: Stage, declared: Declared, source: str) -> str:
    """Commit what the stage wrote into Git: its lock, what ignores its outputs, and outputs that are kept in Git."""
    root.run("add", "--update")
    status = root.run("status", "--porcelain", "--untracked-files=all", "-z")
    new = [line[3:] for line in status.split("\0") if line.startswith("??")]
    own = [path for path in new if path == LOCK or path.endswith(".gitignore") or path in declared.kept]
    if own:
        root.run("add", "--", *own)
    what = f"Make {', '.join(declared.makes)} of {stage.upstream}"
    root.run("commit", "--quiet", "--file=-", given=f"{what}\n\n{DERIVED}: {source}\n".encode())
    return root.run("rev-parse", "HEAD")


def _send(root: Repository, declared: Declared, progress: Progress) -> int | None:
    project = DvcProject.containing(root.root)
    products = declared.products(project.outputs())
    pushed = push_outputs(products, project.remotes, project.cache, progress=progress)
    if pushed.left_out:
        dvc(root, "push", *(one.path for one in pushed.left_out))
        return None
    return pushed.sent
