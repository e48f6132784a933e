"""Two people append to the same data on two branches; one merges, and the other gets what both of them added."""

from __future__ import annotations

from pathlib import Path

from tests.integration.person import Person

BRANCH, OTHER = "dev/birds", "dev/birds-of-reviewer"
SET_UP = """
from pathlib import Path
from saigen.git.repository import Repository
from saigen.merge.setup import set_up
print(*set_up(Repository(Path.cwd())), sep="\\n")
"""


def rows(*numbers: int) -> str:
    return "id,bird\n" + "".join(f"{number},bird {number}\n" for number in numbers)


def photos(*numbers: int) -> dict[str, bytes]:
    return {f"{number % 3}/{number}.png": b"photo %d" % number for number in numbers}


def commit(person: Person, clone: Path, table: str, pictures: dict[str, bytes]) -> None:
    """Write a table and pictures, and commit and push them by plain dvc and git."""
    (clone / "data" / "birds.csv").write_text(table)
    for name, content in pictures.items():
        (clone / "data" / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        (clone / "data" / "photos" / name).write_bytes(content)
    person.run("dvc", "add", "--quiet", "data/birds.csv", "data/photos", cwd=clone)
    person.run("git", "add", "--all", cwd=clone)
    person.run("git", "commit", "--quiet", "--message", "Add birds", cwd=clone)
    person.run("dvc", "push", "--quiet", cwd=clone)


def assert_has(clone: Path, table: str, pictures: dict[str, bytes]) -> None:
    """The workspace holds exactly this table and these pictures."""
    folder = clone / "data" / "photos"
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert (clone / "data" / "birds.csv").read_text() == table
    assert found == pictures


def test_what_two_people_added_is_there_for_both(author: Person, reviewer: Person) -> None:
    mine = author.clone("demo")
    author.run("git", "switch", "--quiet", "--create", BRANCH, cwd=mine)
    assert "merge.saigen.driver" in author.python(SET_UP, cwd=mine)
    commit(author, mine, rows(*range(1000)), photos(*range(20)))
    author.run("git", "push", "--quiet", "origin", BRANCH, cwd=mine)

    theirs = reviewer.clone("demo")
    reviewer.run("git", "switch", "--quiet", BRANCH, cwd=theirs)
    reviewer.python(SET_UP, cwd=theirs)
    reviewer.run("dvc", "pull", "--quiet", "data/birds.csv", "data/photos", cwd=theirs)
    commit(reviewer, theirs, rows(*range(1000), *range(2000, 2500)), photos(*range(20), *range(40, 50)))
    reviewer.run("git", "push", "--quiet", "origin", f"HEAD:{OTHER}", cwd=theirs)

    commit(author, mine, rows(*range(1000), *range(1000, 1700)), photos(*range(20), *range(20, 35)))
    author.run("git", "fetch", "--quiet", cwd=mine)
    said = author.run("git", "merge", "--no-edit", f"origin/{OTHER}", cwd=mine)
    assert "data/photos: 35 and 30 files make 45" in said.stdout + said.stderr
    author.run("saigen", "data", "pull", cwd=mine)
    assert "up to date" in author.run("dvc", "status", cwd=mine).stdout
    author.run("saigen", "data", "push", cwd=mine)
    author.run("git", "push", "--quiet", "origin", BRANCH, cwd=mine)

    reviewer.run("git", "pull", "--quiet", "--ff-only", "origin", BRANCH, cwd=theirs)
    reviewer.run("dvc", "pull", "--quiet", "data/birds.csv", "data/photos", cwd=theirs)
    union = rows(*range(1000), *range(1000, 1700), *range(2000, 2500))
    assert_has(theirs, union, photos(*range(35), *range(40, 50)))
    assert_has(mine, union, photos(*range(35), *range(40, 50)))
    assert (
        "in sync"
        in reviewer.run("dvc", "status", "--cloud", "data/birds.csv.dvc", "data/photos.dvc", cwd=theirs).stdout
    )
