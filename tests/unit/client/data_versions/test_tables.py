"""Comparison of tables: columns, rows by key, distributions."""

from __future__ import annotations

import gzip
from pathlib import Path

import duckdb
import pytest

from saigen.data.compare.kinds import Side, compare
from saigen.data.compare.result import Comparison, Shift
from saigen.data.judgement import Answer, judge
from saigen.errors import UsageError
from tests.unit.client.data_versions.project import PENGUINS


def compared(tmp_path: Path, a: str, b: str, key: tuple[str, ...] = (), name: str = "birds.csv") -> Comparison:
    """The comparison of two texts as files of this name."""
    sides = []
    for side, content in (("a", a), ("b", b)):
        path = tmp_path / side / name
        path.parent.mkdir()
        path.write_text(content)
        sides.append(Side(name, file=path))
    return compare(sides[0], sides[1], key)


def table(*rows: str, head: str = "bird_id,name,grams") -> str:
    return "\n".join((head, *rows)) + "\n"


def shift_of(found: Comparison, column: str) -> Shift:
    return next(shift for shift in found.tables[0].shifts if shift.column == column)


THREE = ("1,Ada,3000", "2,Bo,4000", "3,Cy,5000")


def test_rows_are_recognised_by_their_identifier(tmp_path: Path) -> None:
    rows = compared(tmp_path, table(*THREE), table("4,Di,3500", "3,Cy,5000", "2,Bo,4100")).tables[0].rows
    assert (rows.key, rows.how) == (("bird_id",), "detected")
    assert (rows.added, rows.removed, rows.changed, rows.same) == (1, 1, 1, 1)
    assert rows.cells == {"grams": 1}


def test_a_changed_value_is_shown_as_an_example(tmp_path: Path) -> None:
    example = (
        compared(tmp_path, table(*THREE), table("1,Ada,3000", "2,Bo,4100", "3,Cy,5000")).tables[0].rows.examples[0]
    )
    assert (example.key, example.column, example.a, example.b) == (("2",), "grams", "4000", "4100")


def test_a_key_that_a_person_gives_comes_first(tmp_path: Path) -> None:
    rows = compared(tmp_path, table(*THREE), table(*THREE, "4,Di,1"), ("name",)).tables[0].rows
    assert (rows.key, rows.how) == (("name",), "given")


def test_a_key_that_is_not_unique_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not recognise rows"):
        compared(tmp_path, table(*THREE, "4,Ada,1"), table(*THREE), ("name",))


def test_a_key_that_is_no_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be a key"):
        compared(tmp_path, table(*THREE), table(*THREE, "4,Di,1"), ("age",))


def test_several_columns_together_are_found_as_a_key(tmp_path: Path) -> None:
    rows = [f"{island},{year},{number}" for island in "xyz" for year in range(2000, 2009) for number in (7, 7.5)][::2]
    head = "island,year,weight"
    found = compared(tmp_path, table(*rows, head=head), table(*rows[1:], head=head)).tables[0].rows
    assert (found.key, found.removed) == (("island", "year"), 1)


def test_rows_without_a_key_are_matched_by_position_where_their_number_is_the_same(tmp_path: Path) -> None:
    rows = compared(tmp_path, table("a", "a", "b", head="x"), table("a", "c", "b", head="x")).tables[0].rows
    assert (rows.matched_by, rows.changed, rows.same) == ("position", 1, 2)


def test_rows_without_a_key_are_else_matched_as_a_whole_each_as_often_as_it_is_there(tmp_path: Path) -> None:
    rows = compared(tmp_path, table("a", "a", "b", head="x"), table("a", "b", "c", "c", head="x")).tables[0].rows
    assert (rows.matched_by, rows.same, rows.added, rows.removed) == ("whole rows", 2, 2, 1)


def test_new_columns_and_numbers_that_became_fractions_are_still_a_version(tmp_path: Path) -> None:
    b = table("1,Ada,3000.5,x", "2,Bo,4000,y", "3,Cy,5000,z", head="bird_id,name,grams,sex")
    found = compared(tmp_path, table(*THREE), b)
    assert found.tables[0].schema.added == ("sex",)
    assert [(one.column, one.fits) for one in found.tables[0].schema.retyped] == [("grams", True)]
    assert judge(found.figures).answer is Answer.NEW_VERSION


def test_a_number_that_became_a_text_does_not_fit(tmp_path: Path) -> None:
    found = compared(tmp_path, table(*THREE), table("1,Ada,light", "2,Bo,heavy", "3,Cy,heavy"))
    assert found.tables[0].schema.kept == ("bird_id", "name")


def test_words_for_a_missing_value_do_not_make_a_number_a_text(tmp_path: Path) -> None:
    found = compared(tmp_path, table(*THREE), table("1,Ada,NA", "2,Bo,", "3,Cy,5000"))
    assert found.tables[0].schema.retyped == ()
    assert shift_of(found, "grams").missing_b == pytest.approx(2 / 3)


def test_a_header_of_a_table_of_texts_is_a_header(tmp_path: Path) -> None:
    found = compared(tmp_path, table("x,y", "z,w", head="first,last"), table("x,y", "z,v", head="first,last"))
    assert found.tables[0].schema.kept == ("first", "last")


def test_a_moved_distribution_is_large_and_an_equal_one_is_none(tmp_path: Path) -> None:
    a = table(*(f"{n},b,{n}" for n in range(500)))
    b = table(*(f"{n},b,{n + 250}" for n in range(500)))
    moved = shift_of(compared(tmp_path, a, b), "grams")
    assert (moved.level, moved.ks) == ("large", pytest.approx(0.5))
    assert (moved.mean_a, moved.mean_b) == (249.5, 499.5)


def test_a_category_that_grew_is_seen(tmp_path: Path) -> None:
    a = table(*(f"{n},{'xy'[n % 2]},1" for n in range(400)))
    b = table(*(f"{n},{'xxxy'[n % 4]},1" for n in range(400)))
    assert shift_of(compared(tmp_path, a, b), "name").level == "large"


def test_two_small_samples_of_one_distribution_are_not_called_a_shift(tmp_path: Path) -> None:
    a = table(*(f"{n},b,{(n * 37) % 101}" for n in range(40)))
    b = table(*(f"{n},b,{(n * 53 + 11) % 101}" for n in range(40)))
    assert shift_of(compared(tmp_path, a, b), "grams").level == "none"


def test_names_of_which_most_are_distinct_have_no_distribution(tmp_path: Path) -> None:
    a = table(*(f"{n},name {n},1" for n in range(100)))
    assert [one.column for one in compared(tmp_path, a, a + "100,x,2\n").tables[0].shifts] == ["grams"]


def test_penguins_without_one_species_are_a_version(tmp_path: Path) -> None:
    text = PENGUINS.read_text()
    fewer = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("Chinstrap"))
    found = compared(tmp_path, text, fewer)
    assert (found.tables[0].rows.removed, found.tables[0].rows.added) == (68, 0)
    assert shift_of(found, "species").level == "large"
    assert judge(found.figures).answer is Answer.NEW_VERSION


def test_penguins_with_one_rewritten_column_and_fewer_rows_are_a_version(tmp_path: Path) -> None:
    lines = PENGUINS.read_text().splitlines()[:-10]
    rewritten = [lines[0], *(f"bird {line}" for line in lines[1:])]
    found = compared(tmp_path, PENGUINS.read_text(), "\n".join(rewritten) + "\n")
    assert found.tables[0].rows.same == 0
    assert found.figures.overlap == 1.0
    assert judge(found.figures).answer is Answer.NEW_VERSION


def test_one_half_of_the_penguins_is_another_dataset_than_the_other_half(tmp_path: Path) -> None:
    head, *rows = PENGUINS.read_text().splitlines()
    found = compared(tmp_path, "\n".join([head, *rows[:170]]) + "\n", "\n".join([head, *rows[170:]]) + "\n")
    assert judge(found.figures).answer is Answer.DIFFERENT


def test_a_table_with_the_same_numbering_and_other_values_is_another_dataset(tmp_path: Path) -> None:
    other = table("1,Xi,1", "2,Yo,2", "3,Ze,3")
    assert judge(compared(tmp_path, table(*THREE), other).figures).answer is Answer.DIFFERENT


def test_csv_and_parquet_of_the_same_table_hold_the_same_rows(tmp_path: Path) -> None:
    parquet = tmp_path / "penguins.parquet"
    duckdb.read_csv(str(PENGUINS), na_values=["NA", ""]).write_parquet(str(parquet))
    found = compare(Side("penguins.csv", file=PENGUINS), Side("penguins.parquet", file=parquet))
    assert (found.tables[0].rows.changed, found.tables[0].rows.same) == (0, 344)


def test_large_whole_numbers_of_two_types_stay_apart(tmp_path: Path) -> None:
    sides = []
    for type_ in ("BIGINT", "UBIGINT"):
        path = tmp_path / f"{type_}.parquet"
        duckdb.sql(f"SELECT (n + {2**53})::{type_} AS id, n AS x FROM range(4) t(n)").write_parquet(str(path))  # noqa: S608
        sides.append(Side(path.name, file=path))
    rows = compare(sides[0], sides[1]).tables[0].rows
    assert (rows.key, rows.same, rows.added, rows.removed, rows.overlap) == (("id",), 4, 0, 0, 1.0)


def test_a_compressed_file_is_read(tmp_path: Path) -> None:
    packed = tmp_path / "penguins.csv.gz"
    packed.write_bytes(gzip.compress(PENGUINS.read_bytes()))
    found = compare(Side("penguins.csv", file=PENGUINS), Side("penguins.csv.gz", file=packed))
    assert found.tables[0].rows.same == 344


def test_a_file_that_is_not_what_its_name_says_is_compared_by_its_bytes(tmp_path: Path) -> None:
    found = compared(tmp_path, "no parquet", "neither", name="birds.parquet")
    assert found.kind == "bytes"
    assert judge(found.figures).answer is Answer.UNTOLD


def test_a_name_that_reads_like_a_pattern_is_only_a_name(tmp_path: Path) -> None:
    found = compared(tmp_path, table(*THREE), table(*THREE, "4,Di,1"), name="it's [a] *.csv")
    assert found.tables[0].rows.added == 1


def test_an_empty_table_shares_nothing_with_a_full_one(tmp_path: Path) -> None:
    found = compared(tmp_path, table(*THREE), table())
    assert found.figures.overlap == 0.0
