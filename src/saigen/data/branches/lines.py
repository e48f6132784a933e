"""Which branches and paths a command on data is about. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from saigen.branches.kinds import KINDS
from saigen.branches.names import branch_of
from saigen.data.pointer import is_ours
from saigen.errors import UsageError
from saigen.project import FILE, Project
from saigen.project.branches import BranchRules

SPLIT = "data/split"  # where the parts of a split lie: made of other data, and never brought in
UPSTREAM = {"clean": "raw", "split": "clean"}  # stage -> the kind of branch that it works on


@dataclass(frozen=True)
class Stage:
    """One step of the data of a line: what is on `upstream` becomes what is on `branch`."""

    name: str
    branch: str
    upstream: str


def stage_of(project: Project | None, name: str, line: str | None) -> Stage:
    """The stage `clean` or `split` of a line, by the project's names of branches.

    Raises:
        UsageError: the project has no such branches.
    """
    return Stage(name, _branch(project, name, line), _branch(project, UPSTREAM[name], line))


def ingest_branch(project: Project | None, into: str | None) -> str:
    """The branch that files go to: `data/raw`, or the one that a person names.

    Raises:
        UsageError: the project says what branches mean, and this one is not for raw data.
    """
    if into is None:
        return _branch(project, "raw", None)
    kinds = project.branches.kinds if project and project.branches.kinds else KINDS
    found = branch_of(kinds, into)
    if found is None or found.kind.name != "raw":
        names = " or ".join(kinds["raw"].names) if "raw" in kinds else "none"
        raise UsageError(
            f"{into} is no branch for raw data",
            f"expected {names}",
            f"--into {names.split()[0]}",
        )
    return into


def ingest_target(project: Project | None, dataset: str | None, to: str | None) -> str:
    """The path that files go to.

    Raises:
        UsageError: there is no such dataset, the path is not below `data/`, or nothing says which one is meant.
    """
    datasets = project.datasets if project else {}
    if to is not None:
        path = to.rstrip("/")
        outside = {"", ".", ".."} & set(path.split("/")) or "\\" in path
        if not path.startswith("data/") or outside or is_ours(path):
            raise UsageError(f"{to} is no place for data", "expected a path such as data/flights", "--to data/NAME")
        return path
    brought = {name: path for name, path in datasets.items() if not path.startswith(f"{SPLIT}/")}
    if dataset is None and len(brought) == 1:
        return next(iter(brought.values()))
    if dataset is None or dataset not in datasets:
        known = ", ".join(brought) or "none"
        asked = f"there is no dataset {dataset}" if dataset else "which dataset is meant"
        raise UsageError(asked, f"{FILE} names {known}", "--dataset NAME, or --to data/FOLDER")
    return datasets[dataset]


def _branch(project: Project | None, kind: str, line: str | None) -> str:
    """The branch of a kind for a line; where the project says nothing of branches, by the default names."""
    rules = project.branches if project and project.branches.kinds else BranchRules(KINDS)
    found = rules.branch(kind, line)
    if found is None:
        raise UsageError(
            f"the project has no {kind} branch" + (f" for {line}" if line else ""),
            f"expected one of [branches.{kind}] in {FILE}",
            f"edit {FILE}",
        )
    return found
