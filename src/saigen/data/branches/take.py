"""`saigen data take`: data of another branch onto the present one, with its origin in the commit."""

from __future__ import annotations

import dataclasses
import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from saigen.branches.kinds import TAKEN
from saigen.branches.worktree import newest
from saigen.data.branches.admit import admit_bytes
from saigen.data.branches.held import read_entries
from saigen.data.branches.track import commit, require_place, write_pointer
from saigen.data.content import content_hash, is_modified
from saigen.data.dvc_program import dvc
from saigen.data.pointer import Output, is_inside, render_directory
from saigen.data.project import DvcProject
from saigen.data.pull import pull_outputs
from saigen.data.transfer.progress import Progress
from saigen.data.version import outputs_at
from saigen.errors import SaigenError, UsageError
from saigen.git.repository import Repository, repository_here
from saigen.text import named


@dataclass(frozen=True)
class Taken:
    """What came onto the present branch.

    Attributes:
        origin: branch and commit that it came from, as in the trailer. paths: data and files that are new or other now.
        commit: None where all of it was here already.
    """

    origin: str
    paths: tuple[str, ...]
    commit: str | None


def data_take(
    branch: str,
    path: str,
    *,
    replace: bool = False,
    message: str = "",
    repository: Repository | None = None,
    progress: Progress | None = None,
) -> Taken:
    """Copy data or files of another branch onto the present one, fetch the data into the checkout, and commit.

    Args:
        branch: where it is: a branch, fetched before, or a tag or commit. path: relative to the root: data, a file or
            folder inside of it, a folder with data, or files that Git tracks.
        replace: let it take the place of other content. message: of the commit, above the trailer `Taken-from:`.

    Raises:
        SaigenError: other content is at the path. UsageError: there is no such branch or path. BlockedError: a stage
            makes the path here. UnreachableError, NotPermittedError: a remote does not answer, or refuses.
    """
    where = repository or repository_here()
    wanted = posixpath.normpath(path.removesuffix(".dvc"))
    if not is_inside(wanted) or wanted == ".":
        raise UsageError(f"{path} is no path in the repository", "expected one relative to its root", "data/flights")
    source = newest(where, branch) or where.commit(branch)
    if source is None:
        raise UsageError(f"there is no branch {branch}", "expected a branch, tag or commit", "git branch --all")
    data = data_at(where, source, wanted)
    files = [] if data else [name for name in where.files(source) if name == wanted or name.startswith(f"{wanted}/")]
    if not data and not files:
        raise UsageError(f"{branch} has no {wanted}", "expected data or a file, found none", f"git ls-tree {branch}")
    origin = f"{branch}@{source}"
    if data:
        changed, paths = _take_data(where, data, progress or Progress(), replace=replace)
    else:
        changed = paths = _take_files(where, source, files, replace=replace)
    if not changed:
        return Taken(origin, (), None)
    text = message.strip() or f"Take {named(changed)} from {branch}"
    return Taken(origin, tuple(changed), commit(where, paths, text, (TAKEN, origin)))


def data_at(repository: Repository, source: str, path: str) -> list[Output]:
    """The data at a path of a commit: outputs there or below it, or the part of one that it lies in."""
    outputs = [one for one in outputs_at(repository, source) if one.md5]
    found = [one for one in outputs if one.path == path or one.path.startswith(f"{path}/")]
    if found:
        return found
    around = next((one for one in outputs if one.is_directory and path.startswith(f"{one.path}/")), None)
    part = _part(repository, around, path) if around else None
    return [part] if part else []


def _part(repository: Repository, around: Output, path: str) -> Output | None:
    """A file or folder inside of a directory as data of its own."""
    entries = read_entries(repository, [around])[around.path]
    inside = path.removeprefix(f"{around.path}/")
    for entry in entries:
        if entry.path == inside:
            return dataclasses.replace(around, path=path, md5=entry.md5, size=None, files=None)
    below = [
        dataclasses.replace(one, path=one.path.removeprefix(f"{inside}/"))
        for one in entries
        if one.path.startswith(f"{inside}/")
    ]
    if not below:
        return None
    cache = DvcProject.containing(repository.root).cache
    listed = admit_bytes(render_directory(below), cache, directory=True, legacy=around.legacy)
    return dataclasses.replace(around, path=path, md5=listed.md5, size=None, files=len(below))


def _take_data(
    repository: Repository, data: Sequence[Output], progress: Progress, *, replace: bool
) -> tuple[list[str], list[str]]:
    """Write the pointers and fetch what they say. The data that is new, and the paths to commit."""
    project = DvcProject.containing(repository.root)
    present = project.outputs()
    new: list[Output] = []
    for output in data:
        same = (one for one in present if (one.path, one.md5) == (output.path, output.md5))
        here = next(same, None) or require_place(repository, output.path, present)
        if here is None or here.md5 != output.md5:
            new.append(_own(output))
        if not replace:
            _require_same(repository, here, output)
    pulled = pull_outputs(project.root, new, project.remotes, project.cache, force=replace, progress=progress)
    away = [one.path for one in pulled.left_out]  # in another kind of storage than S3, which DVC knows
    if not replace:
        _require_free(repository, [one for one in new if one.path in away])
    paths = [path for output in new for path in write_pointer(repository, output)]
    if away:
        dvc(repository, "pull", *(["--force"] if replace else []), *(f"{path}.dvc" for path in away))
    return [output.path for output in new], paths


def _own(output: Output) -> Output:
    """Data with a pointer of its own, whatever tracked it where it came from."""
    return dataclasses.replace(output, pointer=f"{output.path}.dvc")


def _require_same(repository: Repository, here: Output | None, wanted: Output) -> None:
    """Raises SaigenError where other data is at the path. What DVC does not know is looked at when it is pulled."""
    if here is None:
        return
    if here.md5 != wanted.md5:
        found = f"{here.short}, and it would be {wanted.short}"
    elif is_modified(repository, here):
        found = "changes since its pointer was written"
    else:
        return
    raise _other_content(wanted.path, found)


def _require_free(repository: Repository, data: Iterable[Output]) -> None:
    """Raises SaigenError where something is in the way that is not the data itself."""
    for output in data:
        there = (repository.root / output.path).exists()
        if there and content_hash(repository, output.path, legacy=output.legacy) != output.md5:
            raise _other_content(output.path, "files that DVC does not know")


def _other_content(path: str, found: str) -> SaigenError:
    return SaigenError(f"{path} has other content here", f"found {found}", "--replace, if it may be lost here")


def _take_files(repository: Repository, source: str, files: Iterable[str], *, replace: bool) -> list[str]:
    """Write files of a commit into the checkout; those that are new or other."""
    chosen, taken = [], []
    for path in files:
        content = repository.file(source, path)
        place = repository.root / path
        if place.is_file() and place.read_bytes() == content:
            continue
        chosen.append(path)
        if place.exists():
            taken.append(path)
    if taken and not replace:
        raise SaigenError(
            "other content is here", f"found others at {named(taken)}", "--replace, if it may be lost here"
        )
    if chosen:
        repository.run("checkout", source, "--", *(f":(literal){path}" for path in chosen))
    return chosen
