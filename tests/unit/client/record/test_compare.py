"""What the state of a run says of data that no remote holds."""

from __future__ import annotations

from hashlib import md5

import pytest

from saigen.record.compare import Compared, compare
from saigen.record.spool import Entry
from saigen.recording import Data
from tests.unit.client.record.checkouts import Checkout

METRICS = '{"loss": 1}'


@pytest.fixture
def entry(checkout: Checkout) -> Entry:
    """A recording of a commit that has a pointer to a file which DVC does not cache."""
    sum_ = md5(METRICS.encode(), usedforsecurity=False).hexdigest()
    checkout.write("metrics.json", METRICS)
    checkout.write("metrics.json.dvc", f"outs:\n- md5: {sum_}\n  hash: md5\n  path: metrics.json\n  cache: false\n")
    return recorded(checkout)


def recorded(checkout: Checkout) -> Entry:
    checkout.commit()
    place, commit = checkout.worktree().place, checkout.git("rev-parse", "HEAD")
    folders = {"root": str(place.root), "git": str(place.git), "common": str(place.common)}
    return Entry("a", 1, 1, None, str(place.root), 0, commit=commit, branch="main", **folders)


def test_what_git_holds_is_with_everybody_who_has_the_commit(entry: Entry) -> None:
    assert compare(entry, None, ()) == Compared(Data.PUSHED)


def test_a_result_that_was_found_modified_while_the_run_wrote_it_is_not_what_the_run_read(entry: Entry) -> None:
    assert compare(entry, ["metrics.json"], ()).modified == ("metrics.json",)
    assert compare(entry, ["metrics.json"], ["metrics.json"]).modified == ()


def test_a_run_that_writes_into_a_modified_directory_has_read_modified_data(checkout: Checkout) -> None:
    checkout.write("data.dvc", f"outs:\n- md5: {'0' * 32}.dir\n  hash: md5\n  path: data\n")
    checkout.write(".gitignore", "/data\n")
    found = compare(recorded(checkout), ["data"], ["data"])
    assert (found.data, found.modified) == (Data.MODIFIED, ("data",))


@pytest.mark.usefixtures("entry")
def test_what_neither_git_nor_a_remote_holds_is_not_known(checkout: Checkout) -> None:
    checkout.git("rm", "--quiet", "--cached", "metrics.json")
    checkout.write(".gitignore", "/metrics.json\n")
    found = compare(recorded(checkout), None, ())
    assert found.data is Data.UNKNOWN
    assert "cache: false" in found.notes[0]
    assert found.kept == ("metrics.json",)


def test_an_output_outside_the_repository_does_not_hide_what_was_modified(entry: Entry, checkout: Checkout) -> None:
    assert entry.place is not None
    outside = entry.place.root.parent / "out.csv"
    outside.write_text("1")
    checkout.write("out.csv.dvc", f"outs:\n- md5: {md5(b'1', usedforsecurity=False).hexdigest()}\n  path: {outside}\n")
    checkout.write("metrics.json", "{}")
    found = compare(recorded(checkout), None, ())
    assert (found.data, found.modified, found.failed) == (Data.MODIFIED, ("metrics.json",), False)
