"""`saigen data pull`: from remotes into DVC's cache and the workspace, as `dvc pull`, with every file verified."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from saigen.data.cache import Cache
from saigen.data.checkout import Changes, Wanted, Workspace, require_saved
from saigen.data.memory import Memory
from saigen.data.need import LeftOut, Lists, Need, Placed, files_in, needs, place, read_lists
from saigen.data.pointer import Output, is_inside, parse_directory
from saigen.data.project import DvcProject
from saigen.data.remote import Remotes
from saigen.data.selection import of_history, relative_to_root, under
from saigen.data.transfer.fetch import fetch
from saigen.data.transfer.progress import Progress
from saigen.data.transfer.store import Store


@dataclass(frozen=True)
class Pulled:
    """What a pull did, or would do.

    Attributes:
        remotes: URLs of the remotes that the outputs are in. outputs: number of outputs that have a place in them.
        needed: files that they consist of. fetched: those that were fetched (would be, where `dry_run`).
        size: bytes that were fetched; 0 where `dry_run`. replaced: damaged files in the cache that were fetched again.
        written, removed: files of the workspace. left_out: outputs that are not in a remote of this project's.
    """

    remotes: tuple[str, ...] = ()
    outputs: int = 0
    needed: int = 0
    fetched: int = 0
    size: int = 0
    replaced: int = 0
    written: int = 0
    removed: int = 0
    left_out: tuple[LeftOut, ...] = ()
    dry_run: bool = False


def data_pull(
    paths: Sequence[str] = (),
    *,
    folder: Path | None = None,
    branches: bool = False,
    tags: bool = False,
    force: bool = False,
    checkout: bool = True,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Pulled:
    """Bring what the pointers of the working tree say into the cache and the workspace.

    Args:
        paths: outputs, folders or pointers to look at, relative to `folder`; none means all of the project.
        folder: a folder of the project; the current one if None.
        branches, tags: also into the cache what the commits at all branches or tags need.
        force: replace and remove files of the workspace whose content is not in the cache.
        checkout: False leaves the workspace alone.
        dry_run: look, but change nothing (lists of directories are read into the cache).

    Raises:
        BlockedError: an object is missing or damaged in the remote, or a file of the workspace would be lost.
        UsageError: a path or DVC's configuration is wrong. NotPermittedError, UnreachableError: the storage says no.
    """
    start = folder or Path.cwd()
    project = DvcProject.containing(start)
    return pull_outputs(
        project.root,
        under(project.outputs(), relative_to_root(project, start, paths)),
        project.remotes,
        project.cache,
        history=of_history(project, branches=branches, tags=tags),
        force=force,
        checkout=checkout,
        dry_run=dry_run,
        progress=progress,
    )


def pull_outputs(
    root: Path,
    outputs: Iterable[Output],
    remotes: Remotes,
    cache: Cache | Path,
    *,
    history: Iterable[Output] = (),
    force: bool = False,
    checkout: bool = True,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Pulled:
    """Bring these outputs into a cache and below `root`.

    Args:
        cache: a cache, or the folder of one of one's own. history: outputs for the cache only.

    Raises:
        As `data_pull` does.
    """
    progress = progress or Progress()
    cache = cache if isinstance(cache, Cache) else Cache(cache.absolute())
    with Memory(cache.root) as memory:
        placed, left_out = place(outputs, remotes)
        past, _ = place(history, remotes)
        lists = read_lists([*placed, *past], cache, memory, progress)
        local, left_out = _in_cache(left_out, cache, memory)
        wanted = [*(Wanted(one.output, dict(files_in(one, lists))) for one in placed), *local] if checkout else []
        workspace = Workspace(root, cache, memory)
        changes = _compare(workspace, wanted, progress)
        if not force:
            require_saved(path for one in changes for path in one.unsaved)
        plans = [_Plan.of(need, cache, memory, progress) for need in needs([*placed, *past], lists)]
        if not dry_run:
            for plan in plans:
                plan.carry_out(cache, memory, progress)
            progress.step("check out", sum(len(one.write) for one in changes))
            for one, change in zip(wanted, changes, strict=True):
                workspace.apply(one, change, progress)
    return Pulled(
        remotes=tuple(dict.fromkeys(plan.need.remote.url for plan in plans)),
        outputs=len(placed),
        needed=sum(len(plan.need.files) for plan in plans),
        fetched=sum(len(plan.absent) for plan in plans),
        size=sum(plan.size for plan in plans),
        replaced=sum(plan.damaged for plan in plans),
        written=sum(len(change.write) for change in changes),
        removed=sum(len(change.remove) for change in changes),
        left_out=tuple(LeftOut(output.path, reason) for output, reason in left_out),
        dry_run=dry_run,
    )


def complete(placed: Sequence[Placed], lists: Lists, cache: Cache, memory: Memory, progress: Progress) -> None:
    """Bring what the cache lacks of these outputs into it.

    Raises:
        BlockedError: an object is missing or damaged in the remote.
        NotPermittedError, UnreachableError: the storage says no.
    """
    for need in needs(placed, lists):
        _Plan.of(need, cache, memory, progress).carry_out(cache, memory, progress)


@dataclass
class _Plan:
    """What the cache lacks of one need: path by md5, `damaged` of which are there with other content."""

    need: Need
    absent: dict[str, str]
    damaged: int
    size: int = 0

    @classmethod
    def of(cls, need: Need, cache: Cache, memory: Memory, progress: Progress) -> _Plan:
        """Compare what is needed with the cache, whose files are read where memory does not know them."""
        progress.step("check the cache", len(need.files))
        absent = {}
        for md5, path in need.files.items():
            if not cache.holds(md5, memory, legacy=need.legacy):
                absent[md5] = path
            progress.advance()
        damaged = sum(os.path.exists(cache.path(md5, legacy=need.legacy)) for md5 in absent)  # noqa: PTH110
        return cls(need, absent, damaged)

    def carry_out(self, cache: Cache, memory: Memory, progress: Progress) -> None:
        """Fetch it. Raises BlockedError where something is missing or damaged; what else there was is in the cache."""
        if not self.absent:
            return
        progress.step(f"pull from {self.need.remote.url}", len(self.absent))
        store = Store(self.need.remote, legacy=self.need.legacy)
        fetched = fetch(store, self.absent, cache, memory, progress)
        self.size = fetched.size
        fetched.require_all(self.need.remote)


def _compare(workspace: Workspace, wanted: Collection[Wanted], progress: Progress) -> list[Changes]:
    progress.step("look at the workspace", len(wanted))
    changes = []
    for one in wanted:
        changes.append(workspace.compare(one))
        progress.advance()
    return changes


def _in_cache(
    left_out: Iterable[tuple[Output, str]], cache: Cache, memory: Memory
) -> tuple[list[Wanted], list[tuple[Output, str]]]:
    """Of what no remote of ours has: what the cache has all the same, and what is left out."""
    local: list[Wanted] = []
    rest: list[tuple[Output, str]] = []
    for output, reason in left_out:
        files = _cached_files(output, cache, memory)
        if files is not None and all(cache.holds(md5, memory, legacy=output.legacy) for md5 in files.values()):
            local.append(Wanted(output, files))
        else:
            rest.append((output, reason))
    return local, rest


def _cached_files(output: Output, cache: Cache, memory: Memory) -> dict[str, str] | None:
    if output.md5 is None or not is_inside(output.path):
        return None
    if not output.is_directory:
        return {output.path: output.md5}
    if not cache.holds(output.md5, memory, legacy=output.legacy):
        return None
    entries = parse_directory(cache.read(output.md5, legacy=output.legacy) or b"", output.path)
    return {f"{output.path}/{entry.path}": entry.md5 for entry in entries}
