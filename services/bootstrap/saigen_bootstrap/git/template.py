"""The template repository's content: infra/template, as one commit by the platform for each shipped version.

It is updated as long as the platform made its newest commit. Once a maintainer has committed to it, it is theirs:
it is left alone and the plan says so. Projects made from it are never touched by an update.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..credentials.environment import Account, git_configuration
from ..settings import INNER, PLATFORM, TEMPLATE
from ..shell import Shell, base_environment
from .state import MAIN

_TRAILER = "Saigen-Template: "  # the API tells no tree ids (its `tree.sha` is the commit's), so the commit does


@contextmanager
def _repository(template: Path, scratch: Path, password: str = "") -> Iterator[Shell]:
    """A throw-away Git folder whose working tree is the shipped template, which stays read-only."""
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        account = Account(PLATFORM, password, f"{PLATFORM}@saigen.invalid")
        shell = Shell(
            Path(folder),
            {
                **base_environment(Path(folder)),
                **git_configuration(account, INNER.git),
                "MLFLOW_TRACKING_USERNAME": PLATFORM,
                "MLFLOW_TRACKING_PASSWORD": password,
                "GIT_DIR": f"{folder}/git",
                "GIT_WORK_TREE": str(template),
            },
        )
        shell.run("git", "init", "--quiet", f"--initial-branch={MAIN}")
        yield shell


def _tree(shell: Shell) -> str:
    shell.run("git", "add", "--all")
    return shell.run("git", "write-tree")


def shipped_tree(template: Path, scratch: Path) -> str:
    """The id of the tree that the template's files make."""
    with _repository(template, scratch) as shell:
        return _tree(shell)


def tree_of(message: str) -> str:
    """The id of the tree that a commit of ours says it holds; empty when it says none."""
    lines = [line for line in message.splitlines() if line.startswith(_TRAILER)]
    return lines[-1].removeprefix(_TRAILER) if lines else ""


def push_template(template: Path, scratch: Path, organisation: str, password: str) -> None:
    """Put the shipped files on top of the template repository's main branch as one commit."""
    with _repository(template, scratch, password) as shell:
        url = f"{INNER.git}/{organisation}/{TEMPLATE}.git"
        newest = shell.run("git", "ls-remote", url, f"refs/heads/{MAIN}").split()
        parent: list[str] = []
        if newest:
            shell.run("git", "fetch", "--quiet", "--depth=1", url, newest[0])
            parent = ["-p", newest[0]]
        tree = _tree(shell)
        subject = "Update the template" if newest else "Start from the template that Saigen ships"
        commit = shell.run("git", "commit-tree", tree, *parent, "-m", subject, "-m", f"{_TRAILER}{tree}")
        shell.run("git", "push", "--quiet", url, f"{commit}:refs/heads/{MAIN}")
