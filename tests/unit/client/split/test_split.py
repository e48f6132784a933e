"""A split is a function of the seed and of what identifies a row; nothing changes sides, and nothing is on two."""

from __future__ import annotations

import csv
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from saigen.data.split import File, Group, Key, LeakError, Row, Shares, Time, find_leaks, split
from saigen.data.split.by import SIDES, fraction, fraction_sql, side_of
from saigen.errors import SaigenError, UsageError

TEXTS = some.text(some.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\x00\x1f"), max_size=12)
KEYS = TEXTS.filter(lambda text: text != "")
ROWS = some.lists(some.tuples(KEYS, TEXTS), min_size=1, max_size=40, unique_by=lambda row: row[0])
SHARES = Shares(0.5, 0.25, 0.25)


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: Path, rows: list[tuple[str, str]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
            table.writerows([("id", "value"), *rows])
    else:
        path.write_text("".join(json.dumps({"id": id, "value": value}) + "\n" for id, value in rows), encoding="utf-8")
    return path


def read(path: Path) -> Iterator[tuple[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        if path.suffix == ".csv":
            yield from ((row["id"], row["value"]) for row in csv.DictReader(file))
        else:
            yield from ((row["id"], row["value"]) for row in map(json.loads, file))


def sides(folder: Path) -> dict[str, list[tuple[str, str]]]:
    return {side: [row for path in sorted((folder / side).rglob("*.*")) for row in read(path)] for side in SIDES}


def split_of(batches: list[list[tuple[str, str]]], suffix: str, seed: int) -> dict[str, list[tuple[str, str]]]:
    with tempfile.TemporaryDirectory() as name:
        for number, rows in enumerate(batches):
            write(Path(name, "in", f"{number}{suffix}"), rows)
        split(Path(name, "in"), Path(name, "out"), by=Key("id"), seed=seed, shares=SHARES, content=False)
        return sides(Path(name, "out"))


@given(ROWS, some.sampled_from([".csv", ".jsonl"]), some.integers(0, 9), some.data())
@settings(max_examples=40, deadline=None)
def test_no_row_is_lost_or_invented_or_changes_sides_when_data_is_added(
    rows: list[tuple[str, str]], suffix: str, seed: int, data: some.DataObject
) -> None:
    cut = data.draw(some.integers(0, len(rows)))
    whole = split_of([rows[:cut] or rows[:1], rows[cut:] or rows[-1:]], suffix, seed)
    before = split_of([rows[:cut] or rows[:1]], suffix, seed)
    assert {row for side in SIDES for row in whole[side]} == set(rows)
    for side in SIDES:
        assert set(before[side]) <= set(whole[side])
    assert all(side_of(seed, id, SHARES) == side for side in SIDES for id, _ in whole[side])


@given(some.lists(TEXTS, min_size=1, max_size=30), some.integers(-5, 2**40))
@settings(max_examples=60, deadline=None)
def test_python_and_sql_agree_on_the_place_of_a_row(texts: list[str], seed: int) -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t (text VARCHAR)")
        connection.executemany("INSERT INTO t VALUES (?)", [(text,) for text in texts])
        found = connection.execute(f"SELECT {fraction_sql(seed, 'text')} FROM t").fetchall()  # noqa: S608
    assert [place for (place,) in found] == [fraction(seed, text) for text in texts]


def test_the_sides_get_their_shares_of_many_rows() -> None:
    counts = dict.fromkeys(SIDES, 0)
    for number in range(20_000):
        counts[side_of(42, str(number), Shares(0.7, 0.2, 0.1))] += 1
    assert [round(counts[side] / 20_000, 2) for side in SIDES] == pytest.approx([0.7, 0.2, 0.1], abs=0.01)


def test_another_seed_is_another_split_and_the_same_one_the_same_bytes(own_place: Path) -> None:
    rows = [(str(number), f"v{number}") for number in range(300)]
    write(own_place / "in/1.csv", rows)
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        split("in", name, by=Key("id"), seed=seed)
    one, same, other = (Path(name, "train/in/1.csv").read_bytes() for name in "abc")
    assert one == same
    assert one != other


def test_a_group_is_on_one_side(own_place: Path) -> None:
    write(own_place / "in/1.csv", [(f"patient{number % 20}", f"picture{number}") for number in range(400)])
    split("in", "out", by=Group("id"), seed=3)
    ids = {side: {id for id, _ in rows} for side, rows in sides(own_place / "out").items()}
    assert sum(map(len, ids.values())) == len(set.union(*ids.values())) == 20


def test_what_came_later_measures_and_appending_moves_nothing(own_place: Path) -> None:
    by = Time("id", validation="2013-03-01", test="2013-04-01")
    write(own_place / "in/1.csv", [(f"2013-0{month}-15 10:00:00", f"m{month}") for month in range(1, 6)])
    split("in", "out", by=by)
    values = {side: [value for _, value in rows] for side, rows in sides(own_place / "out").items()}
    assert values == {"train": ["m1", "m2"], "validation": ["m3"], "test": ["m4", "m5"]}
    write(own_place / "in/2.csv", [("no time", "x")])
    with pytest.raises(SaigenError, match="have no side"):
        split("in", "out", by=by)


def test_keys_keep_their_text_whatever_else_is_in_the_file(own_place: Path) -> None:
    write(own_place / "in/1.csv", [("007", "a"), ("8", "b")])
    write(own_place / "in/2.csv", [("9", "c"), ("x", "d")])
    split("in", "out", by=Key("id"), seed=1)
    assert sorted(id for rows in sides(own_place / "out").values() for id, _ in rows) == ["007", "8", "9", "x"]


def test_files_with_the_index_of_pandas_and_names_in_capitals_are_split(own_place: Path) -> None:
    for name, header in (("1", ",id,value"), ("2", ",ID,value")):
        write(own_place / f"in/{name}.csv", []).write_text(
            f"{header}\n" + "".join(f"{n},{name}{n},x\n" for n in range(40))
        )
    split("in", "out", by=Row(), seed=1)
    assert Path("out/train/in/1.csv").read_text().startswith(",id,value\n")
    written = [path.read_text().splitlines() for path in Path("out").rglob("*.csv")]
    assert sorted({header for header, *_ in written}) == [",ID,value", ",id,value"]
    assert sum(len(rows) for _, *rows in written) == 80


def test_parquet_keeps_its_types() -> None:
    Path("in").mkdir()
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT i AS id, i / 3.0 AS x, DATE '2013-01-01' + i::INT AS day FROM range(200) t(i))"
            " TO 'in/1.parquet' (FORMAT parquet)"
        )
        split("in", "out", by=Key("id"), seed=1)
        found = connection.execute("SELECT count(*), any_value(typeof(day)) FROM 'out/*/in/1.parquet'").fetchone()
        train = connection.execute("SELECT id FROM 'out/train/in/1.parquet'").fetchall()
    assert found == (200, "DATE")
    assert all(side_of(1, str(id), Shares()) == "train" for (id,) in train)


def test_the_same_content_under_two_keys_is_a_leak_that_is_shown(own_place: Path) -> None:
    write(own_place / "in/1.csv", [(str(number), f"picture{number % 100}") for number in range(200)])
    with pytest.raises(LeakError, match="content") as refused:
        split("in", "out", by=Key("id"), seed=1)
    assert {leak.what for leak in refused.value.leaks} == {"content"}
    assert "picture" in str(refused.value)
    split("in", "out", by=Row(), seed=1)


def test_the_same_key_on_two_sides_is_a_leak(own_place: Path) -> None:
    write(own_place / "train/1.csv", [("1", "a"), ("2", "b")])
    write(own_place / "test/1.csv", [("2", "c"), ("3", "d")])
    (leak,) = find_leaks({side: own_place / side for side in ("train", "test")}, Key("id"))
    assert (leak.what, leak.sides, leak.count, leak.example) == ("key", ("train", "test"), 1, "2")


def test_near_duplicates_are_found_where_they_are_asked_for(own_place: Path) -> None:
    write(own_place / "train/1.csv", [("1", "The Late   flight!"), ("2", "1.23456")])
    write(own_place / "test/1.csv", [("8", "the late flight"), ("9", "1.23457")])
    folders = {side: own_place / side for side in ("train", "test")}
    assert find_leaks(folders, Key("id")) == []
    (leak,) = find_leaks(folders, Key("id"), near=True)
    assert (leak.what, leak.count) == ("near-duplicate", 2)


def test_whole_files_stay_together_by_name_or_content(own_place: Path) -> None:
    for number in range(60):
        path = own_place / "in" / f"p{number % 12}_{number}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"scan {number}")
    shutil.copy(own_place / "in/p1_1.txt", own_place / "in/p1_99.txt")
    split("in", "out", by=File(group=r"(p\d+)_"), seed=1)
    people = [{path.name.partition("_")[0] for path in (own_place / "out" / side).rglob("*.txt")} for side in SIDES]
    assert sum(map(len, people)) == len(set.union(*people)) == 12
    split("in", "again", by=File(), seed=1)
    twins = [
        path.parent.parent.name for path in (own_place / "again").rglob("*") if path.name in {"p1_1.txt", "p1_99.txt"}
    ]
    assert len(twins) == 2
    assert len(set(twins)) == 1


def test_a_file_on_two_sides_is_a_leak(own_place: Path) -> None:
    for side, name, text in (("train", "a.txt", "Same words."), ("test", "b.txt", "same words")):
        (own_place / side).mkdir()
        (own_place / side / name).write_text(text)
    folders = {side: own_place / side for side in ("train", "test")}
    assert find_leaks(folders, File()) == []
    assert [leak.what for leak in find_leaks(folders, File(), near=True)] == ["near-duplicate"]


def test_a_missing_column_and_wrong_shares_are_said(own_place: Path) -> None:
    write(own_place / "in/1.csv", [("1", "a")])
    with pytest.raises(UsageError, match="no column flight"):
        split("in", "out", by=Key("flight"))
    with pytest.raises(UsageError, match="do not add up"):
        Shares(0.9, 0.2, 0.1)


def test_every_dataset_is_in_the_split_whether_it_is_a_file_or_a_folder(own_place: Path) -> None:
    sources = [write(own_place / f"in/{name}.csv", [(name, name)]) for name in ("birds", "1")]
    write(own_place / "in/flights/1.csv", [("flights", "flights")])
    split([*sources, own_place / "in/flights"], "out", by=Key("id"))
    found = {
        path.relative_to("out").as_posix().partition("/")[2]: list(read(path)) for path in Path("out").rglob("*.csv")
    }
    assert found == {
        "birds.csv": [("birds", "birds")],
        "1.csv": [("1", "1")],
        "flights/1.csv": [("flights", "flights")],
    }


def test_two_files_of_one_name_are_refused(own_place: Path) -> None:
    sources = [write(own_place / folder / "1.csv", [(folder, folder)]) for folder in "ab"]
    with pytest.raises(UsageError, match=r"two files are called 1\.csv"):
        split(sources, "out", by=Key("id"))


def test_pictures_that_look_the_same_are_near_duplicates(own_place: Path) -> None:
    from PIL import Image

    picture = Image.linear_gradient("L").rotate(30)
    for side, one in (("train", picture), ("test", picture.resize((180, 180))), ("validation", picture.rotate(120))):
        (own_place / side).mkdir()
        one.save(own_place / side / "picture.png")
    folders = {side: own_place / side for side in SIDES}
    assert find_leaks(folders, File()) == []
    assert [(leak.what, leak.sides) for leak in find_leaks(folders, File(), near=True)] == [
        ("near-duplicate", ("train", "test"))
    ]
