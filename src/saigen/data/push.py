"""`saigen data push`: from DVC's cache into its remotes, as `dvc push`, each file checked, nothing overwritten."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from saigen.data.cache import Cache
from saigen.data.memory import Memory
from saigen.data.need import LeftOut, Need, needs, place, read_lists
from saigen.data.pointer import Output
from saigen.data.project import DvcProject
from saigen.data.remote import Remote, Remotes
from saigen.data.selection import of_history, relative_to_root, under
from saigen.data.transfer.listing import present
from saigen.data.transfer.progress import Progress
from saigen.data.transfer.send import Sent, send
from saigen.data.transfer.store import Store
from saigen.errors import BlockedError
from saigen.text import named


@dataclass(frozen=True)
class Pushed:
    """What a push did, or would do.

    Attributes:
        remotes: URLs of the remotes that were looked at. outputs: number of outputs that have a place in them.
        needed: objects that the outputs consist of, their lists included. there: those that were there before.
        sent: objects that were sent (that would be, where `dry_run`); size: their bytes.
        left_out: outputs that are not in a remote of this project's, with reasons.
    """

    remotes: tuple[str, ...] = ()
    outputs: int = 0
    needed: int = 0
    there: int = 0
    sent: int = 0
    size: int = 0
    left_out: tuple[LeftOut, ...] = ()
    dry_run: bool = False


def data_push(
    paths: Sequence[str] = (),
    *,
    folder: Path | None = None,
    branches: bool = False,
    tags: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Pushed:
    """Send what the pointers of the working tree need and their remotes lack.

    Args:
        paths: outputs, folders or pointers to look at, relative to `folder`; none means all of the project.
        folder: a folder of the project; the current one if None.
        branches, tags: also what the commits at all branches or tags need.
        dry_run: look, but send nothing.

    Raises:
        BlockedError: something is needed that is neither in the cache nor in the remote, or is damaged.
        UsageError: a path or DVC's configuration is wrong. NotPermittedError, UnreachableError: the storage says no.
    """
    start = folder or Path.cwd()
    project = DvcProject.containing(start)
    outputs = under(project.outputs(), relative_to_root(project, start, paths))
    outputs += of_history(project, branches=branches, tags=tags)
    return push_outputs(outputs, project.remotes, project.cache, dry_run=dry_run, progress=progress)


def push_outputs(
    outputs: Iterable[Output],
    remotes: Remotes,
    cache: Cache,
    *,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Pushed:
    """Send what these outputs need and their remotes lack. Raises as `data_push` does."""
    progress = progress or Progress()
    placed, left_out = place(outputs, remotes)
    with Memory(cache.root) as memory:
        lists = read_lists(placed, cache, memory, progress)
    pushed = push_needs(needs(placed, lists), cache, dry_run=dry_run, progress=progress)
    return replace(
        pushed,
        outputs=len({(one.output.path, one.md5) for one in placed}),
        left_out=tuple(LeftOut(output.path, reason) for output, reason in left_out),
    )


def push_needs(
    wanted: Iterable[Need], cache: Cache, *, dry_run: bool = False, progress: Progress | None = None
) -> Pushed:
    """Send what their remotes lack of these objects. Raises as `data_push` does."""
    progress = progress or Progress()
    plans = [_compare(need, cache, progress) for need in wanted]
    if lost := {path for plan in plans for path in plan.lost.values()}:
        raise BlockedError(
            "some data is neither in the cache nor in its remote",
            f"missing: {named(lost)}",
            "saigen data push    (where the data is), or dvc commit",
        )
    for plan in plans:
        if not dry_run:
            plan.carry_out(cache, progress)
    return Pushed(
        remotes=tuple(dict.fromkeys(plan.need.remote.url for plan in plans)),
        needed=sum(len(plan.need.files) + len(plan.need.lists) for plan in plans),
        there=sum(plan.there for plan in plans),
        sent=sum(len(plan.absent) for plan in plans),
        size=sum(sum(plan.absent.values()) for plan in plans),
        dry_run=dry_run,
    )


@dataclass
class _Plan:
    """What one remote lacks. `absent`: bytes by md5 of what can be sent; `lost`, `damaged`: path by md5."""

    need: Need
    store: Store
    latency: float
    there: int
    absent: dict[str, int] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)
    damaged: dict[str, str] = field(default_factory=dict)

    def carry_out(self, cache: Cache, progress: Progress) -> None:
        """Send the files, then the list of each directory whose files are all there."""
        files = [md5 for md5 in self.absent if md5 in self.need.files]
        lists = [md5 for md5 in self.absent if md5 in self.need.lists]
        progress.step(f"push to {self.need.remote.url}", len(self.absent))
        sent = self._send(files, cache, progress)
        damaged = sent.damaged | self.damaged.keys()
        whole = [md5 for md5 in lists if not damaged.intersection(self.need.members[md5])]
        sent.damaged |= self._send(whole, cache, progress).damaged
        if sent.damaged:
            raise BlockedError(
                "the cache holds damaged files, which were not pushed",
                f"damaged: {named(cache.path(md5, legacy=self.need.legacy) for md5 in sent.damaged)}",
                "saigen data pull    (replaces them, where the remote has them), or dvc commit",
            )
        if self.damaged:
            raise _damaged_there(self.need.remote, self.damaged)

    def _send(self, md5s: list[str], cache: Cache, progress: Progress) -> Sent:
        return send(self.store, md5s, cache, self.latency, progress) if md5s else Sent()


def _compare(need: Need, cache: Cache, progress: Progress) -> _Plan:
    """Read what is there, and compare it with what is needed."""
    wanted = need.objects
    progress.step(f"look at {need.remote.url}", len(wanted))
    store = Store(need.remote, legacy=need.legacy)
    latency = store.latency()
    there = present(store, wanted, latency)
    plan = _Plan(need, store, latency, len(there))
    for md5, path in wanted.items():
        size = _size(cache.path(md5, legacy=need.legacy))
        if md5 in there:
            if size not in {None, there[md5]} and cache.is_whole(md5, legacy=need.legacy):
                plan.damaged[md5] = path
        elif size is None:
            plan.lost[md5] = path
        else:
            plan.absent[md5] = size
    return plan


def _size(path: str) -> int | None:
    try:
        return os.stat(path).st_size  # noqa: PTH116 - called for every file
    except OSError:
        return None


def _damaged_there(remote: Remote, damaged: dict[str, str]) -> BlockedError:
    return BlockedError(
        f"{remote.url} holds damaged objects: their size is not that of their content",
        f"damaged: {named(f'{path} ({md5})' for md5, path in damaged.items())}",
        "ask a maintainer to remove them, then saigen data push",
    )
