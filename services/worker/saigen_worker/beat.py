"""The worker's word on itself, which the health check reads: until when it will have moved on, and what it reaches."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = Path("/tmp/beat.json")  # noqa: S108 - a tmpfs of this container alone
GRACE = 60.0  # seconds


@dataclass(frozen=True)
class Beat:
    """`until`: the time (seconds since 1970) up to which what it does now may take. `failed`: projects out of reach."""

    doing: str
    until: float
    reached: int = 0
    failed: tuple[str, ...] = ()


def trouble(beat: Beat | None, now: float) -> str | None:
    """What is wrong with a worker that said this, or None. Pure."""
    if beat is None:
        return "it has not begun its first round"
    if now > beat.until:
        return f"'{beat.doing}' is {now - beat.until:.0f} s late"
    if beat.failed and not beat.reached:
        return f"it reaches none of its projects ({', '.join(beat.failed)})"
    return None


def write(beat: Beat, path: Path = FILE) -> None:
    """Say it; a reader sees the old word or the new one, never a part."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(asdict(beat)), encoding="utf-8")
    draft.replace(path)


def read(path: Path = FILE) -> Beat | None:
    """What was said last, or None."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Beat(**{**content, "failed": tuple(content["failed"])})


def soon(seconds: float) -> float:
    """The time in so many seconds, and some grace."""
    return time.time() + seconds + GRACE
