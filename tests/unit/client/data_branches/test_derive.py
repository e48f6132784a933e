"""Raw data becomes clean data and a split, by the scripts on the branches."""

from __future__ import annotations

from pathlib import Path

import pytest

from saigen.data.branches.begin import begin_stage
from saigen.data.branches.derive import data_clean, data_split
from saigen.data.branches.ingest import data_ingest
from saigen.data.branches.stages import declared_stage
from saigen.errors import BlockedError, SaigenError, UsageError
from tests.unit.client.data_branches.conftest import alone
from tests.unit.client.data_branches.team import Clone, Team


def month(number: int, rows: int = 60) -> str:
    """A month of flights, one of which never arrived."""
    lines = [f"{number},{row},{row % 7},{number * 1000 + row}" for row in range(rows)]
    return "\n".join(["month,flight,delay,distance", *lines, f"{number},999,NA,0"]) + "\n"


def ingest(clone: Clone, tmp_path: Path, *numbers: int) -> None:
    files = [tmp_path / f"{number:02}.csv" for number in numbers]
    for file, number in zip(files, numbers, strict=True):
        file.write_text(month(number))
    data_ingest(files, source="the airport", dataset="flights", repository=clone.repository)


def edit(clone: Clone, branch: str, path: str, old: str, new: str) -> None:
    """Change a script on its branch, as a person does it."""
    clone.git("fetch", "--quiet")
    clone.git("switch", "--quiet", branch)
    text = (clone.root / path).read_text()
    assert old in text
    (clone.root / path).write_text(text.replace(old, new))
    clone.commit(f"Change {path}")
    clone.git("push", "--quiet", "origin", branch)
    clone.git("switch", "--quiet", "main")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Team:
    """Two months on raw, and both stages with a script of the team's, by ada."""
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        alone(patch, folder / "home")
        team = Team.begin(folder)
        ada = team.clone("ada")
        ingest(ada, folder, 1, 2)
        begin_stage("clean", repository=ada.repository)
        edit(ada, "data/clean", "pipeline/clean.py", 'WHERE = "true"', "WHERE = \"delay <> 'NA'\"")
        data_clean(repository=ada.repository)
        begin_stage("split", repository=ada.repository)
        edit(ada, "data/split", "pipeline/split.py", "BY = Row()", 'BY = Key("month", "flight")')
        edit(ada, "data/split", "pipeline/split.py", "import Row", "import Key")
        data_split(repository=ada.repository)
    return team


@pytest.fixture
def team(finished: Team, tmp_path: Path) -> Team:
    """A copy of it for each test."""
    return finished.moved(tmp_path / "team")


@pytest.fixture
def begun(team: Team) -> Clone:
    """Ada's clone."""
    return team.at("ada")


def rows_by_side(clone: Clone) -> dict[str, set[str]]:
    return {
        side: {line for text in clone.files(f"data/split/{side}").values() for line in text.splitlines()[1:]}
        for side in ("train", "validation", "test")
    }


def test_plain_tools_read_what_the_stages_made(begun: Clone, bob: Clone) -> None:
    bob.switch("data/split")
    cleaned = bob.files("data/clean/flights")
    assert sorted(cleaned) == ["01.csv", "02.csv"]
    assert "NA" not in cleaned["01.csv"]
    sides = rows_by_side(bob)
    assert sum(map(len, sides.values())) == 120
    assert min(map(len, sides.values())) > 0
    assert bob.dvc("status").stdout.strip() == "Data and pipelines are up to date."
    assert bob.git("status", "--porcelain") == ""
    assert begun.repository.branch() == "main"


def test_the_upstream_commit_is_in_the_trailer(team: Team) -> None:
    assert team.trailer("data/clean", "Derived-from") == team.bare.commit("data/raw")
    assert team.trailer("data/split", "Derived-from") == team.bare.commit("data/clean")


def test_where_nothing_is_new_there_is_nothing_to_do(bob: Clone, team: Team) -> None:
    before = team.bare.commit("data/clean")
    done = data_clean(repository=bob.repository)
    assert done.commit is None
    assert "was made of data/raw as it is" in done.reason
    assert team.bare.commit("data/clean") == before


def test_only_the_new_month_is_done_and_no_row_changes_sides(bob: Clone, tmp_path: Path) -> None:
    bob.switch("data/split")
    before = rows_by_side(bob)
    ingest(bob, tmp_path, 3)

    cleaned = data_clean(repository=bob.repository)
    done = data_split(repository=bob.repository)

    assert "data/flights: 1 file done, 60 rows; dropped: 1 rows" in cleaned.said
    assert "1 file split" in done.said
    bob.switch("data/split")
    after = rows_by_side(bob)
    assert sum(map(len, after.values())) == 180
    for side, rows in before.items():
        assert rows <= after[side]


def test_a_changed_script_does_everything_again(begun: Clone) -> None:
    edit(begun, "data/clean", "pipeline/clean.py", "<> 'NA'", "= '3'")
    done = data_clean(repository=begun.repository)
    assert "data/flights: 2 files done" in done.said


def test_a_changed_folder_beside_the_script_does_everything_again(begun: Clone) -> None:
    edit(begun, "data/clean", "dvc.yaml", "- pipeline/clean.py", "- pipeline/clean.py\n    - pipeline/rules")
    begun.git("switch", "--quiet", "data/clean")
    begun.write("pipeline/rules/late.txt", "15 minutes\n")
    begun.commit("Say what is late")
    begun.git("push", "--quiet", "origin", "data/clean")
    begun.git("switch", "--quiet", "main")
    data_clean(repository=begun.repository)
    edit(begun, "data/clean", "pipeline/rules/late.txt", "15", "30")
    done = data_clean(repository=begun.repository)
    assert "data/flights: 2 files done" in done.said


def test_a_file_that_was_removed_goes_from_clean_and_split(bob: Clone) -> None:
    bob.switch("data/raw")
    (bob.root / "data/flights/01.csv").unlink()
    bob.dvc("add", "data/flights")
    bob.git("commit", "--quiet", "-am", "Drop January\n\nSource: the airport")
    bob.dvc("push")
    bob.git("push", "--quiet", "origin", "data/raw")
    data_clean(repository=bob.repository)
    data_split(repository=bob.repository)
    bob.switch("data/split")
    assert sorted(bob.files("data/clean/flights")) == ["02.csv"]
    assert sum(map(len, rows_by_side(bob).values())) == 60


def test_a_failing_script_leaves_everything_as_it_was(begun: Clone, team: Team, tmp_path: Path) -> None:
    edit(begun, "data/clean", "pipeline/clean.py", "for source", "raise SystemExit('no such airport')\nfor source")
    ingest(begun, tmp_path, 3)
    before = team.bare.commit("data/clean")
    with pytest.raises(SaigenError, match="no such airport"):
        data_clean(repository=begun.repository)
    assert team.bare.commit("data/clean") == before
    assert begun.git("worktree", "list").count("\n") == 0
    assert begun.git("status", "--porcelain") == ""


def test_a_leak_refuses_the_split(begun: Clone, team: Team, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("month,flight,delay,distance\n" + "".join(f"x{row},7,5,9\n" for row in range(40)))
    data_ingest([tmp_path / "bad.csv"], source="the airport", dataset="flights", repository=begun.repository)
    edit(begun, "data/split", "pipeline/split.py", 'Key("month", "flight")', 'Key("month")')
    data_clean(repository=begun.repository)
    before = team.bare.commit("data/split")
    with pytest.raises(SaigenError, match="the split leaks"):
        data_split(repository=begun.repository)
    assert team.bare.commit("data/split") == before


def test_without_raw_data_there_is_nothing_to_clean(tmp_path: Path) -> None:
    ada = Team.begin(tmp_path).clone("ada")
    with pytest.raises(BlockedError, match="no branch data/raw"):
        data_clean(repository=ada.repository)


def test_without_a_stage_the_next_command_makes_one(tmp_path: Path) -> None:
    ada = Team.begin(tmp_path).clone("ada")
    ingest(ada, tmp_path, 1)
    with pytest.raises(BlockedError, match="--begin"):
        data_clean(repository=ada.repository)
    assert begin_stage("clean", repository=ada.repository).written == ("pipeline/clean.py", "dvc.yaml")
    assert begin_stage("clean", repository=ada.repository).commit is None


@pytest.fixture
def along(tmp_path: Path) -> tuple[Team, Clone]:
    """A project whose default branch has data of its own, and so its raw branch has that as well."""
    team = Team.begin(tmp_path)
    ada = team.clone("ada")
    ada.write("data/penguins.csv", "species\nGentoo\n")
    ada.dvc("add", "--quiet", "data/penguins.csv")
    ada.commit("Add penguins")
    ada.git("push", "--quiet", "origin", "main")
    ingest(ada, tmp_path, 1)
    return team, ada


def reads(team: Team, name: str) -> tuple[str, ...]:
    """What a stage reads, as it was published."""
    declared = declared_stage(name, team.bare.file(f"data/{name}", "dvc.yaml"))
    assert declared is not None
    return tuple(path for path in declared.reads if path.startswith("data/"))


def test_data_that_came_along_from_the_default_branch_is_left_out(along: tuple[Team, Clone]) -> None:
    team, ada = along
    begun = begin_stage("clean", repository=ada.repository)
    assert (begun.reads, begun.left_out) == (("data/flights",), ("data/penguins.csv",))
    data_clean(repository=ada.repository)
    assert begin_stage("split", repository=ada.repository).reads == ("data/clean/flights",)
    assert (reads(team, "clean"), reads(team, "split")) == (("data/flights",), ("data/clean/flights",))


def test_a_person_says_which_data_a_stage_works_on(along: tuple[Team, Clone]) -> None:
    team, ada = along
    with pytest.raises(UsageError, match="has no data data/birds"):
        begin_stage("clean", of=["data/birds"], repository=ada.repository)
    assert begin_stage("clean", of=["data/penguins.csv"], repository=ada.repository).left_out == ("data/flights",)
    assert reads(team, "clean") == ("data/penguins.csv",)
