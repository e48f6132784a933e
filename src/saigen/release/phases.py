"""The commands of a release, and the runs that they made. Found again by a mark that plain MLflow puts on each run."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from saigen import recording
from saigen.errors import BlockedError, SaigenError
from saigen.lineage.uses import test_uses
from saigen.record import machine
from saigen.record.packages import UV_LOCK
from saigen.recording import LARGEST, PHASE, RELEASE, RELEASE_TAG, Code, Command, Data, Environment, State
from saigen.release.manifest import Phase
from saigen.reproduce.environment import python_in
from saigen.tracking import Run, Tracking

ATTEMPT = "saigen.attempt"
_CONTEXT = "MLFLOW_RUN_CONTEXT"
# What would lead Git, or another environment's programs, away from the worktree.
_NOT_OURS = ("VIRTUAL_ENV", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "UV_PROJECT_ENVIRONMENT")


@dataclass(frozen=True)
class Attempt:
    """One try at a release: what all of its runs say.

    Attributes:
        id: its mark. root: the worktree. commit: what is trained. data, versions: hash by path and data_version of it.
    """

    tag: str
    root: Path
    branch: str
    commit: str
    repository: str
    data: Mapping[str, str] = field(default_factory=dict)
    versions: str = ""
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


def context_tags(attempt: Attempt, phase: str, words: Sequence[str]) -> dict[str, str]:
    """The tags of every run of a phase. Where recording is installed, its own come on top of these. Pure."""
    variables = {"SAIGEN_PHASE": phase, "SAIGEN_RELEASE": attempt.tag}
    tags = {
        RELEASE: attempt.tag,
        PHASE: phase,
        ATTEMPT: attempt.id,
        recording.COMMIT: attempt.commit,
        recording.REPOSITORY: attempt.repository,
        recording.BRANCH: attempt.branch,
        recording.COMMAND: Command(bare(words), environment=variables).to_json(),
        recording.DATA: recording.render_data(attempt.data) if attempt.data else "",
        recording.DATA_VERSION: attempt.versions,
        recording.STATE: str(State(Code.UNPUSHED, Data.PUSHED)),
    }
    return {key: value for key, value in tags.items() if value and len(value.encode()) <= LARGEST}


def bare(words: Sequence[str]) -> tuple[str, ...]:
    """The command inside `uv run`: whoever repeats it has the environment already. Pure."""
    if tuple(words[:2]) != ("uv", "run"):
        return tuple(words)
    inner = list(words[2:])
    while inner and inner[0].startswith("-"):
        inner.pop(0)
    return tuple(inner) or tuple(words)


def variables(shell: Mapping[str, str], attempt: Attempt, phase: str, tags: Mapping[str, str]) -> dict[str, str]:
    """The variables of a command. Pure."""
    said = shell.get(_CONTEXT, "")
    before = json.loads(said) if said else {}
    kept = {name: value for name, value in shell.items() if name not in _NOT_OURS}
    context = {_CONTEXT: json.dumps({**before, **tags})} if tags else {}
    return {**kept, **context, "SAIGEN_PHASE": phase, "SAIGEN_RELEASE": attempt.tag}


def environment_of(root: Path, words: Sequence[str]) -> Environment | None:
    """What a command by `uv run` ran in: the lock and the environment below `root`. None for any other command."""
    lock, version = root / UV_LOCK, python_in(root / ".venv")
    if tuple(words[:2]) != ("uv", "run") or not lock.is_file() or version is None:
        return None
    return machine.environment(hashlib.sha256(lock.read_bytes()).hexdigest(), UV_LOCK, version)


def run_tests(attempt: Attempt, words: Sequence[str]) -> None:
    """Run the project's tests. Raises SaigenError (the answer is no) where they are red."""
    code = _start(words, attempt.root, variables(os.environ, attempt, "tests", {}))
    if code != 0:
        raise SaigenError(
            f"{attempt.tag} is not released: the tests are red",
            f"{shlex.join(words)} ended with {code}",
            "put it right on a dev branch, merge it there, then the same again",
        )


def run_phase(attempt: Attempt, phase: str, words: Sequence[str], tracking: Tracking) -> Phase:
    """Run one phase, and say on each run which release it was made for.

    Raises:
        SaigenError: the command failed, or its run did. BlockedError: it made no run.
    """
    code = _start(words, attempt.root, variables(os.environ, attempt, phase, context_tags(attempt, phase, words)))
    runs = find_runs(tracking, attempt.id, phase)
    ran_in = environment_of(attempt.root, words)
    for run in runs:
        tracking.log_param(run.id, RELEASE_TAG, attempt.tag)
        if ran_in and recording.ENVIRONMENT not in run.tags:  # where recording is installed, it has said so itself
            tracking.set_tag(run.id, recording.ENVIRONMENT, ran_in.to_json())
    if code != 0:
        raise SaigenError(
            f"{attempt.tag} is not released: {phase} failed",
            f"{shlex.join(words)} ended with {code}",
            "put it right on a dev branch, merge it there, then the same again",
        )
    main = next((run for run in runs if not run.parent), None)
    if main is None:
        raise BlockedError(
            f"{attempt.tag} is not released: {phase} logged no run",
            f"expected {shlex.join(words)} to log one to {tracking.uri}, found none",
            "log it with mlflow.start_run()",
        )
    if main.status != "FINISHED":
        raise SaigenError(
            f"{attempt.tag} is not released: the run of {phase} did not succeed",
            f"run {main.id} ended as {main.status}",
            "look at the run, and put right what failed",
        )
    return Phase(phase, main.id, tuple(run.id for run in runs), dict(main.metrics))


def find_runs(tracking: Tracking, attempt: str, phase: str | None = None) -> list[Run]:
    """The runs of an attempt, or of one phase of it, newest first."""
    wanted = f"tags.`{ATTEMPT}` = '{attempt}'" + (f" and tags.`{PHASE}` = '{phase}'" if phase else "")
    return list(tracking.search(list(tracking.experiments()), wanted))


def looks(tracking: Tracking, line: str, repository: str) -> int:
    """How often a line has looked at its test set: an attempt at a release looks once, whatever came of it."""
    runs = test_uses(line, tracking=tracking, within=repository)
    return len({run.tags.get(ATTEMPT, run.id) for run in runs})


def _start(words: Sequence[str], root: Path, environment: Mapping[str, str]) -> int:
    """Run a command in the worktree; what it prints goes to standard error, where progress belongs."""
    sys.stderr.flush()
    try:
        done = subprocess.run(
            list(words), cwd=root, env=dict(environment), stdin=subprocess.DEVNULL, stdout=2, check=False
        )
    except OSError as error:
        raise BlockedError(
            f"{words[0]} cannot be started",
            f"{shlex.join(words)}: {error}",
            "check [release] in saigen.toml",
        ) from error
    return done.returncode
