"""A clone that merges by kind: what `set_up` writes, that it does so once, and that Git understands it."""

from __future__ import annotations

from pathlib import Path

import pytest

from saigen.merge.setup import attribute_lines, command, set_up, with_lines
from saigen.project import parse_project
from saigen.project.branches import BranchRules
from tests.unit.client.data_versions.project import Checkout

TEMPLATE = Path(__file__).resolve().parents[4] / "infra" / "template"


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "birds")


def test_a_second_time_there_is_nothing_to_do(checkout: Checkout) -> None:
    assert len(set_up(checkout.repository)) == 3
    assert set_up(checkout.repository) == []


def test_what_a_team_wrote_in_the_file_stays(checkout: Checkout) -> None:
    checkout.write(".gitattributes", "*.csv text eol=lf")
    set_up(checkout.repository)
    text = (checkout.root / ".gitattributes").read_text()
    assert text.startswith("*.csv text eol=lf\n\n")
    assert text.count("*.dvc merge=saigen") == 1


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("data/*", ["data/a.csv", "data/deep/er/a.csv"]),
        ("tracking/*.json", ["tracking/runs.json", "tracking/deep/runs.json"]),
        ("*.csv", ["a.csv", "deep/a.csv"]),
        ("my data/*", ["my data/a.csv"]),
        ("data/x*", ["data/x1", "data/x1/y"]),
        ("lists/birds.txt", ["lists/birds.txt"]),
    ],
)
def test_git_gives_the_driver_what_a_rule_matches(checkout: Checkout, pattern: str, paths: list[str]) -> None:
    checkout.write("saigen.toml", f'[project]\nname = "birds"\n\n[merge]\n"{pattern}" = "data"\n')
    set_up(checkout.repository)
    for path in paths:
        assert checkout.git("check-attr", "merge", "--", path) == f"{path}: merge: saigen"


def test_code_is_left_to_git(checkout: Checkout) -> None:
    checkout.write("saigen.toml", '[project]\nname = "birds"\n\n[merge]\n"notes/*" = "code"\n')
    set_up(checkout.repository)
    for path in ("src/train.py", "README.md", "notes/a.txt"):
        assert checkout.git("check-attr", "merge", "--", path) == f"{path}: merge: unspecified"


def test_the_template_carries_the_lines_of_its_rules() -> None:
    rules = parse_project((TEMPLATE / "saigen.toml").read_text().replace("${REPO_NAME}", "birds")).branches
    text = (TEMPLATE / ".gitattributes").read_text()
    assert with_lines(text, attribute_lines(rules)) == text


def test_two_branches_that_each_ignore_their_data_merge_without_the_driver(checkout: Checkout) -> None:
    checkout.write(".gitattributes", with_lines("", attribute_lines(BranchRules())))
    checkout.commit()
    for branch, line in (("other", "/flights.csv"), ("main", "/sample.csv")):
        checkout.git("switch", "--quiet", *([] if branch == "main" else ["--create"]), branch)
        checkout.write("data/.gitignore", f"{line}\n")
        checkout.git("add", "--force", "data/.gitignore")
        checkout.commit(f"Ignore {line}")
    checkout.git("merge", "--quiet", "--no-edit", "other")
    assert (checkout.root / "data" / ".gitignore").read_text().split() == ["/sample.csv", "/flights.csv"]


def test_a_program_with_odd_characters_in_its_path_is_quoted() -> None:
    assert command("/a b/100%/saigen").startswith("'/a b/100%%/saigen' merge-file ")


def test_the_rules_that_hold_without_a_file_have_their_lines() -> None:
    lines = attribute_lines(BranchRules())
    assert lines == [
        "*.dvc merge=saigen",
        "dvc.lock merge=saigen",
        "data/** merge=saigen",
        "monitoring/** merge=saigen",
        "tracking/**/*.json merge=saigen",
        "models/** merge=saigen",
        ".gitignore merge=union",
    ]
