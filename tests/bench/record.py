"""What recording costs a training: at its import of MLflow, at the start of its run, and at its end."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests.bench.ratio import Row, alternate

ROUNDS = 20
FILES, FOLDERS, POINTERS, CHANGED = 10_000, 100, 20, 100
# What MLflow does for the tags of a run, and nothing else: neither a server nor a network is measured.
START = """
import time
from mlflow.tracking.context.registry import resolve_tags
begin = time.perf_counter()
tags = resolve_tags()
print(time.perf_counter() - begin, "saigen.commit" in tags)
"""
# MLflow loads the entry point, and makes one object of it.
IMPORT = """
import importlib.metadata, time
spent = []
load = importlib.metadata.import_module
def timed(name):
    begin = time.perf_counter()
    module = load(name)
    if name == "saigen.record.provider":
        module.RunContext()
        spent.append(time.perf_counter() - begin)
    return module
importlib.metadata.import_module = timed
import mlflow
print(*spent)
"""
END = START + "import time; print(time.time(), flush=True)\n"
AWAY = {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9"}  # nobody listens on the port that is named discard


def measure(folder: Path) -> list[Row]:
    """The three costs in a repository of 10,000 files. `folder`: an empty one."""
    root = make_repository(folder)
    programs = {False: environment(folder, "off"), True: environment(folder, "on")}
    for variables in programs.values():
        start(root, variables)  # compiles, and fills the caches that any second run finds filled
    ours, plain = alternate(lambda: start(root, programs[True]), lambda: start(root, programs[False]), ROUNDS)
    imports = [import_cost(root, programs[True]) for _ in range(ROUNDS)]
    ended, plain_ended = alternate(lambda: end(root, programs[True]), lambda: end(root, programs[False]), ROUNDS // 2)
    size = f"{FILES:,} files, {POINTERS} pointers, {CHANGED} changed"
    return [
        row(f"record at run start, {size}: p95 over a plain run", 1000 * (p95(ours) - p95(plain)), "ms", 150, ROUNDS),
        row("import of MLflow, more: p95", 1000 * p95(imports), "ms", 50, ROUNDS),
        row("at exit, remotes down, more: p95", p95(ended) - p95(plain_ended), "s", 1, ROUNDS // 2),
    ]


def row(what: str, value: float, unit: str, limit: float, rounds: int) -> Row:
    """One absolute figure against its bar."""
    return Row(what, value, value, value, unit, rounds, f"<= {limit:g} {unit}", value <= limit)


def p95(values: Sequence[float]) -> float:
    """The 95th percentile."""
    return float(np.percentile(values, 95))


def make_repository(folder: Path) -> Path:
    """A repository that a run finds dirty, with a warm index: Git has looked at every file already."""
    root = folder / "work"
    for number in range(FILES):
        file = root / f"pkg{number % FOLDERS:02}" / f"module_{number}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"value = {number}\n" * 20)
    names = []
    for number in range(POINTERS):
        data = root / "data" / f"set{number}x.csv"
        data.parent.mkdir(exist_ok=True)
        data.write_text("1\n")
        data.with_suffix(".csv.dvc").write_text(
            f"outs:\n- md5: b026324c6904b2a9cb4b88d6d61c81d1\n  size: 2\n  hash: md5\n  path: {data.name}\n"
        )
        names.append(f'set{number}x = "data/{data.name}"\n')
    (root / ".gitignore").write_text("/data/*.csv\n__pycache__/\n")
    (root / "saigen.toml").write_text('[project]\nname = "bench"\n\n[datasets]\n' + "".join(names))
    for command in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "-m", "All of it")):
        git(root, *command)
    for number in range(CHANGED):
        (root / f"pkg{number:02}" / f"module_{number}.py").write_text(f"value = {-number}\n" * 20)
    git(root, "status")
    return root


def git(root: Path, *arguments: str) -> None:
    """Run Git as somebody."""
    author = ("-c", "user.name=Bench", "-c", "user.email=bench@example.org", "-c", "gc.auto=0")
    subprocess.run(["git", *author, "-C", str(root), *arguments], check=True, capture_output=True)


def environment(folder: Path, record: str) -> dict[str, str]:
    """A person's environment, with an empty home; recording `on` or `off`."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    kept = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
    return {**kept, **AWAY, "HOME": str(home), "SAIGEN_RECORD": record}


def start(root: Path, variables: dict[str, str]) -> float:
    """Seconds that a new process takes for the tags of its first run."""
    seconds, recorded = python(root, variables, "-c", START).stdout.split()
    if (recorded == "True") != (variables["SAIGEN_RECORD"] == "on"):
        raise RuntimeError(f"expected recording {variables['SAIGEN_RECORD']}, found a commit: {recorded}")
    return float(seconds)


def end(root: Path, variables: dict[str, str]) -> float:
    """Seconds from a process's last statement to its end."""
    said = python(root, variables, "-c", END).stdout.split()[-1]
    return time.time() - float(said)


def import_cost(root: Path, variables: dict[str, str]) -> float:
    """Seconds that `import mlflow` spends in Saigen, with everything that only Saigen imports."""
    return float(python(root, variables, "-c", IMPORT).stdout)


def python(root: Path, variables: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the repository."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=root, env=variables, check=True, capture_output=True, text=True)
