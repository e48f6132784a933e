"""How much memory a program takes at most."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

# What a program's starter has in memory counts as the program's until it is loaded: so a small process starts it.
_START = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, used = os.wait4(process.pid, 0)
print(used.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def peak_memory(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> float:
    """MiB of the largest of all processes that a command starts and waits for, itself included."""
    words = [sys.executable, "-IS", "-c", _START, *command]
    done = subprocess.run(words, cwd=folder, env=dict(environment), stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise ChildProcessError(f"{' '.join(command)}: {done.returncode}")
    return int(done.stdout) / 1024  # KiB on Linux
