"""Files onto the raw branch, whichever branch is checked out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from saigen.data.branches.ingest import Ingested, data_ingest
from saigen.errors import BlockedError, SaigenError, UsageError
from tests.unit.client.data_branches.team import Clone, Team

JANUARY, FEBRUARY = "day,delay\n1,5\n", "day,delay\n2,7\n"


def month(tmp_path: Path, name: str, text: str) -> Path:
    file = tmp_path / "delivery" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    return file


def ingest(clone: Clone, *files: Path, **options: object) -> Ingested:
    settings: dict[str, object] = {"source": "the airport", "dataset": "flights", **options}
    return data_ingest(files, repository=clone.repository, **settings)  # type: ignore[arg-type]


def test_files_come_onto_the_raw_branch_and_plain_dvc_reads_them(
    ada: Clone, bob: Clone, team: Team, tmp_path: Path
) -> None:
    done = ingest(ada, month(tmp_path, "01.csv", JANUARY), month(tmp_path, "02.csv", FEBRUARY))

    assert (done.added, done.files) == (("data/flights/01.csv", "data/flights/02.csv"), 2)
    assert team.trailer("data/raw", "Source") == "the airport"
    bob.switch("data/raw")
    assert bob.files("data/flights") == {"01.csv": JANUARY, "02.csv": FEBRUARY}
    assert bob.dvc("status").stdout.strip() == "Data and pipelines are up to date."


def test_the_pointer_is_the_one_that_dvc_would_write(ada: Clone, bob: Clone, tmp_path: Path) -> None:
    ingest(ada, month(tmp_path, "01.csv", JANUARY))
    bob.switch("data/raw")
    ours = (bob.root / "data/flights.dvc").read_text()
    (bob.root / "data/flights.dvc").unlink()
    bob.dvc("add", "data/flights")
    assert (bob.root / "data/flights.dvc").read_text() == ours
    assert bob.git("status", "--porcelain") == ""


def test_the_checkout_stays_as_it_is(ada: Clone, tmp_path: Path) -> None:
    ada.write("unfinished.py", "work\n")
    before = ada.git("rev-parse", "HEAD")
    ingest(ada, month(tmp_path, "01.csv", JANUARY))
    assert ada.repository.branch() == "main"
    assert ada.git("rev-parse", "HEAD") == before
    assert ada.git("status", "--porcelain") == "?? unfinished.py"
    assert not (ada.root / "data").exists()


def test_content_that_is_there_is_refused_with_its_place(ada: Clone, bob: Clone, tmp_path: Path) -> None:
    ingest(ada, month(tmp_path, "01.csv", JANUARY))
    with pytest.raises(SaigenError, match=r"again\.csv is data/flights/01\.csv"):
        ingest(bob, month(tmp_path, "again.csv", JANUARY), month(tmp_path, "02.csv", FEBRUARY))


def test_known_files_can_be_left_out(ada: Clone, bob: Clone, tmp_path: Path) -> None:
    ingest(ada, month(tmp_path, "01.csv", JANUARY))
    again, new = month(tmp_path, "again.csv", JANUARY), month(tmp_path, "02.csv", FEBRUARY)
    done = ingest(bob, again, new, skip_known=True)
    assert (done.added, done.known) == (("data/flights/02.csv",), ("data/flights/01.csv",))


def test_where_all_is_known_there_is_nothing_to_do(ada: Clone, team: Team, tmp_path: Path) -> None:
    first = ingest(ada, month(tmp_path, "01.csv", JANUARY))
    done = ingest(ada, month(tmp_path, "01.csv", JANUARY), skip_known=True)
    assert done.commit is None
    assert team.bare.commit("data/raw") == first.commit


def test_files_with_equal_content_all_come_in(ada: Clone, bob: Clone, tmp_path: Path) -> None:
    ingest(ada, month(tmp_path, "cat-1.txt", "cat\n"), month(tmp_path, "cat-2.txt", "cat\n"))
    ingest(
        ada, month(tmp_path, "cat-2.txt", "cat\n"), month(tmp_path, "cat-3.txt", "cat\n"), skip_known=True, copies=True
    )
    bob.switch("data/raw")
    assert bob.files("data/flights") == dict.fromkeys(("cat-1.txt", "cat-2.txt", "cat-3.txt"), "cat\n")


def test_a_name_with_other_content_is_refused(ada: Clone, team: Team, tmp_path: Path) -> None:
    ingest(ada, month(tmp_path, "01.csv", JANUARY))
    before = team.md5("data/raw", "data/flights")
    with pytest.raises(SaigenError, match="would replace others"):
        ingest(ada, month(tmp_path, "01.csv", FEBRUARY))
    assert team.md5("data/raw", "data/flights") == before


def test_a_name_is_replaced_where_a_person_says_so(ada: Clone, bob: Clone, tmp_path: Path) -> None:
    ingest(ada, month(tmp_path, "01.csv", JANUARY))
    ingest(ada, month(tmp_path, "01.csv", FEBRUARY), replace=True)
    bob.switch("data/raw")
    assert bob.files("data/flights") == {"01.csv": FEBRUARY}


def test_two_people_at_the_same_time_both_succeed(ada: Clone, bob: Clone, team: Team, tmp_path: Path) -> None:
    ingest(ada, month(tmp_path, "00.csv", "day,delay\n"))
    files = [[month(tmp_path, f"{who}{number}.csv", f"{who}{number}\n") for number in range(4)] for who in "ab"]

    def all_of(clone: Clone, mine: list[Path]) -> None:
        for file in mine:
            ingest(clone, file)

    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(all_of, clone, mine) for clone, mine in zip((ada, bob), files, strict=True)]:
            done.result()

    reader = team.clone("reader")
    reader.switch("data/raw")
    assert len(reader.files("data/flights")) == 9
    assert team.bare.run("rev-list", "--count", "main..data/raw") == "9"


def test_a_folder_keeps_the_paths_below_it(ada: Clone, bob: Clone, tmp_path: Path) -> None:
    month(tmp_path, "x.txt", "x")
    (tmp_path / "delivery" / "cats").mkdir()
    (tmp_path / "delivery" / "cats" / "1.txt").write_text("1")
    ingest(ada, tmp_path / "delivery", dataset=None, to="data/photos")
    bob.switch("data/raw")
    assert bob.files("data/photos") == {"cats/1.txt": "1", "x.txt": "x"}


def test_what_git_and_dvc_keep_in_a_folder_is_no_data(ada: Clone, tmp_path: Path) -> None:
    for name in ("x.txt", ".git/config", "cats/.git", "cats/.DVC/config", "cats/1.txt"):
        file = tmp_path / "delivery" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    assert ingest(ada, tmp_path / "delivery").added == ("data/flights/cats/1.txt", "data/flights/x.txt")
    with pytest.raises(UsageError, match=r"no data can be called '\.git'"):
        ingest(ada, tmp_path / "delivery/cats/.git")


def test_one_file_may_be_a_dataset(ada: Clone, bob: Clone, tmp_path: Path) -> None:
    ingest(ada, month(tmp_path, "01.csv", JANUARY), dataset=None, to="data/flights.csv")
    bob.switch("data/raw")
    assert (bob.root / "data/flights.csv").read_text() == JANUARY
    with pytest.raises(UsageError, match="is one file"):
        ingest(ada, month(tmp_path, "a", "a"), month(tmp_path, "b", "b"), dataset=None, to="data/flights.csv")


def test_a_line_has_its_own_branch(ada: Clone, team: Team, tmp_path: Path) -> None:
    ingest(ada, month(tmp_path, "01.csv", JANUARY), into="data/raw/acme")
    assert team.bare.commit("data/raw/acme")
    assert team.bare.commit("data/raw") is None
    with pytest.raises(UsageError, match="no branch for raw data"):
        ingest(ada, month(tmp_path, "01.csv", JANUARY), into="dev/ada")


def test_what_people_wrote_into_a_pointer_stays(ada: Clone, bob: Clone, tmp_path: Path) -> None:
    ingest(ada, month(tmp_path, "01.csv", JANUARY))
    bob.switch("data/raw")
    pointer = bob.root / "data/flights.dvc"
    pointer.write_text(pointer.read_text() + "  desc: all flights\n")
    bob.commit("Describe")
    bob.git("push", "--quiet", "origin", "data/raw")
    ingest(ada, month(tmp_path, "02.csv", FEBRUARY))
    bob.switch("data/raw")
    assert "desc: all flights" in pointer.read_text()
    assert "nfiles: 2" in pointer.read_text()


def test_where_git_tracks_files_no_data_comes(ada: Clone, tmp_path: Path) -> None:
    ada.write("data/flights/README.md", "About\n")
    ada.commit("Describe")
    ada.git("push", "--quiet", "origin", "main")
    with pytest.raises(BlockedError, match="files that Git tracks"):
        ingest(ada, month(tmp_path, "01.csv", JANUARY))


def test_when_git_refuses_nothing_is_published_and_the_next_try_goes_through(
    ada: Clone, team: Team, tmp_path: Path
) -> None:
    hook = team.bare.root / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(SaigenError):
        ingest(ada, month(tmp_path, "01.csv", JANUARY))
    assert team.bare.commit("data/raw") is None
    hook.unlink()
    assert ingest(ada, month(tmp_path, "01.csv", JANUARY)).commit == team.bare.commit("data/raw")
