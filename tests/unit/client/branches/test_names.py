"""Which kind a branch is of, and which branches belong to a line."""

from __future__ import annotations

import pytest

from saigen.branches.kinds import KINDS
from saigen.branches.names import branch_for, branch_of
from saigen.project import parse_project

PROJECT = '[project]\nname = "birds"\n'


@pytest.mark.parametrize(
    ("name", "kind", "line"),
    [
        ("main", "main", None),
        ("data/raw", "raw", None),
        ("data/raw/acme", "raw", "acme"),
        ("data/split/acme", "split", "acme"),
        ("dev/ada/trees", "dev", None),
        ("stable/delay", "stable", "delay"),
        ("monitor/prod", "monitor", "prod"),
        ("ds/forward", "analysis", None),
    ],
)
def test_a_branch_is_of_the_kind_whose_pattern_it_matches(name: str, kind: str, line: str | None) -> None:
    found = branch_of(KINDS, name)
    assert found is not None
    assert (found.kind.name, found.line) == (kind, line)


@pytest.mark.parametrize("name", ["master", "feature", "data", "data/raw/a/b", "dev/", "stable/x_y", "stable/acme-7"])
def test_every_other_branch_is_free(name: str) -> None:
    assert branch_of(KINDS, name) is None


def test_without_branches_in_the_file_every_branch_is_free() -> None:
    assert branch_of(parse_project(PROJECT).branches.kinds, "main") is None


def test_an_exact_name_comes_before_a_pattern() -> None:
    text = PROJECT + '[branches.dev]\nnames = ["*"]\n[branches.main]\nnames = ["trunk"]\n'
    found = branch_of(parse_project(text).branches.kinds, "trunk")
    assert found is not None
    assert found.kind.name == "main"


def test_a_line_has_its_branch() -> None:
    assert branch_for(KINDS["raw"], "acme") == "data/raw/acme"
    assert branch_for(KINDS["raw"], None) == "data/raw"
    assert branch_for(KINDS["stable"], None) is None


def test_a_client_may_share_a_branch() -> None:
    text = PROJECT + '[branches.raw]\n[branches.stable]\n[clients.acme]\nraw = "data/raw"\n'
    rules = parse_project(text).branches
    assert rules.branch("raw", "acme") == "data/raw"
    assert rules.branch("stable", "acme") == "stable/acme"
    assert rules.branch("dev", "acme") is None
