"""`saigen data sample`: a small part of data for a development branch, always the same one."""

# ruff: noqa: S608 - names and texts in SQL are quoted
from __future__ import annotations

import math
import posixpath
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from saigen.branches.kinds import TAKEN
from saigen.branches.worktree import newest
from saigen.data.branches.admit import admit, admit_bytes
from saigen.data.branches.held import read_entries
from saigen.data.branches.take import data_at
from saigen.data.branches.track import commit, require_place, write_pointer
from saigen.data.content import Contents, is_modified
from saigen.data.pointer import Entry, Output, render_directory
from saigen.data.project import DvcProject
from saigen.data.pull import pull_outputs
from saigen.data.rows import RowFile, as_text, kind_of_rows, row_reader
from saigen.data.split.by import fraction as place_of
from saigen.data.split.by import fraction_sql
from saigen.data.transfer.progress import Progress
from saigen.data.version import parse_state
from saigen.errors import SaigenError, UsageError
from saigen.git.repository import Repository, repository_here
from saigen.project import read_project

IN_GIT = 100_000  # bytes up to which a sample of rows may be an ordinary file of Git's
FOLDER = "data/samples"


@dataclass(frozen=True)
class Sampled:
    """A sample on the present branch.

    Attributes:
        path: where it is. origin: branch and commit of the data, as in the trailer. count: rows, or files.
        commit: None where it was here already. under_dvc: False where it is an ordinary file of Git's.
    """

    path: str
    origin: str
    count: int
    commit: str | None
    under_dvc: bool


@dataclass(frozen=True)
class _Wish:
    """What a person wants: the part of data whose places on the line from 0 to 1 are below `share`, at most `count`.

    Attributes:
        to: where, or None. in_git: not under DVC. message, origin: for the commit.
    """

    output: Output
    seed: int
    share: float
    count: int | None
    to: str | None
    in_git: bool
    message: str
    origin: str


def data_sample(
    dataset: str,
    *,
    rows: int | None = None,
    fraction: float | None = None,
    seed: int = 42,
    to: str | None = None,
    in_git: bool = False,
    message: str = "",
    repository: Repository | None = None,
    progress: Progress | None = None,
) -> Sampled:
    """Write a sample of data onto the present branch and commit it: rows of tables, or whole files of directories.

    The same data, seed and size give the same sample. A `fraction` of data that grows only grows; of `rows` the ones
    with the smallest hashes are taken, so few change when data is added.

    Args:
        dataset: a name in saigen.toml or a path on the present branch, a version such as `flights_v3`, or
            `BRANCH:PATH`. rows: how many rows (files), or `fraction`: which part of them.
        to: where; by default `data/samples/<name>`. in_git: as an ordinary file of Git's, which only a small sample of
            rows may be; else under DVC. message: of the commit, above the trailer `Taken-from:`.

    Raises:
        UsageError: the arguments fit nothing. SaigenError: something that is not saved is at the place.
        BlockedError: data is missing. UnreachableError, NotPermittedError: a remote does not answer, or refuses.
    """
    where = repository or repository_here()
    if (rows is None) == (fraction is None) or (rows or 1) < 1 or not 0 < (fraction or 1) <= 1:
        raise UsageError("how much is meant", "expected --rows N, or --fraction between 0 and 1", "--rows 1000")
    origin, output = _source(where, dataset)
    text = message.strip() or f"Sample {dataset}"
    wish = _Wish(output, seed, fraction or math.inf, rows, to, in_git, text, origin)
    files = {entry.path: entry.md5 for entry in read_entries(where, [output]).get(output.path, ())}
    kinds = {kind_of_rows(name) for name in files or [output.path]}
    if len(kinds) == 1 and None not in kinds:
        return _sample_rows(where, wish, list(files), progress or Progress())
    if not files or in_git:
        raise UsageError(f"{output.path} has no rows", "expected CSV, JSON lines, Parquet or a directory", "--rows")
    return _sample_files(where, wish, files, progress or Progress())


def _source(repository: Repository, text: str) -> tuple[str, Output]:
    """Branch and commit of data, and what it is."""
    project = read_project(repository.root)
    datasets = project.datasets if project else {}
    name, _, path = text.partition(":")
    if path:
        found = newest(repository, name) or repository.commit(name)
    elif (state := parse_state(text)) and state.tag:
        found, path = repository.commit(state.tag), datasets.get(state.dataset, "")
    else:
        name, path = repository.branch() or "HEAD", datasets.get(text, text)
        found = repository.commit("HEAD")
    data = data_at(repository, found, path.rstrip("/")) if found and path else []
    if len(data) != 1 or not found:
        names = f", found {len(data)} at {path}" if found else ""
        raise UsageError(
            f"{text} names no data", f"expected a dataset, a version or BRANCH:PATH{names}", "saigen data describe"
        )
    return f"{name}@{found}", data[0]


def _sample_rows(repository: Repository, wish: _Wish, names: Sequence[str], progress: Progress) -> Sampled:
    output = wish.output
    ending = "".join(PurePosixPath(names[0] if names else output.path).suffixes[-2:])
    ending = ending if kind_of_rows(f"x{ending}") else PurePosixPath(names[0] if names else output.path).suffix
    base = posixpath.basename(output.path)
    path = _place(repository, wish.to or f"{FOLDER}/{base if base.endswith(ending) else base + ending}")
    contents = Contents(repository)
    entries = read_entries(repository, [output]).get(output.path)
    sources = contents.files(output, entries) if entries else [contents.file(output)]
    with tempfile.TemporaryDirectory(prefix="saigen-sample-") as folder:
        links = []
        for number, source in enumerate(sources):
            links.append(Path(folder, f"{number}{ending}"))
            links[-1].symlink_to(source)
        sample = Path(folder, f"sample{ending}")
        count = _write_rows(links, sample, wish)
        if not count:
            raise SaigenError("the sample would be empty", f"found no row of {output.path} in it", "--rows 1000")
        if wish.in_git:
            _require_small(repository, path, sample)
            return _keep_in_git(repository, path, sample, count, wish)
        cache = DvcProject.containing(repository.root).cache
        held = admit({path: sample}, cache, progress)[path]
    return _keep_in_dvc(repository, Output(path, f"{path}.dvc", held.md5, held.size), count, wish, progress)


def _require_small(repository: Repository, path: str, sample: Path) -> None:
    size = sample.stat().st_size
    if size > IN_GIT or (repository.root / f"{path}.dvc").exists():
        found = f"{size:,} bytes" if size > IN_GIT else f"{path}.dvc"
        raise UsageError(
            f"{path} cannot be a file of Git's",
            f"expected {IN_GIT:,} bytes at most, not under DVC; found {found}",
            "no --in-git",
        )


def _write_rows(files: Sequence[Path], target: Path, wish: _Wish) -> int:
    """Write the rows that were wished for into one file; their number."""
    with row_reader() as reader:
        opened = [reader.open(file) for file in files]
        columns = _columns(opened)
        every = " UNION ALL BY NAME ".join(f"({one.sql})" for one in opened)
        identity = as_text(sorted(columns))
        placed = f"SELECT *, {fraction_sql(wish.seed, identity)} AS __place, {identity} AS __text FROM ({every})"
        condition = f"__place < {min(wish.share, 2.0)!r}"
        if wish.count is not None:
            placed = f"SELECT *, row_number() OVER (ORDER BY __place, __text) AS __rank FROM ({placed})"
            condition = f"__rank <= {wish.count}"
        return reader.write(RowFile(target, opened[0].kind, columns, every), target, condition, placed)


def _columns(files: Sequence[RowFile]) -> dict[str, str]:
    """The columns of all files. `id` in one file is `ID` in another, as in SQL."""
    found: dict[str, tuple[str, str]] = {}
    for file in files:
        for column, name in file.columns.items():
            found.setdefault(column.lower(), (column, name))
    return dict(found.values())


def _sample_files(repository: Repository, wish: _Wish, files: dict[str, str], progress: Progress) -> Sampled:
    output = wish.output
    path = _place(repository, wish.to or f"{FOLDER}/{posixpath.basename(output.path)}")
    ranked = sorted((place_of(wish.seed, md5), name) for name, md5 in files.items())
    chosen = [name for place, name in ranked if place < wish.share][: wish.count]
    if not chosen:
        raise SaigenError("the sample would be empty", f"found no file of {output.path} in it", "--rows 10")
    cache = DvcProject.containing(repository.root).cache
    entries = render_directory(Entry(name, files[name]) for name in chosen)
    listed = admit_bytes(entries, cache, directory=True, legacy=output.legacy)
    sample = Output(path, f"{path}.dvc", listed.md5, None, len(chosen), output.remote, output.legacy)
    return _keep_in_dvc(repository, sample, len(chosen), wish, progress)


def _place(repository: Repository, path: str) -> str:
    """The place of a sample, relative to the root. Raises SaigenError where something would be lost there."""
    chosen = posixpath.normpath(path)
    if chosen.startswith((".", "/")) or "\\" in chosen:
        raise UsageError(
            f"{path} is no place for a sample", f"expected a path such as {FOLDER}/flights.csv", "--to PATH"
        )
    here = next((one for one in DvcProject.containing(repository.root).outputs() if one.path == chosen), None)
    lost = is_modified(repository, here) if here else bool(repository.run("status", "--porcelain", "--", chosen))
    if lost:
        raise SaigenError(f"{chosen} is not saved", "found something there that is in no commit", "git commit, or --to")
    return chosen


def _keep_in_git(repository: Repository, path: str, sample: Path, count: int, wish: _Wish) -> Sampled:
    target = repository.root / path
    if target.is_file() and target.read_bytes() == sample.read_bytes():
        return Sampled(path, wish.origin, count, None, under_dvc=False)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(sample.read_bytes())
    made = commit(repository, [path], wish.message, (TAKEN, wish.origin))
    return Sampled(path, wish.origin, count, made, under_dvc=False)


def _keep_in_dvc(repository: Repository, sample: Output, count: int, wish: _Wish, progress: Progress) -> Sampled:
    project = DvcProject.containing(repository.root)
    here = require_place(repository, sample.path, project.outputs())
    if here and here.md5 == sample.md5:
        return Sampled(sample.path, wish.origin, count, None, under_dvc=True)
    paths = write_pointer(repository, sample)
    pull_outputs(project.root, [sample], project.remotes, project.cache, progress=progress)
    made = commit(repository, paths, wish.message, (TAKEN, wish.origin))
    return Sampled(sample.path, wish.origin, count, made, under_dvc=True)
