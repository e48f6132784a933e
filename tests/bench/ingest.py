"""`saigen data ingest` beside what it replaces, `dvc add` and `dvc push`: paired rounds of new files."""

from __future__ import annotations

import os
import subprocess
import time
from itertools import count
from pathlib import Path

from tests.bench.ratio import Row, alternate, paired
from tests.integration.person import Person

FILES, SIZE = 1_000, 20 << 10  # bytes each
ROUNDS = 5
BAR = 1.0


class Batches:
    """A clone of the demo project, whose raw branch and DVC remote grow batch by batch.

    Args:
        author: a member of the project `demo`. folder: an empty folder for files.
    """

    def __init__(self, author: Person, folder: Path) -> None:
        self.author = author
        self.clone = author.clone("demo")
        self.folder = folder
        self.numbers = count()

    def fresh(self) -> Path:
        """A folder with files that nobody has seen."""
        batch = self.folder / f"batch{next(self.numbers)}"
        batch.mkdir(parents=True)
        for number in range(FILES):
            (batch / f"{batch.name}-{number:05}").write_bytes(os.urandom(SIZE))
        return batch

    def seconds(self, *command: str) -> float:
        """Wall-clock seconds of a command in the clone."""
        start = time.perf_counter()
        self.author.run(*command, cwd=self.clone)
        return time.perf_counter() - start

    def ingest(self) -> float:
        """Seconds of an ingest: hashing, pushing, committing to the raw branch and publishing it."""
        batch = self.fresh()
        return self.seconds(
            "saigen",
            "data",
            "ingest",
            str(batch),
            "--source",
            "bench",
            "--into",
            "data/raw/bench",
            "--to",
            "data/bench",
        )

    def by_dvc(self) -> float:
        """Seconds of `dvc add` and `dvc push` alone, of a directory that holds one batch: without any Git."""
        batch = self.fresh()
        target = self.clone / "data" / batch.name
        subprocess.run(["cp", "-r", str(batch), str(target)], check=True)
        path = f"data/{batch.name}"
        return self.seconds("dvc", "add", "--quiet", path) + self.seconds("dvc", "push", "--quiet", path)


def measure(author: Person, folder: Path) -> list[Row]:
    """Rows of the bench table.

    Args:
        author: a member of the project `demo`. folder: an existing folder with room for 400 MiB.
    """
    batches = Batches(author, folder / "ingest")
    batches.ingest(), batches.by_dvc()  # the first ones warm connections and the page cache
    value, low, high = paired(*alternate(batches.ingest, batches.by_dvc, ROUNDS))
    what = f"{FILES:,} x {SIZE >> 10} KiB, data ingest / dvc add + dvc push"
    return [Row(what, value, low, high, "x time", ROUNDS, f"<= {BAR}", value <= BAR)]
