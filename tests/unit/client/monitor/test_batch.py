"""Files that are handed in: what fits together, and what does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from saigen.errors import SaigenError, UsageError
from saigen.monitor.batch import convert
from saigen.project import MonitorRules
from tests.unit.client.monitor.conftest import write_csv

ROWS = [(1, "a", 0.5), (2, "b", None)]


def as_csv(path: Path) -> Path:
    return write_csv(
        path.with_suffix(".csv"), ["id", "name", "x"], [[*row[:2], "" if row[2] is None else row[2]] for row in ROWS]
    )


def as_lines(path: Path) -> Path:
    lines = [json.dumps(dict(zip(("id", "name", "x"), row, strict=True))) for row in ROWS]
    path.with_suffix(".jsonl").write_text("\n".join(lines) + "\n")
    return path.with_suffix(".jsonl")


def as_parquet(path: Path) -> Path:
    target = path.with_suffix(".parquet")
    duckdb.read_json(str(as_lines(path))).write_parquet(str(target))
    return target


@pytest.mark.parametrize("write", [as_csv, as_lines, as_parquet])
def test_every_kind_of_file_becomes_the_same_parquet(tmp_path: Path, write: Callable[[Path], Path]) -> None:
    given = {"inputs": write(tmp_path / "in"), "predictions": write_csv(tmp_path / "out.csv", ["p"], [[1], [0]])}
    batch = convert(given, MonitorRules(), (), tmp_path)
    assert duckdb.read_parquet(str(batch.files["inputs"])).select("id", "name", "x").fetchall() == ROWS
    assert (batch.rows, batch.key) == ({"inputs": 2, "predictions": 2}, ())


def parts(folder: Path, inputs: list[list[object]], predictions: list[list[object]]) -> dict[str, Path]:
    return {
        "inputs": write_csv(folder / "in.csv", ["id", "x"], inputs),
        "predictions": write_csv(folder / "out.csv", ["id", "prediction"], predictions),
    }


def test_the_key_of_the_project_is_taken_where_the_files_have_it(tmp_path: Path) -> None:
    given = parts(tmp_path, [[1, 5], [2, 6]], [[2, 0], [1, 1]])
    assert convert(given, MonitorRules(key=("id",)), (), tmp_path).key == ("id",)
    assert convert(given, MonitorRules(key=("flight",)), (), tmp_path).key == ()


def test_files_of_other_lengths_do_not_belong_together(tmp_path: Path) -> None:
    with pytest.raises(SaigenError, match="same number of rows") as refused:
        convert(parts(tmp_path, [[1, 5]], [[1, 0], [2, 1]]), MonitorRules(), (), tmp_path)
    assert "1 inputs, 2 predictions" in refused.value.why


def test_predictions_of_other_rows_do_not_belong_together(tmp_path: Path) -> None:
    with pytest.raises(SaigenError, match="not of the same rows") as refused:
        convert(parts(tmp_path, [[1, 5], [2, 5]], [[1, 0], [3, 1]]), MonitorRules(), ["id"], tmp_path)
    assert "2 values" in refused.value.why


@pytest.mark.parametrize("inputs", [[[1, 5], [1, 6]], [[1, 5], ["", 6]]])
def test_a_key_recognises_every_row(tmp_path: Path, inputs: list[list[object]]) -> None:
    with pytest.raises(SaigenError, match="does not recognise"):
        convert(parts(tmp_path, inputs, [[1, 0], [2, 1]]), MonitorRules(), ["id"], tmp_path)


def test_a_key_that_is_not_there_is_named_with_the_columns_that_are(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no column 'flight'") as refused:
        convert(parts(tmp_path, [[1, 5]], [[1, 0]]), MonitorRules(), ["flight"], tmp_path)
    assert "found id, x" in refused.value.why


def test_it_must_be_clear_which_column_is_the_prediction(tmp_path: Path) -> None:
    given = {
        "inputs": write_csv(tmp_path / "i.csv", ["x"], [[1]]),
        "predictions": write_csv(tmp_path / "p.csv", ["a", "b"], [[1, 2]]),
    }
    with pytest.raises(UsageError, match="which column of the predictions"):
        convert(given, MonitorRules(), (), tmp_path)
    assert convert(given, MonitorRules(prediction="b"), (), tmp_path).rows["predictions"] == 1


@pytest.mark.parametrize(("name", "content", "message"), [("x.csv", "a,b\n", "is empty"), ("x.bin", "abc", "no kind")])
def test_a_file_without_rows_or_of_no_kind_is_refused(tmp_path: Path, name: str, content: str, message: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(UsageError, match=message):
        convert({"inputs": tmp_path / name}, MonitorRules(), (), tmp_path)
