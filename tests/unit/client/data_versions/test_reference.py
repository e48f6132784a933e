"""What a person may write for a state of data."""

from __future__ import annotations

import os

import pytest

from saigen.commands.data_diff_report import report
from saigen.data.diff import data_diff
from saigen.data.judgement import Answer
from saigen.data.reference import resolve_reference
from saigen.errors import BlockedError, UsageError
from tests.unit.client.data_versions.project import PENGUINS, Checkout

CSV = PENGUINS.read_bytes()
SHORTER = CSV[: CSV.rindex(b"\n", 0, -1) + 1]


@pytest.fixture
def hashes(checkout: Checkout) -> dict[str, str]:
    """A checkout with penguins_v1 and a later commit that has no name; the hash of each."""
    first = checkout.add("data/penguins.csv", CSV)
    checkout.commit("First", "penguins_v1")
    second = checkout.add("data/penguins.csv", SHORTER)
    checkout.commit("Second")
    return {"penguins_v1": first, "HEAD": second}


@pytest.mark.parametrize("text", ["HEAD", "main", "HEAD:data/penguins.csv"])
def test_a_commit_names_the_data_that_it_has(checkout: Checkout, hashes: dict[str, str], text: str) -> None:
    output = resolve_reference(checkout.repository, text, "penguins").output
    assert output is not None
    assert output.md5 == hashes["HEAD"]


def test_a_tag_names_its_data(checkout: Checkout, hashes: dict[str, str]) -> None:
    output = resolve_reference(checkout.repository, "penguins_v1").output
    assert output is not None
    assert output.md5 == hashes["penguins_v1"]


def test_an_id_without_a_name_is_found_in_history_after_everything_moved_on(
    checkout: Checkout, hashes: dict[str, str]
) -> None:
    checkout.add("data/penguins.csv", b"x\n1\n")
    checkout.commit("Third")
    output = resolve_reference(checkout.repository, f"penguins_v1+{hashes['HEAD'][:7]}").output
    assert output is not None
    assert output.md5 == hashes["HEAD"]


@pytest.mark.usefixtures("hashes")
def test_an_id_that_nothing_has_is_blocked(checkout: Checkout) -> None:
    with pytest.raises(BlockedError, match="cannot be found"):
        resolve_reference(checkout.repository, "penguins_v1+0000000")


@pytest.mark.usefixtures("hashes")
@pytest.mark.parametrize("text", [".", "penguins", "data/penguins.csv"])
def test_the_checkout_is_named_by_a_dot_a_dataset_or_a_path(checkout: Checkout, text: str) -> None:
    found = resolve_reference(checkout.repository, text)
    assert found.file is not None
    assert found.file.resolve() == (checkout.root / "data/penguins.csv").resolve()


@pytest.mark.usefixtures("hashes")
def test_what_names_nothing_is_wrong_usage(checkout: Checkout) -> None:
    with pytest.raises(UsageError, match="names no state of data"):
        resolve_reference(checkout.repository, "nonsense")


@pytest.mark.usefixtures("hashes")
@pytest.mark.parametrize("reference", ["puffins_v1", "puffins_v1+0000000"])
@pytest.mark.parametrize(
    ("settings", "found", "advice"),
    [('[project]\nname = "birds"\n', "none", 'write puffins = "PATH"'), (None, "no such file", "saigen init")],
)
def test_a_dataset_that_nobody_mapped_is_said_to_be_so(
    checkout: Checkout, reference: str, settings: str | None, found: str, advice: str
) -> None:
    checkout.git("tag", "puffins_v1")
    (checkout.root / "saigen.toml").unlink()
    if settings:
        checkout.write("saigen.toml", settings)
    with pytest.raises(UsageError, match="where the dataset puffins is, is not known") as refused:
        resolve_reference(checkout.repository, reference)
    assert refused.value.why == f"expected puffins in [datasets] of saigen.toml, found {found}"
    assert refused.value.next.startswith(advice)


@pytest.mark.usefixtures("hashes")
def test_a_version_that_does_not_exist_is_blocked(checkout: Checkout) -> None:
    with pytest.raises(BlockedError, match="no version penguins_v7"):
        resolve_reference(checkout.repository, "penguins_v7")


@pytest.mark.usefixtures("hashes")
def test_a_commit_with_two_datasets_needs_to_be_told_which(checkout: Checkout) -> None:
    checkout.write("saigen.toml", '[project]\nname = "b"\n[datasets]\na = "data/penguins.csv"\nb = "data/b.csv"\n')
    checkout.add("data/b.csv", b"x\n")
    checkout.commit("Two")
    with pytest.raises(UsageError, match="which data"):
        data_diff("HEAD", ".", repository=checkout.repository)
    assert data_diff("HEAD", ".", dataset="b", repository=checkout.repository).judgement.answer is Answer.SAME


@pytest.mark.usefixtures("hashes")
def test_two_states_are_compared_end_to_end(checkout: Checkout) -> None:
    found = data_diff("penguins_v1", "HEAD", repository=checkout.repository)
    assert found.comparison is not None
    assert found.comparison.tables[0].rows.removed == 1
    assert found.judgement.answer is Answer.NEW_VERSION


def test_directories_in_history_and_on_disk_are_compared(checkout: Checkout) -> None:
    checkout.add("data/penguins.csv", {"a.txt": b"1", "b.txt": b"2"})
    checkout.commit("First", "penguins_v1")
    checkout.write("data/penguins.csv/c.txt", b"3")
    found = data_diff("penguins_v1", ".", repository=checkout.repository)
    assert found.comparison is not None
    assert found.comparison.files is not None
    assert found.comparison.files.added == ("c.txt",)


def test_what_others_called_their_files_is_shown_as_a_terminal_may_show_it(checkout: Checkout) -> None:
    checkout.add("data/penguins.csv", {"a": b"1"})
    checkout.commit("First", "penguins_v1")
    checkout.add("data/penguins.csv", {"a": b"1", "\x1b[31mred": b"2", os.fsdecode(b"caf\xe9"): b"3"})
    checkout.commit("Second")
    said = list(report(data_diff("penguins_v1", "HEAD", repository=checkout.repository)))
    assert any("added ?[31mred, caf?" in line for line in said)
    assert all(line.isprintable() for line in said)
