"""Real Git, with the driver as `set_up` configures it: merge, rebase, cherry-pick."""

from __future__ import annotations

import shutil

import pytest

from saigen.data.pointer import parse_pointer
from tests.unit.client.data_versions.project import Checkout
from tests.unit.client.merge.branches import Branches, Change

HEADER = b"id,bird\n"


def rows(*numbers: int) -> bytes:
    return HEADER + b"".join(b"%d,bird %d\n" % (number, number) for number in numbers)


def put(path: str, content: bytes) -> Change:
    return lambda checkout: checkout.write(path, content)


def add(path: str, content: bytes | dict[str, bytes]) -> Change:
    return lambda checkout: checkout.add(path, content)


def delete(path: str) -> Change:
    return lambda checkout: (checkout.root / path).unlink()


def assert_merged(branches: Branches, *command: str) -> None:
    done = branches.git(*command)
    assert done.returncode == 0, done.stdout + done.stderr
    assert branches.checkout.git("status", "--porcelain", "--untracked-files=no") == ""


COMMANDS = pytest.mark.parametrize("command", [("merge", "other"), ("rebase", "other"), ("cherry-pick", "other")])


@COMMANDS
def test_rows_of_both_sides_are_there(branches: Branches, command: tuple[str, ...]) -> None:
    branches.diverge(*(put("data/birds.csv", rows(*numbers)) for numbers in ((1, 2), (1, 2, 3), (1, 2, 4))))
    assert_merged(branches, *command)
    assert sorted(branches.read("data/birds.csv").splitlines()) == sorted(rows(1, 2, 3, 4).splitlines())


@COMMANDS
def test_rows_behind_pointers_are_there(branches: Branches, command: tuple[str, ...]) -> None:
    branches.checkout.write(".gitignore", "/data/*\n!/data/*.dvc\n/.dvc/cache\n")
    branches.diverge(*(add("data/birds.csv", rows(*numbers)) for numbers in ((1, 2), (1, 2, 3), (1, 2, 4))))
    assert_merged(branches, *command)
    merged = branches.data("data/birds.csv")
    assert sorted(merged.splitlines()) == sorted(rows(1, 2, 3, 4).splitlines())
    (output,) = parse_pointer("data/birds.csv.dvc", branches.read("data/birds.csv.dvc"))
    assert output.size == len(merged)
    assert branches.checkout.cached(output.md5 or "").stat().st_mode & 0o777 == 0o444


def assert_conflict(branches: Branches, path: str, *words: str, command: str = "merge") -> str:
    """Git has a conflict there, and the report says these words; what is on standard error."""
    done = branches.git(command, "other")
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert "Traceback" not in said
    assert branches.checkout.git("diff", "--name-only", "--diff-filter=U") == path
    report = branches.read(f".git/saigen/conflicts/{path}.txt").decode()
    assert [word for word in words if word not in report] == []
    return said


def merge_rules(branches: Branches, rules: str) -> None:
    branches.checkout.write("saigen.toml", f'[project]\nname = "birds"\n\n[merge]\n{rules}\n')


def test_a_row_with_two_values_is_a_conflict_with_markers_and_a_report(branches: Branches) -> None:
    sides = (rows(1), rows(1).replace(b"bird 1", b"owl"), rows(1, 2).replace(b"bird 1", b"tit"))
    branches.diverge(*(put("data/birds.csv", side) for side in sides))
    said = assert_conflict(branches, "data/birds.csv", "id = 1", "1,owl", "1,tit", "bird 1")
    assert "id = 1" in said
    expected = b"id,bird\n<<<<<<< current\n1,owl\n=======\n1,tit\n>>>>>>> incoming\n2,bird 2\n"
    assert branches.read("data/birds.csv") == expected


def test_a_preferred_side_ends_the_conflict_when_it_is_merged_again(branches: Branches) -> None:
    sides = (rows(1), rows(1).replace(b"bird 1", b"owl"), rows(1, 2).replace(b"bird 1", b"tit"))
    branches.diverge(*(put("data/birds.csv", side) for side in sides))
    assert_conflict(branches, "data/birds.csv", "id = 1")
    merge_rules(branches, '"data/birds.csv" = {way = "data", prefer = "incoming"}')
    branches.checkout.git("checkout", "--merge", "--", "data/birds.csv")
    assert branches.read("data/birds.csv") == b"id,bird\n1,tit\n2,bird 2\n"
    assert branches.checkout.git("diff", "--check") == ""


def test_a_conflict_behind_a_pointer_names_the_rows(branches: Branches) -> None:
    branches.checkout.write(".gitignore", "/data/*\n!/data/*.dvc\n/.dvc/cache\n")
    sides = (rows(1), rows(1).replace(b"bird 1", b"owl"), rows(1).replace(b"bird 1", b"tit"))
    branches.diverge(*(add("data/birds.csv", side) for side in sides))
    assert_conflict(branches, "data/birds.csv.dvc", "id = 1", "1,owl", "1,tit")


DIRECTORIES = (
    {"a": b"1", "b": b"2", "deep/c": b"3"},
    {"a": b"1", "b": b"2", "deep/c": b"3", "mine": b"44"},
    {"a": b"1", "deep/c": b"3", "theirs": b"555"},
)


def directories(branches: Branches, *sides: dict[str, bytes]) -> None:
    branches.checkout.write(".gitignore", "/data/*\n!/data/*.dvc\n/.dvc/cache\n")

    def replaced(files: dict[str, bytes]) -> Change:
        def change(checkout: Checkout) -> None:
            shutil.rmtree(checkout.root / "data" / "birds", ignore_errors=True)
            checkout.add("data/birds", files)

        return change

    branches.diverge(*(replaced(side) for side in sides))


@COMMANDS
def test_directories_are_united_and_deletions_stay(branches: Branches, command: tuple[str, ...]) -> None:
    directories(branches, *DIRECTORIES)
    assert_merged(branches, *command)
    assert branches.files("data/birds") == {"a": b"1", "deep/c": b"3", "mine": b"44", "theirs": b"555"}
    (output,) = parse_pointer("data/birds.dvc", branches.read("data/birds.dvc"))
    assert (output.size, output.files) == (7, 4)


def test_a_union_needs_no_files_but_only_the_lists(branches: Branches) -> None:
    directories(branches, *DIRECTORIES)
    for path in (branches.checkout.root / ".dvc" / "cache" / "files" / "md5").rglob("*"):
        if path.is_file() and path.suffix != ".dir":
            path.unlink()
    assert_merged(branches, "merge", "other")


def test_rows_inside_a_directory_are_merged(branches: Branches) -> None:
    sides = [{"year.csv": rows(*numbers), "x": b"x"} for numbers in ((1,), (1, 2), (1, 3))]
    directories(branches, *sides)
    assert_merged(branches, "merge", "other")
    assert branches.files("data/birds") == {"year.csv": rows(1, 2, 3), "x": b"x"}
    (output,) = parse_pointer("data/birds.dvc", branches.read("data/birds.dvc"))
    assert output.size == len(rows(1, 2, 3)) + 1


def test_a_name_with_two_contents_is_a_conflict(branches: Branches) -> None:
    directories(branches, {}, {"owl.png": b"one"}, {"owl.png": b"other", "tit.png": b"t"})
    assert_conflict(branches, "data/birds.dvc", "owl.png", "not there")


def test_a_file_deleted_here_and_changed_there_is_a_conflict(branches: Branches) -> None:
    directories(branches, {"a": b"1", "b": b"2"}, {"b": b"2"}, {"a": b"other", "b": b"2"})
    assert_conflict(branches, "data/birds.dvc", "  a")


def test_a_file_where_the_other_side_has_a_folder_is_a_conflict(branches: Branches) -> None:
    directories(branches, {"x": b"x"}, {"x": b"x", "owl": b"1"}, {"x": b"x", "owl/1": b"1"})
    assert_conflict(branches, "data/birds.dvc", "owl", "folder")


def test_a_preferred_file_stays(branches: Branches) -> None:
    merge_rules(branches, '"data/birds/*.png" = {way = "data", prefer = "current"}')
    directories(branches, {}, {"owl.png": b"one"}, {"owl.png": b"other", "tit.png": b"t"})
    assert_merged(branches, "merge", "other")
    assert branches.files("data/birds") == {"owl.png": b"one", "tit.png": b"t"}


def test_content_that_is_nowhere_is_a_conflict_with_its_reason(branches: Branches) -> None:
    branches.checkout.write(".gitignore", "/data/*\n!/data/*.dvc\n/.dvc/cache\n")
    branches.checkout.write(".dvc/config", "[core]\n    remote = storage\n['remote \"storage\"']\n    url = /nowhere\n")
    branches.diverge(*(add("data/birds.csv", rows(*numbers)) for numbers in ((1,), (1, 2), (1, 3))))
    branches.checkout.cached(parse_pointer("x.dvc", branches.read("data/birds.csv.dvc"))[0].md5 or "").unlink()
    assert_conflict(branches, "data/birds.csv.dvc", "not on this machine")


def test_damaged_content_is_a_conflict_and_the_cache_is_as_it_was(branches: Branches) -> None:
    branches.checkout.write(".gitignore", "/data/*\n!/data/*.dvc\n/.dvc/cache\n")
    branches.diverge(*(add("data/birds.csv", side) for side in (rows(1), rows(1, 2), HEADER + b'1,"\n')))
    before = branches.read("data/birds.csv.dvc")
    cached = sorted(branches.checkout.root.glob(".dvc/cache/**/*"))
    assert_conflict(branches, "data/birds.csv.dvc", "does not end")
    assert branches.read("data/birds.csv.dvc") == before
    assert sorted(branches.checkout.root.glob(".dvc/cache/**/*")) == cached


@COMMANDS
def test_an_incoming_model_overwrites_and_says_so(branches: Branches, command: tuple[str, ...]) -> None:
    branches.diverge(*(put("models/delay.bin", content) for content in (b"\0base", b"\0current", b"\0incoming")))
    done = branches.git(*command)
    assert done.returncode == 0, done.stderr
    assert branches.read("models/delay.bin") == (b"\0current" if command[0] == "rebase" else b"\0incoming")
    assert "overwrites" in done.stderr + done.stdout


def test_the_pointer_of_a_model_is_overwritten_without_its_content(branches: Branches) -> None:
    branches.checkout.write(".gitignore", "/models/*\n!/models/*.dvc\n/.dvc/cache\n")
    branches.diverge(*(add("models/delay.bin", content) for content in (b"base", b"current", b"incoming")))
    assert_merged(branches, "merge", "other")
    assert branches.data("models/delay.bin") == b"incoming"


def lock(**stages: str) -> bytes:
    made = "".join(f"  {name}:\n    cmd: {command}\n" for name, command in stages.items())
    return f"schema: '2.0'\nstages:\n{made}".encode()


def test_stages_are_merged_one_by_one(branches: Branches) -> None:
    sides = (lock(clean="a", split="b"), lock(clean="mine", split="b"), lock(clean="theirs", split="c", train="d"))
    branches.diverge(*(put("dvc.lock", side) for side in sides))
    done = branches.git("merge", "other")
    assert done.returncode == 0, done.stderr
    assert branches.read("dvc.lock") == lock(clean="theirs", split="c", train="d")
    assert "dvc repro clean" in done.stdout + done.stderr


def test_code_merges_as_git_merges_it(branches: Branches) -> None:
    lines = [f"line {number}\n" for number in range(9)]
    sides = ("".join(lines), "".join(["first\n", *lines[1:]]), "".join([*lines[:-1], "last\n"]))
    branches.diverge(*(put("data/prepare.py", side.encode()) for side in sides))
    assert_merged(branches, "merge", "other")
    assert branches.read("data/prepare.py").decode() == "".join(["first\n", *lines[1:-1], "last\n"])


def test_data_that_both_sides_added_has_no_base(branches: Branches) -> None:
    branches.diverge(put("README.md", b"Birds"), put("data/birds.csv", rows(1)), put("data/birds.csv", rows(2)))
    assert_merged(branches, "merge", "other")
    assert branches.read("data/birds.csv") == rows(1, 2)


def test_the_rules_of_head_hold_while_saigen_toml_itself_is_wrong(branches: Branches) -> None:
    merge_rules(branches, '"data/birds.csv" = {way = "data", prefer = "current"}')
    sides = (rows(1), rows(1).replace(b"bird 1", b"owl"), rows(1).replace(b"bird 1", b"tit"))
    branches.diverge(*(put("data/birds.csv", side) for side in sides))
    branches.checkout.write("saigen.toml", "<<<<<<< current\n")
    done = branches.git("merge", "other")
    assert done.returncode == 0, done.stderr
    assert b"owl" in branches.read("data/birds.csv")


def test_the_report_of_a_conflict_goes_when_it_is_merged(branches: Branches) -> None:
    sides = (rows(1), rows(1).replace(b"bird 1", b"owl"), rows(1).replace(b"bird 1", b"tit"))
    branches.diverge(*(put("data/birds.csv", side) for side in sides))
    assert_conflict(branches, "data/birds.csv", "id = 1")
    merge_rules(branches, '"data/*.csv" = {way = "data", prefer = "current"}')
    branches.checkout.git("checkout", "--merge", "--", "data/birds.csv")
    assert not (branches.checkout.root / ".git/saigen/conflicts/data/birds.csv.txt").exists()


def test_without_the_driver_git_merges_as_any_text(branches: Branches) -> None:
    branches.checkout.git("config", "--remove-section", "merge.saigen")
    lines = [f"{number},bird\n" for number in range(9)]
    sides = ("".join(lines), "".join(["0,owl\n", *lines[1:]]), "".join([*lines[:-1], "8,tit\n"]))
    branches.diverge(*(put("data/birds.csv", side.encode()) for side in sides))
    assert_merged(branches, "merge", "other")
    assert branches.read("data/birds.csv").decode() == "".join(["0,owl\n", *lines[1:-1], "8,tit\n"])


def test_no_program_of_that_name_is_a_conflict_and_nothing_is_lost(branches: Branches) -> None:
    branches.checkout.git("config", "merge.saigen.driver", "/nowhere/saigen merge-file %O %A %B %P")
    branches.diverge(*(put("data/birds.csv", rows(*numbers)) for numbers in ((1,), (1, 2), (1, 3))))
    assert branches.git("merge", "other").returncode == 1
    assert branches.read("data/birds.csv") == rows(1, 2)


def test_two_pictures_of_one_name_are_a_conflict_that_keeps_the_current_one(branches: Branches) -> None:
    branches.diverge(*(put("data/owl.png", content) for content in (b"\0base", b"\0current", b"\0incoming")))
    assert_conflict(branches, "data/owl.png", "two contents")
    assert branches.read("data/owl.png") == b"\0current"


def test_a_worktree_beside_the_checkout_merges_too(branches: Branches) -> None:
    sides = (rows(1), rows(1).replace(b"bird 1", b"owl"), rows(1).replace(b"bird 1", b"tit"))
    branches.diverge(*(put("data/birds.csv", side) for side in sides))
    beside = branches.checkout.root.parent / "beside"
    branches.checkout.git("worktree", "add", "--quiet", "--detach", str(beside), "main")
    assert branches.git("-C", str(beside), "merge", "other").returncode == 1
    assert b"1,tit" in (beside / "data" / "birds.csv").read_bytes()
    assert b"id = 1" in branches.read(".git/saigen/conflicts/data/birds.csv.txt")
