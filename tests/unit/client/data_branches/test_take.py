"""Data of another branch onto the present one, whole or as a sample."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from saigen.data.branches.ingest import data_ingest
from saigen.data.branches.listing import branch_data
from saigen.data.branches.sample import data_sample
from saigen.data.branches.take import data_take
from saigen.errors import SaigenError, UsageError
from tests.unit.client.data_branches.team import Clone, Team

JANUARY = "day,delay\n" + "".join(f"1-{row},{row}\n" for row in range(200))
FEBRUARY = "day,delay\n" + "".join(f"2-{row},{row}\n" for row in range(200))


@pytest.fixture(autouse=True)
def on_dev(ada: Clone, tmp_path: Path) -> None:
    """Two months on the raw branch, and ada on a development branch."""
    files = {"01.csv": JANUARY, "02.csv": FEBRUARY}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    data_ingest([tmp_path / name for name in files], source="it", dataset="flights", repository=ada.repository)
    ada.git("switch", "--quiet", "-c", "dev/ada")


def raw(team: Team) -> str:
    return f"data/raw@{team.bare.commit('data/raw')}"


def trailer(clone: Clone) -> str:
    return clone.git("log", "-1", "--format=%(trailers:key=Taken-from,valueonly)").strip()


def test_data_is_taken_with_its_origin(ada: Clone, team: Team) -> None:
    done = data_take("data/raw", "data/flights", repository=ada.repository)
    assert (done.paths, done.origin, trailer(ada)) == (("data/flights",), raw(team), raw(team))
    assert ada.files("data/flights") == {"01.csv": JANUARY, "02.csv": FEBRUARY}
    assert ada.git("status", "--porcelain") == ""
    assert ada.dvc("status").stdout.strip() == "Data and pipelines are up to date."


def test_what_is_here_already_is_not_taken_again(ada: Clone) -> None:
    data_take("data/raw", "data/flights", repository=ada.repository)
    assert data_take("data/raw", "data/flights", repository=ada.repository).commit is None


def test_one_file_of_a_directory_becomes_data_of_its_own(ada: Clone) -> None:
    data_take("data/raw", "data/flights/02.csv", repository=ada.repository)
    assert (ada.root / "data/flights/02.csv").read_text() == FEBRUARY
    assert (ada.root / "data/flights/02.csv.dvc").exists()


def test_data_of_dvc_2_in_another_remote_is_still_that(ada: Clone, team: Team) -> None:
    md5 = hashlib.md5(b"a\nb\n", usedforsecurity=False).hexdigest()
    stored = team.folder / "archive" / md5[:2] / md5[2:]
    stored.parent.mkdir(parents=True)
    stored.write_bytes(b"a\r\nb\r\n")
    ada.dvc("remote", "add", "--quiet", "archive", str(team.folder / "archive"))
    ada.commit("Name the archive")
    ada.git("switch", "--quiet", "-c", "dev/old")
    pointer = f"outs:\n- md5: {md5}\n  size: 6\n  path: old.csv\n  remote: archive\n"
    ada.write("data/old.csv.dvc", pointer)
    ada.commit("Old")
    ada.git("switch", "--quiet", "dev/ada")
    data_take("dev/old", "data/old.csv", repository=ada.repository)
    assert (ada.root / "data/old.csv.dvc").read_text() == pointer
    assert (ada.root / "data/old.csv").read_bytes() == b"a\r\nb\r\n"
    assert ada.dvc("status").stdout.strip() == "Data and pipelines are up to date."
    assert data_take("dev/old", "data/old.csv", repository=ada.repository).commit is None


def test_other_content_is_not_replaced_unless_a_person_says_so(ada: Clone) -> None:
    ada.write("data/flights/mine.csv", "day,delay\n")
    ada.dvc("add", "--quiet", "data/flights")
    ada.commit("Mine")
    before = ada.git("rev-parse", "HEAD")
    with pytest.raises(SaigenError, match="other content"):
        data_take("data/raw", "data/flights", repository=ada.repository)
    assert ada.git("rev-parse", "HEAD") == before
    assert "mine.csv" in ada.files("data/flights")
    data_take("data/raw", "data/flights", replace=True, repository=ada.repository)
    assert sorted(ada.files("data/flights")) == ["01.csv", "02.csv"]


def test_files_that_nobody_tracks_are_not_overwritten(ada: Clone) -> None:
    ada.write("data/flights/01.csv", "precious\n")
    with pytest.raises(SaigenError, match="would be lost"):
        data_take("data/raw", "data/flights", repository=ada.repository)
    assert ada.files("data/flights") == {"01.csv": "precious\n"}


def test_files_of_git_are_taken_as_well(ada: Clone, bob: Clone) -> None:
    bob.git("switch", "--quiet", "-c", "dev/bob")
    bob.write("notes/delay.md", "Late\n")
    bob.commit("Note")
    bob.git("push", "--quiet", "origin", "dev/bob")
    assert data_take("dev/bob", "notes", repository=ada.repository).paths == ("notes/delay.md",)
    assert (ada.root / "notes/delay.md").read_text() == "Late\n"
    ada.write("notes/delay.md", "Later\n")
    with pytest.raises(SaigenError, match="other content"):
        data_take("dev/bob", "notes", repository=ada.repository)


def test_only_what_is_taken_is_committed(ada: Clone) -> None:
    ada.write("unfinished.py", "work\n")
    ada.git("add", "unfinished.py")
    data_take("data/raw", "data/flights", repository=ada.repository)
    assert ada.git("status", "--porcelain") == "A  unfinished.py"


@pytest.mark.parametrize(
    ("branch", "path"), [("data/none", "data/flights"), ("data/raw", "data/none"), ("data/raw", "..")]
)
def test_what_is_not_there_cannot_be_taken(ada: Clone, branch: str, path: str) -> None:
    with pytest.raises(UsageError):
        data_take(branch, path, repository=ada.repository)


def test_a_sample_is_the_same_for_everybody(ada: Clone, bob: Clone, team: Team) -> None:
    done = data_sample("data/raw:data/flights", rows=50, repository=ada.repository)
    assert (done.path, done.count, done.under_dvc, trailer(ada)) == ("data/samples/flights.csv", 50, True, raw(team))
    bob.switch("data/raw")
    bob.git("switch", "--quiet", "-c", "dev/bob")
    data_sample("flights", rows=50, repository=bob.repository)
    sample = (ada.root / done.path).read_text()
    assert (bob.root / done.path).read_text() == sample
    assert set(sample.splitlines()) <= set((JANUARY + FEBRUARY).splitlines())
    assert data_sample("data/raw:data/flights", rows=50, repository=ada.repository).commit is None
    data_sample("data/raw:data/flights", rows=50, seed=7, repository=ada.repository)
    assert (ada.root / done.path).read_text() != sample


def test_a_fraction_of_growing_data_only_grows(ada: Clone) -> None:
    data_sample("data/raw:data/flights/01.csv", fraction=0.3, to="data/samples/a.csv", repository=ada.repository)
    data_sample("data/raw:data/flights", fraction=0.3, to="data/samples/b.csv", repository=ada.repository)
    one, both = ((ada.root / f"data/samples/{name}.csv").read_text().splitlines() for name in "ab")
    assert set(one) < set(both)
    assert 30 < len(one) < 90


def test_a_sample_has_the_header_of_its_files(ada: Clone, tmp_path: Path) -> None:
    for name, header in (("1.csv", ",id,value"), ("2.csv", ",ID,value")):
        (tmp_path / name).write_text(f"{header}\n" + "".join(f"{row},{name},{row}\n" for row in range(50)))
    data_ingest([tmp_path / name for name in ("1.csv", "2.csv")], source="it", to="data/x", repository=ada.repository)
    done = data_sample("data/raw:data/x", rows=100, repository=ada.repository)
    header, *rows = (ada.root / done.path).read_text().splitlines()
    assert header == ",id,value"
    assert {row.split(",")[1] for row in rows} == {"1.csv", "2.csv"}


def test_a_sample_is_under_dvc_unless_it_is_small_and_wanted_in_git(
    ada: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_sample("data/raw:data/flights", rows=50, repository=ada.repository)
    assert ada.dvc("status").stdout.strip() == "Data and pipelines are up to date."
    plain = {"rows": 60, "to": "data/samples/plain.csv", "in_git": True}
    data_sample("data/raw:data/flights", repository=ada.repository, **plain)  # type: ignore[arg-type]
    assert ada.git("ls-files", "data/samples").split() == [
        "data/samples/.gitignore",
        "data/samples/flights.csv.dvc",
        "data/samples/plain.csv",
    ]
    assert ada.git("status", "--porcelain") == ""
    monkeypatch.setattr("saigen.data.branches.sample.IN_GIT", 100)
    with pytest.raises(UsageError, match="bytes at most"):
        data_sample("data/raw:data/flights", rows=70, in_git=True, repository=ada.repository)


def test_of_other_directories_whole_files_are_taken(ada: Clone, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for number in range(20):
        (tmp_path / "photos" / f"{number}.bin").write_text(str(number))
    data_ingest([tmp_path / "photos"], source="it", to="data/photos", repository=ada.repository)
    done = data_sample("data/raw:data/photos", rows=5, repository=ada.repository)
    assert (done.path, done.count) == ("data/samples/photos", 5)
    assert len(ada.files("data/samples/photos")) == 5


def test_of_a_branch_that_is_here_what_is_here_is_listed(ada: Clone) -> None:
    ada.git("push", "--quiet", "origin", "dev/ada")
    data_take("data/raw", "data/flights", repository=ada.repository)
    assert [(one.branch, one.files) for one in branch_data(ada.repository).branches] == [
        ("data/raw", 2),
        ("dev/ada", 2),
    ]


def test_equal_files_are_counted_and_stored_once(ada: Clone, tmp_path: Path) -> None:
    (tmp_path / "03.csv").write_text(JANUARY)
    data_ingest([tmp_path / "03.csv"], source="it", dataset="flights", copies=True, repository=ada.repository)
    found = branch_data(ada.repository)
    assert [one.files for one in found.branches] == [3]
    assert (found.sum, found.stored) == (2 * len(JANUARY) + len(FEBRUARY), len(JANUARY) + len(FEBRUARY))


def test_one_content_on_ten_branches_is_stored_once(ada: Clone) -> None:
    for number in range(9):
        ada.git("switch", "--quiet", "-c", f"dev/copy{number}x", "main")
        data_take("data/raw", "data/flights", repository=ada.repository)
    found = branch_data(ada.repository)
    assert [one.files for one in found.branches] == [2] * 10
    assert found.stored == len(JANUARY) + len(FEBRUARY)
    assert found.sum == 10 * found.stored
