"""Two pushes of one branch, of which the forge takes one: the other's work is done again on top of it."""

from __future__ import annotations

import json
import shlex

from tests.integration.branches.guarded import Desk


def test_a_branch_that_another_makes_between_greeting_and_pushing(desk: Desk) -> None:
    here, there = desk, Desk.of(desk.person)
    here.write("one.csv", "x\n1\n")
    there.write("two.csv", "x\n2\n")
    # Git asks this hook when the forge has told it that there is no such branch, and before it sends anything.
    here.write(
        ".git/hooks/pre-push",
        "#!/bin/sh -e\n"
        'rm "$0"\n'
        "unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_PREFIX\n"
        f"cd {shlex.quote(str(there.root))}\n"
        f"exec {shlex.join(ingest('two.csv'))} >&2\n",
    )
    (here.root / ".git/hooks/pre-push").chmod(0o755)

    answer = json.loads(here.run(*ingest("one.csv")).stdout)

    assert not (here.root / ".git/hooks/pre-push").exists()
    assert answer["branch"] == "data/raw/halls"
    here.git("fetch", "--quiet", "origin")
    assert (
        here.git("log", "--format=%s", "origin/main..origin/data/raw/halls").splitlines()
        == ["Add 1 file to data/halls"] * 2
    )
    here.git("switch", "--quiet", "--detach", "origin/data/raw/halls")
    here.run("dvc", "pull", "--quiet")
    assert {file.name: file.read_text() for file in (here.root / "data/halls").glob("*.csv")} == {
        "one.csv": "x\n1\n",
        "two.csv": "x\n2\n",
    }


def ingest(file: str) -> list[str]:
    """The command that adds a file to a raw branch."""
    options = ["--source", "sensors", "--into", "data/raw/halls", "--to", "data/halls", "--json"]
    return ["saigen", "data", "ingest", file, *options]
