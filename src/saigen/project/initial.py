"""`saigen init`: what a repository needs so that saigen knows it. Run again it changes nothing, and says why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from saigen.data.configuration import FOLDER as DVC
from saigen.data.dvc_program import dvc
from saigen.errors import BlockedError, SaigenError
from saigen.git.repository import Repository
from saigen.project.basics import FILE
from saigen.project.project import parse_project, read_project

BLOCK = (Path(__file__).parent / "branches.toml").read_text(encoding="utf-8")
# The same as a project made from the template has it: every line a comment.
COMMENTED = "\n".join(line if line.startswith("#") or not line else f"# {line}" for line in BLOCK.splitlines())
_HOOK = """#!/bin/sh
# Written by `saigen init --hook`: what the platform's forge would refuse is refused here, before it is sent.
exec saigen check --push --remote "$1"
"""
_NEW = """# What this project is called and what its data is called. Committed, and the same for everybody.

[project]
# Name of the experiment under which the tracking server lists the runs.
name = "{name}"

[datasets]
# name = path. The name is what Git tags and a run's data_version say: dataset `flights` has the versions
# flights_v1, flights_v2, ... Letters, digits and "-"; not "_", and not ending in "-" and digits.
# flights = "data/flights.csv"

[metrics]
# Metrics in which two runs of the same commit may differ, such as a duration.
ignore = []
"""


@dataclass(frozen=True)
class Step:
    """One thing that a repository needs: what, whether something was done for it now, and what or why not."""

    what: str
    changed: bool
    said: str


def init(folder: Path | None = None, *, branches: bool = False, hook: bool = False) -> list[Step]:
    """Let saigen know a repository: `saigen.toml`, DVC, merging by kind; with `branches` what its branches mean.

    Args:
        folder: inside the repository; by default the current one.
        branches: write the sections on branches into `saigen.toml`, where it has none.
        hook: let `git push` ask `saigen check --push` first.

    Raises:
        BlockedError: it is not in a Git repository. UsageError: its `saigen.toml` is wrong.
    """
    repository = Repository.containing(folder or Path.cwd())
    if repository is None:
        raise BlockedError(
            f"{folder or 'this folder'} is not in a Git repository", "expected one, found none", "git init"
        )
    steps = [_file(repository), _dvc(repository)]
    if branches:
        steps.append(_branches(repository))
    steps.append(_merging(repository))
    if hook:
        steps.append(_hook(repository))
    return steps


def _file(repository: Repository) -> Step:
    if read_project(repository.root):
        return Step(FILE, False, "it is there and sound")
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", repository.root.name).strip("-.") or "project"
    (repository.root / FILE).write_text(_NEW.format(name=name), encoding="utf-8")
    return Step(FILE, True, f"written for the project {name!r}: git add {FILE}")


def _dvc(repository: Repository) -> Step:
    if (repository.root / DVC).is_dir():
        return Step("DVC", False, f"{DVC} is there, and stays as it is")
    try:
        dvc(repository, "init", "--quiet")
    except SaigenError as error:
        return Step("DVC", False, f"not set up: {error.what} ({error.next})")
    return Step("DVC", True, f"{DVC} made by `dvc init`; next: dvc remote add --default storage s3://dvc/<project>")


def _branches(repository: Repository) -> Step:
    path = repository.root / FILE
    text = path.read_text(encoding="utf-8")
    if parse_project(text).branches.kinds:
        return Step("branches", False, f"{FILE} says already what they mean")
    if re.search(r"^\s*\[(branches|clients|merge|gate)\b", text, re.MULTILINE):
        return Step("branches", False, f"{FILE} has some of the sections already: add [branches] by hand")
    after = text.replace(COMMENTED, BLOCK.rstrip("\n")) if COMMENTED in text else f"{text.rstrip()}\n\n{BLOCK}"
    parse_project(after)
    path.write_text(after, encoding="utf-8")
    return Step("branches", True, f"what they mean was added to {FILE}; it holds once it is on the default branch")


def _merging(repository: Repository) -> Step:
    from saigen.merge.setup import set_up

    done = set_up(repository)
    return Step("merging", bool(done), "; ".join(done) or "driver and attributes are set up")


def _hook(repository: Repository) -> Step:
    path = repository.root / repository.run("rev-parse", "--git-path", "hooks/pre-push")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_HOOK, encoding="utf-8")
        path.chmod(0o755)
        return Step("pre-push hook", True, f"written to {path}")
    if "saigen check --push" in path.read_text(encoding="utf-8", errors="replace"):
        return Step("pre-push hook", False, "it asks saigen already")
    return Step("pre-push hook", False, f'{path} is yours: add to it  saigen check --push --remote "$1"')
