"""A bare repository as the forge keeps it, without its hooks."""

from __future__ import annotations

from pathlib import Path

import pytest

from saigen.git.repository import Repository

NOBODY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "tester"), ("EMAIL", "tester@example.org"), ("DATE", "1700000000 +0000"))
}


@pytest.fixture
def bare(tmp_path: Path) -> Repository:
    """It has one commit on main, without files."""
    folder = tmp_path / "team" / "flights.git"
    folder.mkdir(parents=True)
    repository = Repository(folder)
    repository.run("init", "--quiet", "--bare", "--initial-branch=main", ".")
    commit(repository, "Begin", "refs/heads/main")
    return repository


@pytest.fixture
def main(bare: Repository) -> str:
    """The commit of main."""
    return bare.run("rev-parse", "main")


def commit(repository: Repository, message: str, ref: str) -> str:
    """A commit without files or parents, and a ref that names it; its id."""
    tree = repository.run("hash-object", "-t", "tree", "-w", "--stdin", given=b"")
    made = repository.run("commit-tree", tree, "-m", message, environment=NOBODY)
    repository.run("update-ref", ref.format(made), made)
    return made


def snapshot(bare: Repository, text: str, *parents: str, ref: str = "refs/saigen/in/{}") -> str:
    """A commit of one file on top of others, and a ref that names it; its id."""
    blob = bare.run("hash-object", "-w", "--stdin", given=text.encode())
    tree = bare.run("mktree", given=f"100644 blob {blob}\tsecret.py\n".encode())
    above = [word for parent in parents for word in ("-p", parent)]
    made = bare.run("commit-tree", tree, *above, "-m", "What a run ran", environment=NOBODY)
    bare.run("update-ref", ref.format(made), made)
    return made


def forget(bare: Repository, wanted: str) -> None:
    """Ask for it, as a maintainer's push does."""
    commit(bare, f"Forget {wanted}", f"refs/saigen/forget/{wanted}")
