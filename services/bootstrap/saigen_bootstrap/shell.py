"""Runs command-line programs (git, dvc, python) and turns their failures into our errors."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import UP, SaigenError


@dataclass(frozen=True)
class Shell:
    """A working directory and a complete environment; nothing of bootstrap's own environment leaks into it."""

    folder: Path
    environment: Mapping[str, str]

    def run(self, *command: str | Path, seconds: float = 120) -> str:
        """What the command prints, stripped. Raises SaigenError with its last lines when it fails or hangs."""
        words = [str(word) for word in command]
        try:
            done = subprocess.run(
                words,
                check=False,
                cwd=self.folder,
                env=dict(self.environment),
                capture_output=True,
                text=True,
                timeout=seconds,
            )
        except subprocess.TimeoutExpired as error:
            raise self._failed(words, f"no end within {seconds:.0f} s") from error
        if done.returncode != 0:
            last = (done.stderr or done.stdout).strip().splitlines()[-8:]
            raise self._failed(words, f"exit {done.returncode}: {' | '.join(last)}")
        return done.stdout.strip()

    def asks(self, *command: str | Path) -> bool:
        """Whether the command exits with 0."""
        words = [str(word) for word in command]
        environment = dict(self.environment)
        done = subprocess.run(words, check=False, cwd=self.folder, env=environment, capture_output=True, timeout=60)
        return done.returncode == 0

    def _failed(self, words: list[str], why: str) -> SaigenError:
        return SaigenError(f"{' '.join(words[:3])} failed", why, f"{UP} (it goes on from where it stopped)")


def base_environment(scratch: Path, *, path: str = "/usr/local/bin:/usr/bin:/bin") -> dict[str, str]:
    """The least that git and Python need; no user or system configuration of Git."""
    return {
        "PATH": path,
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "LC_ALL": "C.UTF-8",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_NOSYSTEM": "1",
    }
