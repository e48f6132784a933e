"""`[branches]`, `[clients]` and `[merge]` of saigen.toml."""

from __future__ import annotations

import pytest

from saigen.errors import UsageError
from saigen.project import parse_project
from saigen.project.project import LISTS, SECTIONS, unknown

PROJECT = '[project]\nname = "birds"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[branches.wild]", "[branches] wild: expected one of main, raw"),
        ("[branches]\nraw = 3", "[branches] raw: expected a table"),
        ("[branches.raw]\nnames = 3", "[branches.raw] names: expected a list of texts, found 3"),
        ("[branches.raw]\nwrite = ['*']", "[branches.raw] write: expected one of names, writes"),
        ("[branches.raw]\nmerges = ['wild']", "[branches.raw] merges: expected some of"),
        ("[branches.raw]\nnames = ['<line>/<line>']", "expected <line> once at most"),
        ("[branches.raw]\nnames = ['a']\n[branches.dev]\nnames = ['a']", "expected patterns of its own"),
        ("[clients]\nacme-1 = {}", "[clients] acme-1: expected letters"),
        ("[clients.acme]\nstabel = 'x'", "[clients.acme] stabel: expected one of"),
        ("[branches.raw]\n[clients.acme]\nraw = 'dev/x'", "expected a branch of kind raw, found 'dev/x'"),
        ("[merge]\n'a/*' = 'append'", "way: expected code or model or data, found 'append'"),
        ("[merge]\n'a/*' = {way = 'data', prefer = 'mine'}", "prefer: expected incoming or current, found 'mine'"),
    ],
)
def test_what_is_wrong_is_said(text: str, said: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_project(PROJECT + text)
    assert said in str(refused.value)


def test_all_errors_are_said_at_once() -> None:
    with pytest.raises(UsageError) as refused:
        parse_project("[branches.wild]\n[merge]\na = 'x'\n[record]\nmost_files = -1\n")
    assert str(refused.value).count("expected") == 4


@pytest.mark.parametrize(
    ("path", "way"),
    [
        ("src/train.py", "code"),
        ("data/flights.csv", "data"),
        ("data/flights.csv.dvc", "data"),
        ("models/delay.pkl", "model"),
        ("models/delay.dvc", "model"),
        ("tracking/runs.json", "data"),
    ],
)
def test_a_pointer_merges_as_its_data_does(path: str, way: str) -> None:
    assert parse_project(PROJECT).branches.merge_rule(path).way == way


def test_the_last_rule_that_matches_holds() -> None:
    text = PROJECT + "[merge]\n'data/notes/*' = 'code'\n'*.csv' = {way = 'data', key = ['id'], prefer = 'incoming'}\n"
    rules = parse_project(text).branches
    assert rules.merge_rule("data/notes/a.md").way == "code"
    assert rules.merge_rule("data/notes/a.csv").key == ("id",)
    assert rules.merge_rule("data/notes/a.csv").prefer == "incoming"


def test_what_nobody_reads_is_found() -> None:
    assert unknown(PROJECT + "[branch.raw]\n[metrics]\nignored = []\n") == [
        f"[branch]: expected one of {', '.join((*SECTIONS, *LISTS))}",
        "[metrics] ignored: expected one of ignore, tolerance, found a key that means nothing",
    ]
