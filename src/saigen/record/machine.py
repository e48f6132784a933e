"""What a run runs on: interpreter, system, threads, graphics card. Read from files; no program is started for it."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Mapping
from pathlib import Path

from saigen.recording import Environment

_NVIDIA = Path("/proc/driver/nvidia")


def environment(
    lock: str | None,
    lock_path: str | None,
    python: str | None = None,
    variables: Mapping[str, str] = os.environ,
) -> Environment:
    """The environment to record.

    Args:
        lock: sha256 of the lock file. lock_path: its path in the commit. python: version of the interpreter that runs,
            where that is not this one. variables: of the process.
    """
    return Environment(
        lock=lock,
        lock_path=lock_path,
        python=python or platform.python_version(),
        system=platform.system(),
        machine=platform.machine(),
        threads=threads(variables),
        gpu=graphics_card(),
    )


def threads(variables: Mapping[str, str] = os.environ) -> int:
    """How many threads numeric libraries use: what OMP_NUM_THREADS says, else the processors of this process."""
    said = variables.get("OMP_NUM_THREADS", "").split(",")[0]
    if said.isdigit() and int(said) > 0:
        return int(said)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def graphics_card(folder: Path = _NVIDIA) -> str | None:
    """Models of NVIDIA's cards and the version of their driver, or None: `2 x NVIDIA A100, driver 535.104.05`."""
    try:
        version = re.search(r"\d+\.\d+(?:\.\d+)?", (folder / "version").read_text(encoding="ascii", errors="replace"))
        models = [
            match[1]
            for path in sorted((folder / "gpus").glob("*/information"))
            if (
                match := re.search(r"^Model:\s*(.+)$", path.read_text(encoding="ascii", errors="replace"), re.MULTILINE)
            )
        ]
    except OSError:
        return None
    counted = [
        f"{models.count(model)} x {model}" if models.count(model) > 1 else model for model in dict.fromkeys(models)
    ]
    return ", ".join([*counted, f"driver {version[0]}"] if version else counted) or None
