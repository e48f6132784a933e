"""Run the command: as a list, in the recorded folder, with its own home, without keys to anything but tracking."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from saigen import recording
from saigen.recording import LARGEST, Environment, Recording, State
from saigen.reproduce.lock import Lock
from saigen.reproduce.plan import Plan
from saigen.reproduce.variables import inherited
from saigen.tracking.rest import login

_TAIL = 4000  # bytes of output that are kept for a message
_PATIENCE = 10  # seconds for a command to end by itself when it is interrupted
_REST = 2  # seconds for the last of its output to arrive


@dataclass(frozen=True)
class Execution:
    """How the command ended: its exit code, the seconds it took, and the end of what it printed."""

    code: int
    seconds: float
    tail: str


def context_tags(mark: str, plan: Plan, recorded: Recording, lock: Lock, environment: Environment) -> dict[str, str]:
    """The tags that plain MLflow gives every run of the command: its mark, and what recording would write. Pure.

    Args:
        mark: id of this execution, by which its runs are found again.
        recorded: of the original. environment: this one.
    """
    state = State(recording.Code.PUSHED, recording.Data.PUSHED)
    tags = {
        recording.REPRODUCTION: mark,
        recording.RECORD: mark,
        recording.COMMIT: plan.commit,
        recording.GIT_COMMIT: plan.commit,
        recording.REPOSITORY: plan.repository,
        recording.BRANCH: recorded.branch or "",
        recording.COMMAND: plan.command.to_json(),
        recording.ENVIRONMENT: environment.to_json() if lock.kind != "none" else "",
        recording.DATA: recording.render_data(recorded.data) if recorded.data else "",
        recording.DATA_VERSION: recorded.data_version or "",
        recording.STATE: str(state),
    }
    return {key: value for key, value in tags.items() if value and len(value.encode()) <= LARGEST}


def variables(
    shell: Mapping[str, str], tags: Mapping[str, str], *, recorded: Mapping[str, str], storage: bool
) -> dict[str, str]:
    """The variables of the command that do not depend on where things lie. Pure.

    Args:
        shell: the person's own variables. recorded: those of the recording that may be taken over, and secrets.
        storage: whether S3 keys are handed on.
    """
    return {
        **inherited(shell, storage=storage),
        **recorded,
        "MLFLOW_RUN_CONTEXT": json.dumps(dict(tags), separators=(",", ":")),
        # What the command would record about itself is in the tags above already.
        "SAIGEN_RECORD": "off",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONNOUSERSITE": "1",
    }


def placed(workspace: Path, programs: Path, cache: Path, tracking_uri: str, search: str) -> dict[str, str]:
    """The variables of the command that say where things lie.

    Args:
        programs: folder of the environment's programs, the first on PATH. search: the person's PATH.
        cache: what its programs may keep between runs (fonts, downloaded weights).
    """
    home = workspace / "home"
    home.mkdir(exist_ok=True)
    cache.mkdir(parents=True, exist_ok=True)
    return {
        "HOME": str(home),
        "XDG_CACHE_HOME": str(cache),
        "PATH": os.pathsep.join([str(programs), search]),
        "VIRTUAL_ENV": str(programs.parent),
        "MLFLOW_TRACKING_URI": tracking_uri,
        # Nothing is registered or promoted: the registry is a folder that goes with the workspace.
        "MLFLOW_REGISTRY_URI": (workspace / "registry").as_uri(),
        "MLFLOW_ALLOW_FILE_STORE": "true",
    }


def tracking_login() -> dict[str, str]:
    """Name and secret for tracking, where the person keeps them in MLflow's own file: the command has another home."""
    name, password = login()
    said = {"MLFLOW_TRACKING_USERNAME": name, "MLFLOW_TRACKING_PASSWORD": password}
    return {name: value for name, value in said.items() if value}


def storage_files(home: Path) -> dict[str, str]:
    """Where the person's S3 profiles are, for a command that may use them."""
    names = {"AWS_SHARED_CREDENTIALS_FILE": "credentials", "AWS_CONFIG_FILE": "config"}
    return {name: str(home / ".aws" / file) for name, file in names.items() if (home / ".aws" / file).is_file()}


def execute(
    words: Sequence[str], folder: Path, environment: Mapping[str, str], show: Callable[[bytes], object]
) -> Execution:
    """Run a command to its end; what it prints goes to `show` as it comes.

    Interrupted, it passes the interruption on, waits until the command is gone, kills what it left running, and raises
    KeyboardInterrupt.
    """
    folder.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    process = subprocess.Popen(
        words,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        bufsize=0,
        start_new_session=True,
    )
    tail = bytearray()
    try:
        reader = Thread(target=_read, args=(process, show, tail), daemon=True)
        reader.start()  # from here on it may print, and whoever sees that may interrupt
        code = process.wait()
    except BaseException:
        _end(process)
        raise
    # Something that it left running may hold the pipe open; what the command itself printed is here by then.
    reader.join(_REST)
    if not reader.is_alive() and process.stdout is not None:
        process.stdout.close()
    return Execution(code, time.perf_counter() - began, bytes(tail).decode("utf-8", "replace"))


def _read(process: subprocess.Popen[bytes], show: Callable[[bytes], object], tail: bytearray) -> None:
    assert process.stdout is not None  # noqa: S101 - a pipe was asked for
    while chunk := process.stdout.read(65536):
        show(chunk)
        tail.extend(chunk)
        del tail[:-_TAIL]


def _end(process: subprocess.Popen[bytes]) -> None:
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE)
            break
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
