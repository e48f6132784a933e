"""Everything that has to be known before anything is run; and code and data, in place."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from saigen import pins
from saigen.data.remote import Remotes
from saigen.data.version import outputs_at
from saigen.errors import BlockedError, NotPermittedError, UsageError
from saigen.git.mirror import Mirror
from saigen.git.repository import Repository
from saigen.login.profile import Profile, cache_folder
from saigen.project import FILE, MetricRules, Project, parse_project
from saigen.record import machine
from saigen.recording import COMMAND, COMMAND_ARTIFACT, DATA_ARTIFACT, Command, Recording
from saigen.reproduce import checkout, data
from saigen.reproduce.data import Needed, recorded_artifact, recorded_data
from saigen.reproduce.environment import differences
from saigen.reproduce.lock import Lock, choose
from saigen.reproduce.plan import NO_COMMAND, Plan, origin_of, plan_of, program_of
from saigen.reproduce.pull import pull_outputs
from saigen.scratch import remove
from saigen.tracking import Run, Tracking


@dataclass(frozen=True)
class Prepared:
    """A run that could be run again now.

    Attributes:
        recording: of the original, with the whole map of its data.
        subject: author, date and title of the commit.
        lock: what its environment is made from. rules: how its metrics are compared.
        data, remotes: what it needs and where that is.
    """

    plan: Plan
    recording: Recording
    mirror: Mirror
    subject: str
    lock: Lock
    rules: MetricRules
    data: Needed
    remotes: Remotes
    notes: tuple[str, ...] = ()

    @property
    def folder_name(self) -> str:
        """A name for a checkout that is kept: `flights-1a2b3c4d`."""
        name = self.plan.repository.rstrip("/").rpartition("/")[2].removesuffix(".git")
        return f"{name or 'checkout'}-{self.plan.commit[:8]}"


def prepare(tracking: Tracking, profile: Profile | None, run: Run, *, to_run: bool, allow_platform: bool) -> Prepared:
    """Find everything out about a run that running it again takes. Only Git's mirror changes.

    Args:
        to_run: False where only code and data are wanted: then it does not matter how it was run.

    Raises:
        BlockedError, NotPermittedError, UnreachableError: see `reproduce`.
    """
    origin = origin_of(run)
    mirror = Mirror.of(origin.repository, profile)
    commit = checkout.bring(mirror, origin, Repository.containing(Path.cwd()))
    files = set(mirror.repository.files(commit))
    try:
        plan = plan_of(run, origin, commit, files, _long_command(tracking, run))
    except (BlockedError, NotPermittedError):
        if to_run:
            raise
        plan = Plan(run.id, run.user, origin.repository, commit, NO_COMMAND, usual=False)
    return _with_data(tracking, run, mirror, plan, files, to_run=to_run, allow_platform=allow_platform)


def _with_data(
    tracking: Tracking, run: Run, mirror: Mirror, plan: Plan, files: set[str], *, to_run: bool, allow_platform: bool
) -> Prepared:
    commit = plan.commit
    project, notes = _project(mirror, commit)
    long = tracking.artifact_text(run.id, DATA_ARTIFACT) if run.recording.data_digest else None
    recording = replace(run.recording, data=recorded_data(run.recording, long), data_digest=None)
    outputs, more = data.at_version(mirror.repository, recording, project, outputs_at(mirror.repository, commit))
    lock, doubts = choose(
        plan.environment,
        plan.command.directory,
        files,
        lambda path: mirror.repository.file(commit, path),
        (platform.system(), platform.machine()),
        stored=lambda: _stored_lock(tracking, run),
        allow_platform=allow_platform or not to_run,
    )
    needed = data.needed(recording, outputs, files, program_of(plan.command))
    return Prepared(
        plan=plan,
        recording=recording,
        mirror=mirror,
        subject=checkout.subject_of(mirror, commit),
        lock=lock,
        rules=project.metrics if project else MetricRules(),
        data=needed,
        remotes=data.remotes_at(mirror.repository, commit),
        notes=(*notes, *more, *((*doubts, *_elsewhere(plan)) if to_run else ()), *needed.notes),
    )


def lay_out(prepared: Prepared, folder: Path, step: Callable[[str], object]) -> list[str]:
    """Check the commit out and put its data in place, verified. What is unfinished is taken away again.

    Returns:
        What the checkout lacks, in words.

    Raises:
        UsageError: the folder is there already. BlockedError: data is missing or damaged; it names the file.
    """
    notes = checkout.check_out(prepared.mirror, prepared.plan.commit, folder)
    try:
        if prepared.data.outputs:
            step(f"fetching and verifying its data, {size(prepared.data.size)}")
            pull_outputs(folder, prepared.data.outputs, prepared.remotes, cache_folder() / "data")
    except BaseException:
        remove(folder)
        raise
    return notes


def size(count: int) -> str:
    """Bytes for people: `31 MB`."""
    value, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if value < 1000 or unit == "TB":
            break
        value /= 1000
    return f"{value:.0f} {unit}"


def _long_command(tracking: Tracking, run: Run) -> Command | None:
    """The command that is too long for a tag, from the artifact whose digest the tag holds."""
    text = recorded_artifact(run.tags.get(COMMAND, ""), lambda: tracking.artifact_text(run.id, COMMAND_ARTIFACT))
    return Command.from_json(text) if text is not None else None


def _elsewhere(plan: Plan) -> list[str]:
    """How this machine differs from the one that it ran on."""
    if plan.environment is None:
        return []
    threads = {"OMP_NUM_THREADS": said} if (said := plan.command.environment.get("OMP_NUM_THREADS")) else {}
    return differences(plan.environment, machine.environment(None, None, variables={**os.environ, **threads}))


def _stored_lock(tracking: Tracking, run: Run) -> bytes | None:
    """The lock of a run whose commit could not take it."""
    text = tracking.stored_text(run.id, pins.ARTIFACT)
    return text.encode() if text is not None else None


def _project(mirror: Mirror, commit: str) -> tuple[Project | None, list[str]]:
    content = mirror.repository.file(commit, FILE)
    if content is None:
        return None, []
    try:
        return parse_project(content.decode("utf-8", "replace")), []
    except UsageError as error:
        return None, [f"{error.what} in this commit, and not used: {error.why.splitlines()[0]}"]
