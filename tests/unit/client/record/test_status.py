"""What `git status` says, and which untracked files a recording takes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from saigen.project import RecordRules
from saigen.record.status import Candidate, Change, Choice, choose, parse, without_environments

ID = "1" * 40
ANSWER = b"\0".join(
    [
        b"# branch.oid " + ID.encode(),
        b"# branch.head main",
        b"1 .M N... 100644 100644 100644 " + ID.encode() + b" " + ID.encode() + b" a file.py",
        b"1 A. N... 000000 100644 100644 " + b"0" * 40 + b" " + ID.encode() + b" new.py",
        b"1 .M S.M. 160000 160000 160000 " + ID.encode() + b" " + ID.encode() + b" sub",
        b"u UU N... 100644 100644 100644 100644 " + b" ".join([ID.encode()] * 3) + b" both.py",
        b"? free.py",
        b"? nested/",
        b"",
    ]
)
candidates = st.lists(
    st.builds(Candidate, st.text("ab/.py", min_size=1, max_size=6), st.integers(0, 2_000_000), st.booleans()),
    unique_by=lambda one: one.path,
    max_size=8,
)


def test_changes_submodules_conflicts_and_untracked_files_are_told_apart() -> None:
    found = parse(ANSWER)
    assert (found.head, found.branch) == (ID, "main")
    assert found.changes == (
        Change("a file.py", "100644", ID),
        Change("new.py", None, None),
        Change("sub", "160000", ID),
        Change("both.py", None, None),
    )
    assert found.untracked == ("free.py",)
    assert found.nested == ("nested",)
    assert found.dirty == ("sub",)


def test_a_detached_head_has_no_branch_and_a_new_repository_no_commit() -> None:
    found = parse(b"# branch.oid (initial)\0# branch.head (detached)\0")
    assert (found.head, found.branch) == (None, None)


def test_limits_are_said_with_what_they_leave_out() -> None:
    files = [Candidate("a.py", 400), Candidate("b.py", 500), Candidate("c.csv", 700), Candidate("d.csv", 2000)]
    found = choose(files, RecordRules(largest_file=1000, largest_total=1000, most_files=5))
    assert found == Choice(("a.py", "b.py"), ("c.csv (more than 0.0 MB together)", "d.csv (0.0 MB)"))


def test_code_comes_before_data_when_there_are_too_many() -> None:
    files = [Candidate("a.csv", 1), Candidate("z.py", 900)]
    assert choose(files, RecordRules(most_files=1)).taken == ("z.py",)


def test_results_of_tracking_tools_are_neither_taken_nor_missed() -> None:
    files = [Candidate("mlruns/0/meta.yaml", 10), Candidate("src/__pycache__/a.pyc", 10), Candidate("mlflow.db", 10**9)]
    assert choose(files, RecordRules()) == Choice()


def test_only_the_paths_below_an_environment_are_dropped() -> None:
    kept, folders = without_environments(["env/pyvenv.cfg", "env/lib/a.py", "environment.py"])
    assert (kept, folders) == (["environment.py"], ["env"])


@given(files=candidates, seed=st.randoms())
def test_the_choice_does_not_depend_on_the_order(files: list[Candidate], seed: object) -> None:
    shuffled = list(files)
    seed.shuffle(shuffled)  # type: ignore[attr-defined]
    rules = RecordRules(largest_total=3_000_000, most_files=3)
    assert choose(shuffled, rules) == choose(files, rules)


@given(files=candidates)
def test_every_file_is_taken_or_named(files: list[Candidate]) -> None:
    rules = RecordRules(most_files=3)
    found = choose(files, rules)
    assert len(found.taken) + len(found.left_out) == len(files)
    assert sum(file.size for file in files if file.path in found.taken) <= rules.largest_total
