"""What is wrong with a project's own files: saigen.toml, all errors at once, and how this clone merges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec

from saigen.branches.names import branch_of
from saigen.branches.refusal import Refusal
from saigen.errors import UsageError
from saigen.git.repository import Repository
from saigen.project import FILE, Project, parse_project
from saigen.project.branches import BranchRules
from saigen.project.project import unknown
from saigen.text import printable


def read(text: str, where: str) -> tuple[Project | None, list[Refusal]]:
    """The settings that a text gives, None where it is wrong, and everything that is wrong in it.

    Args:
        where: the name of the file, as it is said.
    """
    try:
        project, wrong = parse_project(text), []
    except UsageError as error:
        project, wrong = None, error.why.split("\n  ")
    return project, [
        Refusal("file", f"{where} is wrong", printable(line), f"edit {FILE}    (see docs/branches.md)")
        for line in (*wrong, *unknown(text))
    ]


def double_names(rules: BranchRules, present: Iterable[str]) -> Iterator[Refusal]:
    """Branches that Git cannot hold at once: it keeps `data/raw` as a file and `data/raw/acme` in a folder.

    Args:
        present: names of the branches that exist.
    """
    said = (rules.branch(kind, client) for client in rules.clients for kind in rules.kinds)
    names = sorted({*(name for name in said if name), *(name for name in present if branch_of(rules.kinds, name))})
    for one in names:
        for other in names:
            if other.startswith(f"{one}/"):
                yield Refusal(
                    "names",
                    f"there cannot be both {printable(one)} and {printable(other)}",
                    "Git keeps a branch as a file, and the other would need a folder of that name",
                    f"give the first a line of its own, for example {printable(one)}/main",
                )


def merging(repository: Repository, rules: BranchRules) -> Iterator[Refusal]:
    """What is missing for this clone to merge data and models by what they are."""
    if find_spec("saigen.merge") is None:
        return
    setup = import_module("saigen.merge.setup")
    if not repository.ask("config", "--get", f"merge.{setup.DRIVER}.driver"):
        yield Refusal(
            "merging",
            "this clone merges data as if it were code",
            f"expected merge.{setup.DRIVER}.driver in Git's configuration, found none",
            "saigen init",
        )
    file = repository.root / setup.ATTRIBUTES
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    if setup.with_lines(text, setup.attribute_lines(rules)) != text:
        yield Refusal(
            "merging",
            f"{setup.ATTRIBUTES} does not name all files that merge by what they are",
            f"expected a line for each pattern of {FILE}, found fewer",
            f"saigen init && git add {setup.ATTRIBUTES}",
        )
