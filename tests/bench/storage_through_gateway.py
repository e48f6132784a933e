"""S3 through the gateway beside S3 directly: one large file and many small ones, by s5cmd, up and down."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.bench.ratio import Row, alternate, paired

BUCKET = "dvc"
PREFIX = "demo/bench"
S5CMD = Path(sys.executable).with_name("s5cmd")


@dataclass(frozen=True)
class Load:
    """Files that are alike: `count` of `size` bytes each, and the throughput that they must reach."""

    what: str
    count: int
    size: int
    bar: float
    rounds: int

    def write(self, folder: Path) -> Path:
        """Make the files, with content that neither side can compress or guess, and return their folder."""
        target = folder / self.what.replace(" ", "-")
        target.mkdir(parents=True)
        for number in range(self.count):
            with (target / f"{number:05}").open("wb") as file:
                for _ in range(0, self.size, 1 << 20):
                    file.write(os.urandom(min(self.size, 1 << 20)))
        return target


LOADS = (
    Load("1 GiB", count=1, size=1 << 30, bar=0.85, rounds=6),
    Load("3,000 x 20 KiB", count=3000, size=20 << 10, bar=0.70, rounds=6),
)


@dataclass(frozen=True)
class Way:
    """One way to the storage: its endpoint, and whose credentials are used."""

    endpoint: str
    name: str
    exports: Mapping[str, str]

    def remote(self, load: Load) -> str:
        """Where this way's copy of the load is."""
        return f"s3://{BUCKET}/{PREFIX}/{self.name}/{load.what.replace(' ', '-')}"

    def up(self, load: Load, source: Path) -> float:
        """Upload the load and return the seconds that it took."""
        return self._copy(f"{source}/*", f"{self.remote(load)}/")

    def down(self, load: Load, target: Path) -> float:
        """Download the load into an empty folder and return the seconds that it took."""
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        return self._copy(f"{self.remote(load)}/*", f"{target}/")

    def _copy(self, source: str, target: str) -> float:
        command = [str(S5CMD), "--log", "error", "--endpoint-url", self.endpoint, "cp", source, target]
        environment = {**os.environ, "AWS_REGION": "us-east-1", **self.exports}
        start = time.perf_counter()
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, timeout=600)
        return time.perf_counter() - start


def measure(
    direct: str, gateway: str, exports: Mapping[str, str], folder: Path, loads: tuple[Load, ...] = LOADS
) -> list[Row]:
    """Rows of the bench table.

    Args:
        direct: the storage's own endpoint URL. gateway: the same storage's URL through the gateway.
        exports: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of someone who may write below s3://dvc/demo/.
        folder: an existing folder for the files, twice the largest load.
    """
    ours, reference = Way(gateway, "gateway", exports), Way(direct, "direct", exports)
    rows: list[Row] = []
    for load in loads:
        source, target = load.write(folder), folder / "down"
        rows.append(_row(load, "up", lambda way: lambda: way.up(load, source), ours, reference))  # noqa: B023
        rows.append(_row(load, "down", lambda way: lambda: way.down(load, target), ours, reference))  # noqa: B023
        shutil.rmtree(source)
        shutil.rmtree(target)
    return rows


def _row(load: Load, direction: str, timed: Callable[[Way], Callable[[], float]], ours: Way, reference: Way) -> Row:
    timed(ours)(), timed(reference)()  # the first transfer warms connections and the page cache
    seconds = alternate(timed(ours), timed(reference), load.rounds)
    throughput = [[load.count * load.size / second for second in series] for series in seconds]
    value, low, high = paired(*throughput)
    return Row(
        what=f"{load.what} by s5cmd, {direction}, through the gateway / directly",
        value=value,
        low=low,
        high=high,
        unit="x throughput",
        rounds=load.rounds,
        bar=f">= {load.bar}",
        met=value >= load.bar,
    )
