"""What is valid is copied, the rest is counted."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from saigen.data.clean import clean
from saigen.errors import BlockedError


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()


def test_rows_stay_as_they_are_or_go() -> None:
    Path("data/x.csv").write_text('id,"the, delay"\n007,"5, late"\n8,NA\n,\n9,1.50\n')
    found = clean("data/x.csv", "data/clean/x.csv", where="\"the, delay\" <> 'NA'")
    assert Path("data/clean/x.csv").read_text() == 'id,"the, delay"\n007,"5, late"\n9,1.50\n'
    assert (found.rows, found.dropped) == (2, (("rows", 2),))


def test_a_file_of_which_nothing_stays_leaves_no_older_result() -> None:
    for text in ("id\n7\n", "id\n8\n"):
        Path("data/x.csv").write_text(text)
        found = clean("data/x.csv", "data/clean/x.csv", where="id = '7'")
    assert (found.files, found.dropped) == (0, (("rows", 1),))
    assert not Path("data/clean/x.csv").exists()


def test_broken_pictures_and_empty_texts_are_dropped() -> None:
    Path("data/x/a").mkdir(parents=True)
    Image.new("L", (8, 8)).save("data/x/a/good.png")
    Path("data/x/a/broken.png").write_bytes(Path("data/x/a/good.png").read_bytes()[:40])
    Path("data/x/empty.txt").write_text(" \n")
    Path("data/x/full.txt").write_text("words\n")
    Path("data/x/any.bin").write_bytes(b"")
    found = clean("data/x", "data/clean/x")
    kept = sorted(path.relative_to("data/clean/x").as_posix() for path in Path("data/clean/x").rglob("*.*"))
    assert kept == ["a/good.png", "any.bin", "full.txt"]
    assert found.dropped == (("broken images", 1), ("empty texts", 1))
    assert str(found) == "data/x: 3 files done; dropped: 1 broken images, 1 empty texts"


def test_a_table_that_is_none_is_said() -> None:
    Path("data/x.csv").write_text("id,id\n1,2\n")
    with pytest.raises(BlockedError, match="names of columns"):
        clean("data/x.csv", "data/clean/x.csv")


@pytest.mark.parametrize("header", [",a,b", "ID,id,Id", "id,,ID", "a,a_1,A", "column1,,x"])
def test_a_header_stays_as_it_is(header: str) -> None:
    text = f"{header}\n0,007,5\n1,8,\n"
    Path("data/x.csv").write_text(text)
    clean("data/x.csv", "data/clean/x.csv")
    assert Path("data/clean/x.csv").read_text() == text


@pytest.mark.parametrize("name", ["x[1].csv", "year=2013/x.csv", "it's a *.csv"])
def test_a_name_is_only_a_name(name: str) -> None:
    for path, text in ((f"data/{name}", "id,delay\n007,5\n"), ("data/x1.csv", "id,delay\nother,0\n")):
        Path(path).parent.mkdir(exist_ok=True)
        Path(path).write_text(text)
    clean(f"data/{name}", f"data/clean/{name}")
    assert Path(f"data/clean/{name}").read_text() == "id,delay\n007,5\n"


@pytest.mark.parametrize("text", ['{"id": "007"}\n{"id": null}\n{}\n', '{"ID":1,"id":2,"":3}\n'])
def test_json_lines_keep_their_text(text: str) -> None:
    Path("data/x.jsonl").write_text(text)
    clean("data/x.jsonl", "data/clean/x.jsonl")
    assert Path("data/clean/x.jsonl").read_text() == text.splitlines()[0] + "\n"
