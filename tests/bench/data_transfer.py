"""`saigen data push` and `pull` beside s5cmd, with md5sum where content is verified, and beside dvc: paired rounds."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.bench.memory import peak_memory
from tests.bench.ratio import Row, alternate, paired
from tests.integration.person import PROGRAMS, Person

S5CMD = PROGRAMS / "s5cmd"
BUCKET = "s3://dvc/demo/bench-data"


@dataclass(frozen=True)
class Load:
    """Files that are alike, `count` of `size` bytes each; what push and pull may take beside s5cmd; rounds."""

    what: str
    count: int
    size: int
    push_bar: float
    pull_bar: float
    rounds: int
    dvc_rounds: int = 0
    push_reference: str = "s5cmd"


SMALL = Load("3,000 x 20 KiB", 3000, 20 << 10, push_bar=1.4, pull_bar=1.4, rounds=6, dvc_rounds=3)
LARGE = Load("1 GiB", 1, 1 << 30, push_bar=1.3, pull_bar=1.3, rounds=4, push_reference="s5cmd + md5sum")
MANY = Load("50,000 x 4 KiB", 50_000, 4 << 10, push_bar=0, pull_bar=0, rounds=3)
DVC_BAR = 0.4
MEMORY_BAR = 400  # MiB
AGAIN_BAR = 3.0  # s


class Project:
    """A DVC project with one directory, added; its remote is another folder of the bucket whenever one wants it.

    Args:
        author: someone who may write below s3://dvc/demo/. folder: an empty folder for it.
    """

    def __init__(self, author: Person, folder: Path, load: Load) -> None:
        self.author = author
        self.load = load
        self.root = folder / load.what.replace(" ", "-").replace(",", "")
        self.numbers = count()
        self.data = self.root / "data"
        self.data.mkdir(parents=True)
        for number in range(load.count):
            self._write(self.data / f"{number:05}")
        self.run("git", "init", "--quiet", ".")
        self.run("dvc", "init", "--quiet")
        for setting in ("core.analytics false", "core.check_update false"):
            self.run("dvc", "config", *setting.split())
        self.go_to("none")
        self.run("dvc", "add", "--quiet", "data")

    def _write(self, path: Path) -> None:
        with path.open("wb") as file:
            for _ in range(0, self.load.size, 1 << 20):
                file.write(os.urandom(min(self.load.size, 1 << 20)))

    def run(self, *command: str) -> None:
        """Run a command in the project as its author."""
        self.author.run(*command, cwd=self.root)

    def seconds(self, *command: str) -> float:
        """Wall-clock seconds of a command in the project."""
        start = time.perf_counter()
        self.run(*command)
        return time.perf_counter() - start

    def fresh(self) -> str:
        """A folder of the bucket that nothing was sent to yet."""
        return f"{BUCKET}/{self.root.name}-{os.getpid()}-{next(self.numbers)}"

    def go_to(self, url: str) -> None:
        """Make another folder of the bucket the project's remote."""
        self.run("dvc", "remote", "add", "--quiet", "--force", "--default", "storage", url)

    def forget(self, *folders: str) -> None:
        """Be without cache and workspace, as in a colleague's new clone.

        Put aside, not deleted: for some seconds after a deletion ext4 looks through all freed inodes for each new file.
        """
        for folder in folders or (".dvc/cache", ".dvc/tmp", "data"):
            old, aside = self.root / folder, self.root / "aside" / str(next(self.numbers))
            if old.exists():
                aside.parent.mkdir(exist_ok=True)
                old.rename(aside)
                if self.load.count == 1:
                    shutil.rmtree(aside)


def push(project: Project, *command: str) -> float:
    """Seconds of a push by a command into a folder that is empty."""
    project.go_to(project.fresh())
    return project.seconds(*command)


def pull(project: Project, *command: str) -> float:
    """Seconds of a pull by a command into nothing."""
    project.forget()
    return project.seconds(*command)


def s5cmd(project: Project, source: str, target: str) -> float:
    """Seconds of a copy by s5cmd alone."""
    endpoint = project.author.exports["AWS_ENDPOINT_URL_S3"]
    return project.seconds(str(S5CMD), "--log", "error", "--endpoint-url", endpoint, "cp", source, target)


def md5sum(project: Project, folder: Path) -> float:
    """Seconds of md5sum over all files of a folder."""
    return project.seconds("find", str(folder), "-type", "f", "-exec", "md5sum", "{}", "+")


def push_by_s5cmd(project: Project) -> float:
    """What a push costs at least: the copy, and for one large file its hash."""
    hashed = md5sum(project, project.data) if "md5sum" in project.load.push_reference else 0.0
    return hashed + s5cmd(project, f"{project.data}/*", f"{project.fresh()}/")


def pull_by_s5cmd(project: Project, source: str) -> float:
    """What a verified pull costs at least: the copy and the hashes."""
    project.forget("reference")
    copied = s5cmd(project, f"{source}/*", f"{project.root}/reference/")
    return copied + md5sum(project, project.root / "reference")


def measure(author: Person, folder: Path) -> list[Row]:
    """Rows of the bench table.

    Args:
        author: someone who may write below s3://dvc/demo/. folder: an existing folder with room for 4 GiB.
    """
    rows: list[Row] = []
    for load in (SMALL, LARGE):
        project = Project(author, folder, load)
        rows.extend(_against_s5cmd(project))
        if load.dvc_rounds:
            rows.extend(_against_dvc(project))
        shutil.rmtree(project.root)
    project = Project(author, folder, MANY)
    rows.extend(_many(project))
    shutil.rmtree(project.root)
    return rows


def _against_s5cmd(project: Project) -> Iterator[Row]:
    load = project.load
    yield _ratio(
        f"{load.what}, data push / {load.push_reference}",
        lambda: push(project, "saigen", "data", "push"),
        lambda: push_by_s5cmd(project),
        load.rounds,
        load.push_bar,
    )
    plain = project.fresh()
    s5cmd(project, f"{project.data}/*", f"{plain}/")
    push(project, "saigen", "data", "push")
    yield _ratio(
        f"{load.what}, data pull / s5cmd + md5sum",
        lambda: pull(project, "saigen", "data", "pull"),
        lambda: pull_by_s5cmd(project, plain),
        load.rounds,
        load.pull_bar,
    )


def _against_dvc(project: Project) -> Iterator[Row]:
    load = project.load
    yield _ratio(
        f"{load.what}, data push / dvc push",
        lambda: push(project, "saigen", "data", "push"),
        lambda: push(project, "dvc", "push", "--quiet"),
        load.dvc_rounds,
        DVC_BAR,
    )
    yield _ratio(
        f"{load.what}, data pull / dvc pull",
        lambda: pull(project, "saigen", "data", "pull"),
        lambda: pull(project, "dvc", "pull", "--quiet"),
        load.dvc_rounds,
        DVC_BAR,
    )


def _many(project: Project) -> Iterator[Row]:
    load = project.load
    project.go_to(project.fresh())
    peak = peak_memory(["saigen", "data", "push"], project.root, project.author.environment)
    bar = f"<= {MEMORY_BAR}"
    yield Row(f"{load.what}, data push, peak memory", peak, peak, peak, "MiB", 1, bar, peak <= MEMORY_BAR)
    took = sorted(project.seconds("saigen", "data", "push") for _ in range(load.rounds))
    slow, middle = took[-1], took[len(took) // 2]
    bar = f"<= {AGAIN_BAR:.0f}"
    yield Row(f"{load.what}, second data push", middle, took[0], slow, "s", load.rounds, bar, middle <= AGAIN_BAR)


def _ratio(what: str, ours: Callable[[], float], reference: Callable[[], float], rounds: int, bar: float) -> Row:
    ours(), reference()  # the first transfer warms connections and the page cache
    value, low, high = paired(*alternate(ours, reference, rounds))
    return Row(what, value, low, high, "x time", rounds, f"<= {bar}", value <= bar)
