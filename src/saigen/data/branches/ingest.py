"""`saigen data ingest`: files onto the raw branch, whichever branch is checked out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from saigen.branches.kinds import SOURCE
from saigen.branches.worktree import BranchMovedError, BranchTree, on_branch, publish
from saigen.data.branches.admit import Admitted, admit, admit_bytes
from saigen.data.branches.batch import Incoming, compare, names_of, require_new
from saigen.data.branches.held import held_files, read_entries
from saigen.data.branches.lines import ingest_branch, ingest_target
from saigen.data.branches.track import commit, require_place, write_pointer
from saigen.data.dvc_program import dvc
from saigen.data.need import Need, place
from saigen.data.pointer import Entry, Output, render_directory
from saigen.data.project import DvcProject
from saigen.data.push import push_needs
from saigen.data.transfer.progress import Progress
from saigen.errors import UsageError
from saigen.git.repository import Repository, repository_here
from saigen.project import read_project
from saigen.text import counted

ATTEMPTS = 8  # times that the work is done again where somebody else publishes on the branch meanwhile


@dataclass(frozen=True)
class Ingested:
    """What came onto the raw branch.

    Attributes:
        path: of the dataset. commit: on the branch; None where there was nothing to add.
        added: paths of the files that came in, size: their bytes. known: paths that hold the content of the others.
        files: number of files of the dataset now. sent: objects that the storage did not have; None where
            DVC sent them, which does not tell.
    """

    branch: str
    path: str
    commit: str | None
    added: tuple[str, ...]
    known: tuple[str, ...] = ()
    size: int = 0
    files: int = 0
    sent: int | None = 0


@dataclass(frozen=True)
class _Batch:
    """What a person wants: files by the name that they will have, their content, and what to do with it."""

    target: str
    names: Mapping[str, Path]
    content: Mapping[str, Admitted]
    source: str
    message: str
    skip_known: bool
    copies: bool
    replace: bool

    def incoming(self, *, single: bool) -> list[Incoming]:
        """The files; a single one that is the dataset itself has no name inside of it."""
        return [
            Incoming("" if single else name, str(self.names[name]), one.md5, one.size)
            for name, one in self.content.items()
        ]


def data_ingest(
    files: Sequence[str | os.PathLike[str]],
    *,
    source: str,
    into: str | None = None,
    dataset: str | None = None,
    to: str | None = None,
    message: str = "",
    skip_known: bool = False,
    copies: bool = False,
    replace: bool = False,
    repository: Repository | None = None,
    progress: Progress | None = None,
) -> Ingested:
    """Commit files to the raw branch and publish them: the data first, then the branch. The checkout stays as it is.

    Two people may do this at the same time: what both add is there afterwards.

    Args:
        files: files, and folders whose files keep their paths below them.
        source: where the data came from; trailer `Source:` of the commit.
        into: the branch, where it is not `data/raw`: `data/raw/acme`.
        dataset: a name in saigen.toml, or `to`: a path below `data/`. A directory, unless one file of the same ending
            is given for a path that is new, or the path is a file already.
        message: what this batch is. skip_known: leave out what the branch holds already. copies: take what it holds
            under another name only. replace: let a file take the place of another one of the same name.

    Raises:
        SaigenError: some of it is there already, or a name stands for other content.
        UsageError: the arguments fit nothing. BlockedError: DVC, Git or its remote is not ready for it, or others
            publish without end. UnreachableError, NotPermittedError: a remote does not answer, or refuses.
    """
    where = repository or repository_here()
    progress = progress or Progress()
    if not source.strip() or "\n" in source.strip():
        raise UsageError(
            "the source of the data is missing", "expected one line of text", 'saigen data ingest --source "..."'
        )
    project = read_project(where.root)
    branch, target = ingest_branch(project, into), ingest_target(project, dataset, to)
    names = names_of(files)
    content = admit(names, DvcProject.containing(where.root).cache, progress)
    batch = _Batch(target, names, content, source.strip(), message, skip_known, copies, replace)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with on_branch(where, branch) as tree:
                return _onto(tree, batch, progress)
        except BranchMovedError:
            if attempt == ATTEMPTS:
                raise
    raise AssertionError


def _onto(tree: BranchTree, batch: _Batch, progress: Progress) -> Ingested:
    """Add a batch to the branch as it is now. Raises BranchMovedError where that was too late."""
    project = DvcProject.containing(tree.repository.root)
    outputs = project.outputs()
    existing = require_place(tree.repository, batch.target, outputs)
    entries = read_entries(tree.repository, outputs)
    single = _is_single(batch, existing)
    compared = compare(batch.incoming(single=single), batch.target, held_files(outputs, entries), copies=batch.copies)
    require_new(compared, tree.branch, skip_known=batch.skip_known, replace=batch.replace)
    chosen = [*compared.new, *(one for one, _ in compared.taken)]
    known = tuple(path for _, path in compared.known)
    if not chosen:
        return Ingested(tree.branch, batch.target, None, (), known)
    output = _output(batch, chosen, existing, entries.get(batch.target, ()), project, single=single)
    paths = write_pointer(tree.repository, output)
    message = batch.message.strip() or f"Add {counted(len(chosen), 'file')} to {batch.target}"
    made = commit(tree.repository, paths, message, (SOURCE, batch.source))
    sent = _send(tree.repository, project, output, chosen, progress)
    publish(tree)
    added = tuple(f"{output.path}/{one.name}".rstrip("/") for one in chosen)
    size = sum(one.size for one in chosen)
    return Ingested(tree.branch, output.path, made, added, known, size, output.files or 1, sent)


def _is_single(batch: _Batch, existing: Output | None) -> bool:
    """Whether the dataset is one file. Raises UsageError where it is and more than one is given."""
    suffixes = {PurePosixPath(name).suffix for name in batch.names}
    ending = PurePosixPath(batch.target).suffix
    single = not existing.is_directory if existing else len(batch.names) == 1 and bool(ending) and suffixes == {ending}
    if single and len(batch.names) > 1:
        raise UsageError(
            f"{batch.target} is one file", f"expected one file for it, found {len(batch.names)}", "--to data/FOLDER"
        )
    return single


def _output(
    batch: _Batch,
    chosen: Sequence[Incoming],
    existing: Output | None,
    entries: Sequence[Entry],
    project: DvcProject,
    *,
    single: bool,
) -> Output:
    """The dataset with the files that come in. Its list, where it is a directory, is in the cache afterwards."""
    pointer, remote = f"{batch.target}.dvc", existing.remote if existing else None
    if single:
        return Output(batch.target, pointer, chosen[0].md5, chosen[0].size, remote=remote)
    merged = {entry.path: entry for entry in entries}
    replaced = any(one.name in merged for one in chosen)
    merged |= {one.name: Entry(one.name, one.md5) for one in chosen}
    before = existing.size if existing else 0
    size = None if before is None or replaced else before + sum(one.size for one in chosen)
    listed = admit_bytes(render_directory(merged.values()), project.cache, directory=True)
    return Output(batch.target, pointer, listed.md5, size, len(merged), remote)


def _send(
    repository: Repository, project: DvcProject, output: Output, chosen: Sequence[Incoming], progress: Progress
) -> int | None:
    """Push what is new of a dataset; the number of objects that the storage did not have, as far as that is known.

    What was there before is in the storage: it was published after it had been pushed.
    """
    placed, left_out = place([output], project.remotes)
    if left_out:  # another kind of storage than S3, which DVC knows
        dvc(repository, "push", output.pointer)
        return None
    need = Need(placed[0].remote, legacy=False, files={one.md5: one.file for one in chosen})
    if output.is_directory:
        md5 = placed[0].md5
        need.lists[md5] = output.path
        need.members[md5] = [one.md5 for one in chosen]
    return push_needs([need], project.cache, progress=progress).sent
