"""What services have spooled becomes records, each batch once."""

from __future__ import annotations

from pathlib import Path

import pytest

from saigen.errors import UnreachableError, UsageError
from saigen.git.repository import Repository
from saigen.monitor import Logger
from saigen.monitor import send as sending
from saigen.monitor.records import monitor_list
from saigen.monitor.send import monitor_send, tables
from saigen.monitor.spool import Header
from tests.unit.client.monitor.conftest import MODEL, git


def spool(folder: Path, *records: tuple[dict[str, object], object, object]) -> Path:
    with Logger("prod", model=MODEL, folder=folder, key="id") as log:
        for inputs, prediction, key in records:
            log.record(inputs, prediction, key=key)
    return folder


def test_a_batch_is_recorded_and_gone(checkout: Repository, tmp_path: Path) -> None:
    folder = spool(tmp_path / "spool", ({"wing": 1.5}, 0.2, 1), ({"wing": 2.5}, {"prediction": 0.8}, 2))
    (sent,) = monitor_send([folder], repository=checkout)
    assert (sent.tag, sent.rows) == ("monitor/prod/birds-1/1", 2)
    assert list(folder.iterdir()) == []
    (record,) = monitor_list("prod", repository=checkout)
    assert (record.facts.key, record.facts.rows, record.facts.batch) == (("id",), 2, sent.id)
    assert monitor_send([folder], repository=checkout) == []


def test_one_that_was_cut_off_after_it_was_recorded_is_not_recorded_again(
    checkout: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = spool(tmp_path / "spool", ({"wing": 1.5}, 0.2, 1))
    record = sending.monitor_record

    def cut_off(*arguments, **named):  # type: ignore[no-untyped-def]
        record(*arguments, **named)
        raise KeyboardInterrupt

    monkeypatch.setattr(sending, "monitor_record", cut_off)
    with pytest.raises(KeyboardInterrupt):
        monitor_send([folder], repository=checkout)
    monkeypatch.setattr(sending, "monitor_record", record)
    (sent,) = monitor_send([folder], repository=checkout)
    assert sent.tag == "monitor/prod/birds-1/1"
    assert len(monitor_list(repository=checkout)) == 1


def test_one_that_does_not_fit_is_put_aside_with_the_reason(checkout: Repository, tmp_path: Path) -> None:
    folder = spool(tmp_path / "spool", ({"wing": 1.5}, {"a": 1, "b": 2}, 1))
    (sent,) = monitor_send([folder], repository=checkout)
    assert sent.tag is None
    (text,) = (folder / "rejected").glob("*.txt")
    assert "which column of the predictions" in text.read_text()
    assert len(list((folder / "rejected").glob("*.batch"))) == 1
    assert monitor_send([folder], repository=checkout) == []


def test_where_the_remote_does_not_answer_the_batch_stays(checkout: Repository, tmp_path: Path) -> None:
    folder = spool(tmp_path / "spool", ({"wing": 1.5}, 0.2, 1))
    git(checkout.root, "remote", "set-url", "origin", "http://127.0.0.1:1/none.git")
    with pytest.raises(UnreachableError):
        monitor_send([folder], repository=checkout)
    assert len(list(folder.glob("*.batch"))) == 1


def test_a_folder_that_is_not_there_is_a_mistake(checkout: Repository, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        monitor_send([tmp_path / "none"], repository=checkout)


def test_of_the_same_key_the_last_answer_holds() -> None:
    records = [{"key": key, "inputs": {"x": x}, "prediction": x, "time": 0} for key, x in ((1, 1), (2, 2), (1, 3))]
    key, inputs, predictions = tables(Header("prod", MODEL, "id"), records)
    assert key == "id"
    assert inputs == [{"id": 1, "x": 3}, {"id": 2, "x": 2}]
    assert [(one["id"], one["prediction"]) for one in predictions] == [(1, 3), (2, 2)]


def test_the_key_may_be_one_of_the_inputs() -> None:
    key, inputs, _ = tables(Header("prod", MODEL, "id"), [{"inputs": {"id": 7, "x": 1}, "prediction": 1, "time": 0}])
    assert (key, inputs) == ("id", [{"id": 7, "x": 1}])


def test_without_keys_rows_stay_as_they_came() -> None:
    records = [{"inputs": {"x": x}, "prediction": x, "key": None, "time": 0} for x in (1, 1)]
    key, inputs, predictions = tables(Header("prod", MODEL), records)
    assert (key, inputs) == (None, [{"x": 1}, {"x": 1}])
    assert predictions[0] == {"prediction": 1, "time": "1970-01-01T00:00:00+00:00"}
