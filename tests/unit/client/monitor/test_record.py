"""Recording on a monitoring branch: commits, tags, late labels, and several who record at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from saigen.branches.worktree import BranchTree
from saigen.errors import BlockedError, SaigenError, UsageError
from saigen.git.repository import Repository
from saigen.monitor import record as recording
from saigen.monitor.record import Recorded, monitor_record
from saigen.monitor.records import monitor_list
from tests.unit.client.monitor.conftest import MODEL, git, write_csv
from tests.unit.client.monitor.storage import Storage

Rows = Callable[[str, str], list[tuple[object, ...]]]


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """Three rows of each part, with a key."""
    return {
        "inputs": write_csv(tmp_path / "in.csv", ["id", "wing"], [[1, 10.5], [2, "NA"], [3, 12.0]]),
        "predictions": write_csv(tmp_path / "out.csv", ["id", "prediction"], [[3, 0.3], [1, 0.1], [2, 0.2]]),
        "labels": write_csv(tmp_path / "labels.csv", ["id", "label"], [[2, 1], [1, 0]]),
    }


def record(repository: Repository, files: dict[str, Path], *, key: str = "id") -> Recorded:
    return monitor_record(
        "prod",
        MODEL,
        inputs=files["inputs"],
        predictions=files["predictions"],
        key=[key] if key else [],
        repository=repository,
    )


@pytest.fixture
def rows(checkout: Repository, storage: Storage) -> Rows:
    """The rows of a batch, as plain DVC would find them: pointer, list, object in the storage."""

    def find(part: str, name: str) -> list[tuple[object, ...]]:
        remote = Repository(checkout.root.parent / "remote.git")
        pointer = (remote.file("monitor/prod", f"monitoring/{part}.dvc") or b"").decode()
        listed = json.loads(storage.objects[key_of(pointer.split("md5: ")[1].split()[0])])
        (content,) = (one["md5"] for one in listed if one["relpath"] == name)
        file = checkout.root.parent / "found.parquet"
        file.write_bytes(storage.objects[key_of(content)])
        return duckdb.read_parquet(str(file)).fetchall()

    return find


def key_of(md5: str) -> str:
    return f"/dvc/birds/files/md5/{md5[:2]}/{md5[2:]}"


def test_a_batch_is_a_commit_with_its_model_and_a_tag(checkout: Repository, files: dict[str, Path], rows: Rows) -> None:
    done = record(checkout, files)
    assert done.tag == "monitor/prod/birds-1/1"
    remote = checkout.root.parent / "remote.git"
    assert git(remote, "rev-parse", f"{done.tag}^{{commit}}") == git(remote, "rev-parse", "monitor/prod") == done.commit
    assert git(remote, "log", "-1", "--format=%(trailers:key=Model,valueonly)", "monitor/prod") == MODEL
    assert rows("inputs", "birds-1/1.parquet") == [(1, 10.5), (2, None), (3, 12.0)]
    assert git(checkout.root, "status", "--porcelain") == ""
    assert checkout.branch() == "main"


def test_the_next_one_has_the_next_number_and_both_batches_are_there(
    checkout: Repository, files: dict[str, Path], rows: Rows
) -> None:
    record(checkout, files)
    assert record(checkout, files).tag == "monitor/prod/birds-1/2"
    for name in ("birds-1/1.parquet", "birds-1/2.parquet"):
        assert len(rows("predictions", name)) == 3


def test_a_colleague_records_without_the_earlier_batches(
    checkout: Repository, colleague: Repository, files: dict[str, Path], storage: Storage
) -> None:
    record(checkout, files)
    storage.read.clear()
    assert record(colleague, files).tag == "monitor/prod/birds-1/2"
    assert len(storage.read) == 2, "the list of each directory, and no batch"
    assert all(key.endswith(".dir") for key in storage.read)


def test_two_who_record_at_once_get_a_number_each(
    checkout: Repository, colleague: Repository, files: dict[str, Path], rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = recording.publish

    def publish_after_the_colleague(tree: BranchTree, *tags: str) -> str:
        monkeypatch.setattr(recording, "publish", publish)
        assert record(colleague, files).tag == "monitor/prod/birds-1/1"
        return publish(tree, *tags)

    monkeypatch.setattr(recording, "publish", publish_after_the_colleague)
    assert record(checkout, files).tag == "monitor/prod/birds-1/2"
    assert [one.number for one in monitor_list("prod", repository=checkout)] == [1, 2]
    for name in ("birds-1/1.parquet", "birds-1/2.parquet"):
        assert len(rows("inputs", name)) == 3


def test_many_at_once_lose_nothing(checkout: Repository, colleague: Repository, files: dict[str, Path]) -> None:
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda who: [record(who, files).tag for _ in range(2)], (checkout, colleague)))
    expected = {f"monitor/prod/birds-1/{number}" for number in range(1, 5)}
    assert {tag for tags in done for tag in tags} == expected
    assert {one.tag for one in monitor_list(repository=checkout)} == expected


def test_labels_come_later_by_a_key(checkout: Repository, files: dict[str, Path], rows: Rows) -> None:
    record(checkout, files)
    done = monitor_record("prod", MODEL, labels=files["labels"], key=["id"], repository=checkout)
    assert done.tag == "monitor/prod/birds-1/2"
    assert rows("labels", "birds-1/2.parquet") == [(2, 1), (1, 0)]


def test_labels_come_later_for_a_batch(checkout: Repository, files: dict[str, Path], rows: Rows) -> None:
    record(checkout, files, key="")
    labels = write_csv(files["labels"].parent / "all.csv", ["label"], [[1], [0], [1]])
    monitor_record("prod", MODEL, labels=labels, batch=1, repository=checkout)
    assert rows("labels", "birds-1/1.parquet") == [(1,), (0,), (1,)]
    found = monitor_list("prod", repository=checkout)[-1]
    assert (found.number, found.facts.labels_of, found.facts.parts) == (2, 1, ("labels",))
    with pytest.raises(SaigenError, match="labels already"):
        monitor_record("prod", MODEL, labels=labels, batch=1, repository=checkout)


def test_labels_of_another_number_of_rows_are_refused(checkout: Repository, files: dict[str, Path]) -> None:
    record(checkout, files, key="")
    with pytest.raises(SaigenError, match="not the labels of batch 1"):
        monitor_record("prod", MODEL, labels=files["labels"], batch=1, repository=checkout)
    with pytest.raises(UsageError, match="no batch 7"):
        monitor_record("prod", MODEL, labels=files["labels"], batch=7, repository=checkout)
    with pytest.raises(UsageError, match="whose labels"):
        monitor_record("prod", MODEL, labels=files["labels"], repository=checkout)


def test_what_a_spooled_file_gave_is_recorded_once(checkout: Repository, files: dict[str, Path]) -> None:
    arguments = {"inputs": files["inputs"], "predictions": files["predictions"], "spooled": "20260101-1-abc"}
    first = monitor_record("prod", MODEL, **arguments, repository=checkout)  # type: ignore[arg-type]
    second = monitor_record("prod", MODEL, **arguments, repository=checkout)  # type: ignore[arg-type]
    assert (second.tag, second.again) == (first.tag, True)
    assert len(monitor_list(repository=checkout)) == 1


@pytest.mark.parametrize(("model", "error"), [("birds", UsageError), ("birds-9", BlockedError), ("v1.2", UsageError)])
def test_only_a_released_model_is_recorded(
    checkout: Repository, files: dict[str, Path], model: str, error: type[SaigenError]
) -> None:
    with pytest.raises(error, match="released model"):
        monitor_record("prod", model, inputs=files["inputs"], predictions=files["predictions"], repository=checkout)


def test_nothing_is_left_behind_where_the_remote_refuses(checkout: Repository, files: dict[str, Path]) -> None:
    hook = checkout.root.parent / "remote.git" / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'saigen: not today' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(SaigenError, match="refused"):
        record(checkout, files)
    assert checkout.tags() == [MODEL]
    assert checkout.commit("refs/heads/monitor/prod") is None
    hook.unlink()
    assert record(checkout, files).tag == "monitor/prod/birds-1/1"
