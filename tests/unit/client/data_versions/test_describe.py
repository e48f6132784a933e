"""Which version of its data a commit or a checkout has."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saigen.data.describe import data_version, describe_data
from saigen.data.version import State, describe, parse_state
from tests.unit.client.data_versions.project import Checkout


def id_of(checkout: Checkout, revision: str | None = None) -> str:
    """The data_version of everything that a commit or the checkout has."""
    return data_version(describe_data(checkout.repository, revision))


def test_a_state_before_any_name_counts_from_zero(checkout: Checkout) -> None:
    md5 = checkout.add("data/penguins.csv", b"one")
    checkout.commit()
    assert id_of(checkout) == f"penguins_v0+{md5[:7]}"


def test_a_named_state_has_its_name_in_the_checkout_and_in_its_commit(checkout: Checkout) -> None:
    checkout.add("data/penguins.csv", b"one")
    checkout.commit("First", "penguins_v1")
    assert id_of(checkout) == id_of(checkout, "HEAD") == "penguins_v1"


def test_an_unnamed_state_counts_from_the_newest_version_in_its_history(checkout: Checkout) -> None:
    checkout.add("data/penguins.csv", b"one")
    first = checkout.commit("First", "penguins_v1")
    checkout.add("data/penguins.csv", b"two")
    checkout.commit("Second", "penguins_v2")
    checkout.git("switch", "--quiet", "--create", "aside", first)
    md5 = checkout.add("data/penguins.csv", b"three")
    assert id_of(checkout) == f"penguins_v1+{md5[:7]}"


def test_a_state_that_came_back_has_its_old_name(checkout: Checkout) -> None:
    checkout.add("data/penguins.csv", b"one")
    checkout.commit("First", "penguins_v1")
    checkout.add("data/penguins.csv", b"two")
    checkout.commit("Second", "penguins_v2")
    checkout.add("data/penguins.csv", b"one")
    assert id_of(checkout) == "penguins_v1"


def test_a_version_is_known_where_the_data_has_moved_since(checkout: Checkout) -> None:
    checkout.write("saigen.toml", '[project]\nname = "birds"\n[datasets]\npenguins = "data/old.csv"\n')
    checkout.add("data/old.csv", b"one")
    checkout.commit("First", "penguins_v1")
    (checkout.root / "data" / "old.csv.dvc").unlink()
    checkout.write("saigen.toml", '[project]\nname = "birds"\n[datasets]\npenguins = "data/new.csv"\n')
    checkout.add("data/new.csv", b"one")
    assert id_of(checkout) == "penguins_v1"


def test_data_without_a_name_is_listed_without_an_id(checkout: Checkout) -> None:
    checkout.add("data/extra.csv", b"more")
    states = {one.path: one for one in describe_data(checkout.repository)}
    assert states["data/extra.csv"].state is None
    assert states["data/penguins.csv"].output is None


def test_outputs_of_a_pipeline_are_data_as_well(checkout: Checkout) -> None:
    output = f"    - path: data/penguins.csv\n      hash: md5\n      md5: {'a' * 32}\n"
    lock = f"schema: '2.0'\nstages:\n  get:\n    cmd: get\n    outs:\n{output}"
    checkout.write("dvc.lock", lock)
    checkout.commit("Pipeline", "penguins_v1")
    assert id_of(checkout) == "penguins_v1"


def test_a_directory_is_described_by_the_hash_of_its_list(checkout: Checkout) -> None:
    md5 = checkout.add("data/penguins.csv", {"a": b"1", "b/c": b"2"})
    assert id_of(checkout) == f"penguins_v0+{md5[:7]}"


def test_many_versions_take_no_more_git_processes(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 30):
        checkout.add("data/penguins.csv", str(number).encode())
        checkout.commit("More", f"penguins_v{number}")
    checkout.add("data/penguins.csv", b"unnamed")
    started: list[Sequence[str]] = []
    run = subprocess.run

    def counted(command: Sequence[str], **options: Any) -> Any:
        started.append(command)
        return run(command, **options)

    monkeypatch.setattr(subprocess, "run", counted)
    assert id_of(checkout).startswith("penguins_v29+")
    assert len(started) <= 4


md5s = st.text("0123456789abcdef", min_size=32, max_size=32)


@given(
    md5=md5s,
    named=st.dictionaries(st.integers(1, 40), st.none() | md5s),
    chosen=st.sets(st.integers(1, 40)),
    directory=st.booleans(),
)
def test_an_id_is_read_back_as_the_state_that_it_was_made_of(
    md5: str, named: dict[int, str | None], chosen: set[int], directory: bool
) -> None:
    state = describe("penguins", md5 + (".dir" if directory else ""), named, chosen & named.keys())

    assert parse_state(str(state)) == state
    assert state.short is None or md5.startswith(state.short)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=st.lists(st.sampled_from("abc"), min_size=1, max_size=5), named=st.sets(st.integers(0, 4)))
def test_every_commit_is_described_by_the_newest_equal_version_or_the_one_before(
    contents: list[str], named: set[int]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        checkout = Checkout(Path(folder) / "birds")
        versions: list[tuple[int, str]] = []
        commits = []
        for position, content in enumerate(contents):
            md5 = checkout.add("data/penguins.csv", content.encode())
            tags = [f"penguins_v{len(versions) + 1}"] if position in named else []
            commits.append((checkout.commit("Change", *tags), md5, len(versions) + len(tags)))
            versions += [(len(versions) + 1, md5)] if tags else []
        for commit, md5, before in commits:
            same = [number for number, held in versions if held == md5]
            expected = State("penguins", max(same)) if same else State("penguins", before, md5[:7])
            assert id_of(checkout, commit) == str(expected)
