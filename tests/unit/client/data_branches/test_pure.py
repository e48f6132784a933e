"""What is decided without Git, DVC or files."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as some

from saigen.data.branches.batch import Incoming, compare
from saigen.data.branches.lines import ingest_branch, ingest_target, stage_of
from saigen.data.branches.stages import declared_stage, merged_stages
from saigen.data.pointer import Output, parse_pointer, render_pointer
from saigen.errors import BlockedError, UsageError
from saigen.project import parse_project

PROJECT = parse_project(
    '[project]\nname = "x"\n[datasets]\nflights = "data/flights"\n[branches]\nraw = {}\nclean = {}\n'
    '[clients.acme]\nraw = "data/raw"\n'
)
NAMES = some.sampled_from(["a", "b", "c", "d"])


@given(some.dictionaries(NAMES, NAMES), some.dictionaries(NAMES, NAMES))
def test_every_file_of_a_batch_is_new_or_known_or_takes_a_name(batch: dict[str, str], held: dict[str, str]) -> None:
    incoming = [Incoming(name, name, md5, 1) for name, md5 in batch.items()]
    found = compare(incoming, "data/x", {f"data/x/{name}": md5 for name, md5 in held.items()})
    known, taken = [one for one, _ in found.known], [one for one, _ in found.taken]
    assert sorted(one.name for one in [*found.new, *known, *taken]) == sorted(batch)
    assert not {one.md5 for one in found.new} & set(held.values())
    assert not {one.name for one in found.new} & set(held)
    assert all(held[one.name] != one.md5 for one in taken)


def test_a_line_works_on_its_own_branches_or_on_those_that_its_client_shares() -> None:
    stage = stage_of(PROJECT, "clean", "birds")
    assert (stage.branch, stage.upstream) == ("data/clean/birds", "data/raw/birds")
    assert stage_of(PROJECT, "clean", "acme").upstream == "data/raw"
    assert stage_of(None, "split", None).branch == "data/split"
    with pytest.raises(UsageError, match="no split branch"):
        stage_of(PROJECT, "split", None)


def test_files_go_to_the_only_dataset_or_to_the_one_that_is_named() -> None:
    assert ingest_target(PROJECT, None, None) == "data/flights"
    assert ingest_target(PROJECT, None, "data/birds/") == "data/birds"
    assert ingest_branch(PROJECT, None) == "data/raw"
    for dataset, to in (("none", None), (None, "src/x"), (None, "data/../x"), (None, "/data/x"), (None, "data/.git")):
        with pytest.raises(UsageError):
            ingest_target(PROJECT, dataset, to)
    with pytest.raises(UsageError):
        ingest_target(None, None, None)


def test_parts_of_a_split_are_no_dataset_that_comes_in() -> None:
    parts = {f"split-{part}": f"data/split/{part}" for part in ("train", "validation", "test")}
    assert ingest_target(replace(PROJECT, datasets={**PROJECT.datasets, **parts}), None, None) == "data/flights"


def test_after_a_merge_a_branch_has_its_own_stage_and_all_else_of_upstream() -> None:
    ours = b"schema: '2.0'\nstages:\n  clean: {cmd: old}\n  split: {cmd: mine}\n"
    theirs = b"schema: '2.0'\nstages:\n  clean: {cmd: new}\n"
    assert yaml.safe_load(merged_stages("split", ours, theirs)) == {
        "schema": "2.0",
        "stages": {"clean": {"cmd": "new"}, "split": {"cmd": "mine"}},
    }


def test_a_stage_says_what_it_reads_makes_and_leaves_to_git() -> None:
    text = b"stages:\n  clean:\n    cmd: [a, b]\n    deps: [data/x]\n    outs: [out, {m: {cache: false}}]\n"
    found = declared_stage("clean", text)
    assert found is not None
    assert (found.command, found.reads, found.makes, found.kept) == ("a\nb", ("data/x",), ("out",), ("m",))
    assert declared_stage("split", text) is None
    assert declared_stage("split", None) is None
    with pytest.raises(BlockedError, match=r"dvc\.yaml cannot be read"):
        declared_stage("clean", b"stages: {clean: 1}")


def test_a_pointer_is_read_as_it_was_written() -> None:
    before = b"outs:\n- md5: 0\n  path: x\n  isexec: true\n  desc: mine\nmeta: {a: 1}\n"
    output = Output("data/x", "data/x.dvc", "a" * 32 + ".dir", 5, 2)
    written = render_pointer(output, before)
    assert parse_pointer("data/x.dvc", written) == [output]
    assert b"desc: mine" in written
    assert b"meta:" in written
    assert b"isexec" not in written
    with pytest.raises(BlockedError):
        render_pointer(output, before=b"outs: []\n")


@pytest.mark.parametrize("said", [{"remote": "archive"}, {"legacy": True}, {"executable": True}])
def test_a_pointer_says_all_that_is_known_of_its_output(said: dict[str, Any]) -> None:
    output = Output("data/x", "data/x.dvc", "a" * 32, 5, **said)
    assert parse_pointer("data/x.dvc", render_pointer(output)) == [output]
