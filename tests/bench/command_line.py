"""What the client's command line costs before it does anything: its help beside an empty Python."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

from tests.bench.ratio import Row, alternate, paired, seconds

ROUNDS, BAR = 30, 6.0
HELP = (str(Path(sys.executable).with_name("saigen")), "--help")
NOTHING = (sys.executable, "-c", "pass")


def measure() -> list[Row]:
    """`saigen --help` in times of `python -c pass`, both whole processes."""
    timed = [partial(seconds, partial(_run, command)) for command in (HELP, NOTHING)]
    for once in timed:
        once()  # compiles, and fills the page cache
    value, low, high = paired(*alternate(*timed, ROUNDS))
    return [Row("`saigen --help` / `python -c pass`", value, low, high, "x time", ROUNDS, f"<= {BAR:g}", value <= BAR)]


def _run(command: tuple[str, ...]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
