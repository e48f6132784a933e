"""Real Git, with the driver as `set_up` configures it: merge, rebase, cherry-pick."""

from __future__ import annotations

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
