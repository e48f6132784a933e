"""`saigen reproduce`: from a run's id to a verdict. The order of the steps; each is a module of its own."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from saigen.errors import UsageError
from saigen.login.profile import Profile, cache_folder, current
from saigen.recording import Verdict
from saigen.reproduce import consent, preparation
from saigen.reproduce.environment import install
from saigen.reproduce.plan import Plan, require_comparable
from saigen.reproduce.preparation import Prepared
from saigen.reproduce.rounds import Round, Work
from saigen.reproduce.target import resolve
from saigen.reproduce.verdict import Pair, judge
from saigen.scratch import scratch
from saigen.tracking import Tracking


class Watch(Protocol):
    """Whoever looks on. `step` says what begins now; `output` is what the command prints."""

    def step(self, text: str) -> None:
        """A step begins."""

    def output(self, chunk: bytes) -> None:
        """The command printed something."""


class Silent:
    """Nobody looks on."""

    def step(self, text: str) -> None:
        """Say nothing."""

    def output(self, chunk: bytes) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class Reproduction:
    """What was done, and what it showed.

    Attributes:
        plan: what was to be run, and where from. subject: author, date and title of the commit.
        data: paths of the data that belongs to it, and its bytes as the pointers say them.
        verdict: None where nothing was run. reason: in a sentence.
        pairs: each recorded run of the command with each run that repeats it, and their comparison.
        unmatched: recorded runs of the command that nothing repeats, with the reason.
        folder: where the checkout was kept, or None.
        seconds: how long it took: "total", "command" (all repetitions), and each step by name.
        notes: what one should know before one believes the verdict.
    """

    plan: Plan
    subject: str
    data: tuple[str, ...]
    data_bytes: int
    verdict: Verdict | None = None
    reason: str = ""
    pairs: tuple[Pair, ...] = ()
    unmatched: dict[str, str] = field(default_factory=dict)
    folder: Path | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def run_ids(self) -> list[str]:
        """Ids of the runs that repeat the one that was asked for, one a repetition."""
        return [pair.made for pair in self.pairs if pair.original == self.plan.run]


@dataclass(frozen=True)
class Wishes:
    """How a person wants it: see `reproduce`."""

    run: bool = True
    dry_run: bool = False
    keep: Path | bool | None = None
    yes: bool = False
    repeat: int = 1
    allow_platform: bool = False
    with_storage: bool = False


def reproduce(
    target: str,
    *,
    run: bool = True,
    dry_run: bool = False,
    keep: Path | bool | None = None,
    yes: bool = False,
    repeat: int = 1,
    allow_platform: bool = False,
    with_storage: bool = False,
    watch: Watch | None = None,
    ask: Callable[[Plan, str, str], bool] | None = None,
    ask_secret: Callable[[str], str] | None = None,
) -> Reproduction:
    """Run again what a run ran, from a clean checkout with verified data, and compare.

    Args:
        target: a run's id; a registered model MODEL, MODEL/VERSION or MODEL@ALIAS; or a tag.
        run: False stops when code and data are in place; the checkout is then kept.
        dry_run: only say what would be done. Nothing but Git's own mirror changes.
        keep: folder in which the checkout stays, or True for PROJECT-COMMIT in the current one; None removes it where
            something is run, and is as True where not.
        yes: agree to run the command, whoever its author is.
        repeat: how many times to run the command; the spread of its metrics is then known.
        allow_platform: go on where the recorded platform, Python or packages are not to be had here.
        with_storage: let the command have the person's S3 keys. Its data is there without.
        watch: is told about each step. ask: is asked with the plan, the commit's subject and the reason whether to run.
        ask_secret: is asked for the value of a variable that the command needs.

    Returns:
        The verdict with every line of the comparison.

    Raises:
        UsageError: the target has no such form, or means several runs.
        BlockedError: something that is needed is missing; `why` names it. There is no verdict then.
        NotPermittedError: no consent, an untrusted host, or a tag that asks for something that is never done.
        UnreachableError: a service does not answer.
    """
    if repeat < 1:
        raise UsageError("nothing would be run", f"expected --repeat of 1 or more, found {repeat}", "--repeat 3")
    wishes = Wishes(run, dry_run, keep, yes, repeat, allow_platform, with_storage)
    clock = Clock(watch or Silent())
    tracking, profile = Tracking(), current()
    clock.step("looking the run up")
    original = resolve(tracking, target)
    if run:
        require_comparable(original)
    clock.step("fetching its code")
    prepared = preparation.prepare(tracking, profile, original, to_run=run, allow_platform=allow_platform)
    if dry_run:
        return _outline(prepared, clock)
    held: dict[str, str] = {}
    if run:
        _agree(prepared, tracking, profile, wishes, ask)
        held = consent.secrets(prepared.plan, os.environ, ask_secret)
    with scratch(cache_folder() / "work") as place:  # on the same disk as the mirrors and the data
        if not run:
            return _laid_out(prepared, wishes, clock)
        return _judged(Work(tracking, original, prepared, place, clock, with_storage, held), wishes, clock)


def _laid_out(prepared: Prepared, wishes: Wishes, clock: Clock) -> Reproduction:
    folder = _kept(prepared, wishes) or Path(prepared.folder_name)
    clock.step("checking the commit out")
    notes = preparation.lay_out(prepared, folder, clock.step)
    reason = "code and data are in place; nothing was run"
    return replace(_outline(prepared, clock, notes), folder=folder.absolute(), reason=reason)


def _judged(work: Work, wishes: Wishes, clock: Clock) -> Reproduction:
    prepared, kept, notes = work.prepared, _kept(work.prepared, wishes), []
    originals = work.originals()
    rounds: list[Round] = []
    for number in range(wishes.repeat):
        # The same clean start each time.
        folder = kept if kept and not number else work.place / f"checkout-{number}"
        clock.step("checking the commit out")
        notes += preparation.lay_out(prepared, folder, clock.step)
        if not number:
            clock.step("installing its environment")
            installed = install(prepared.lock, folder, work.place / "environment", allow_platform=wishes.allow_platform)
        rounds.append(work.once(installed, originals, folder))
    pairs = tuple(pair for one in rounds for pair in one.pairs)
    judgement = judge(originals.asked, pairs)
    work.tag(pairs)
    notes += [*installed.notes, *(note for one in rounds for note in one.notes)]
    return replace(
        _outline(prepared, clock, notes),
        verdict=judgement.verdict,
        reason=judgement.reason,
        pairs=pairs,
        unmatched={run: reason for one in rounds for run, reason in one.unmatched.items()},
        folder=kept.absolute() if kept else None,
    )


def _kept(prepared: Prepared, wishes: Wishes) -> Path | None:
    if isinstance(wishes.keep, Path):
        return wishes.keep
    return Path(prepared.folder_name) if wishes.keep else None


def _agree(
    prepared: Prepared,
    tracking: Tracking,
    profile: Profile | None,
    wishes: Wishes,
    ask: Callable[[Plan, str, str], bool] | None,
) -> None:
    plan, server = prepared.plan, str(tracking.uri)
    me = profile.name if profile else None
    reason = consent.why_ask(plan, me, consent.vouches(profile), consent.trusted_authors(server))
    agreed = wishes.yes or (reason is not None and ask is not None and ask(plan, prepared.subject, reason))
    consent.require_consent(plan, reason, agreed, server)


class Clock:
    """Tells who looks on about each step, and keeps how long it took."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._began = self._since = time.perf_counter()
        self._name = ""
        self._seconds: dict[str, float] = {}

    def step(self, text: str) -> None:
        """A step begins, and the one before it ends."""
        self._end()
        self._name = text
        self._watch.step(text)

    def output(self, chunk: bytes) -> None:
        """Pass on what the command prints."""
        self._watch.output(chunk)

    def add(self, name: str, seconds: float) -> None:
        """Count seconds under a name."""
        self._seconds[name] = self._seconds.get(name, 0.0) + seconds

    def seconds(self) -> dict[str, float]:
        """Seconds by step, and "total"."""
        self._end()
        return {**self._seconds, "total": time.perf_counter() - self._began}

    def _end(self) -> None:
        now = time.perf_counter()
        if self._name:
            self.add(self._name, now - self._since)
        self._since = now
        self._name = ""


def _outline(prepared: Prepared, clock: Clock, notes: Sequence[str] = ()) -> Reproduction:
    return Reproduction(
        plan=prepared.plan,
        subject=prepared.subject,
        data=tuple(output.path for output in prepared.data.outputs),
        data_bytes=prepared.data.size,
        seconds=clock.seconds(),
        notes=tuple(dict.fromkeys([*prepared.plan.notes, *prepared.notes, *notes])),
    )
