"""Reading a database of MLflow's of any age, as MLflow reads it, without changing it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import ViewType

from saigen.errors import BlockedError, UsageError
from saigen.track.imports import import_runs
from saigen.track.old import OldRun
from saigen.track.points import OldPoint, comparable
from saigen.track.stores import open_store
from saigen.tracking import Tracking
from tests.unit.client.track.conftest import Folder


def every_run(file: Path) -> dict[str, OldRun]:
    store = open_store(file, [])
    return {run.id: run for one in store.experiments() for run in one.runs() if isinstance(run, OldRun)}


def read(run: OldRun) -> tuple[dict[str, str], dict[str, str], dict[str, list[OldPoint | str]]]:
    """Params, tags, and the values of all metrics."""
    return run.params, run.tags, {name: list(run.points(name)) for name in run.metrics}


def change(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_mlflow_s_own_reader_finds_the_same(made_database: Folder) -> None:
    before = made_database.path.read_bytes()
    ours = every_run(made_database.path)
    found = {id_: read(run) for id_, run in ours.items()}
    assert made_database.path.read_bytes() == before

    client = MlflowClient(f"sqlite:///{made_database.path}")
    ids = [one.experiment_id for one in client.search_experiments(ViewType.ALL)]
    theirs = {run.info.run_id: run for run in client.search_runs(ids, "", ViewType.ALL)}
    assert ours.keys() == theirs.keys()
    for id_, run in ours.items():
        info, data = theirs[id_].info, theirs[id_].data
        assert (run.start, run.end, run.status) == (info.start_time, info.end_time, info.status)
        assert run.deleted == (info.lifecycle_stage == "deleted")
        params, tags, metrics = found[id_]
        assert (params, tags) == (data.params, data.tags)
        assert metrics.keys() == data.metrics.keys()
        for name, points in metrics.items():
            logged = {comparable(one.value, one.timestamp, one.step) for one in client.get_metric_history(id_, name)}
            assert logged == {comparable(p.value, p.timestamp, p.step) for p in points if isinstance(p, OldPoint)}


def test_logged_and_registered_models_are_found(made_database: Folder) -> None:
    store = open_store(made_database.path, [])
    models = [one for experiment in store.experiments() for one in experiment.models()]
    assert [(one.id, one.name, one.status, one.run) for one in models] == [  # type: ignore[union-attr]
        (made_database.ids["model"], "twice", "READY", made_database.ids["parent"])
    ]
    found, broken = store.registered()
    assert broken == []
    assert (found[0].name, found[0].description, found[0].aliases) == ("twice", "Doubles numbers", {"champion": 1})
    assert (found[0].versions[0].description, found[0].versions[0].tags) == ("The first one", {"checked": "yes"})


def test_the_tables_of_the_first_versions_are_understood(tmp_path: Path) -> None:
    file = tmp_path / "old.db"
    change(
        file,
        "CREATE TABLE experiments (experiment_id INTEGER, name TEXT, artifact_location TEXT, lifecycle_stage TEXT)",
        "CREATE TABLE runs (run_uuid TEXT, name TEXT, user_id TEXT, status TEXT, start_time INTEGER, end_time INTEGER,"
        " lifecycle_stage TEXT, artifact_uri TEXT, experiment_id INTEGER)",
        "CREATE TABLE metrics (key TEXT, value REAL, timestamp INTEGER, run_uuid TEXT)",
        "CREATE TABLE params (key TEXT, value TEXT, run_uuid TEXT)",
        "CREATE TABLE tags (key TEXT, value TEXT, run_uuid TEXT)",
        "INSERT INTO experiments VALUES (3, 'old', '/x', 'active')",
        "INSERT INTO runs VALUES ('abc', 'first', 'ada', 'FINISHED', 1500000000000, 1500000000001, 'active', '/x', 3)",
        "INSERT INTO metrics VALUES ('loss', 0.5, 1, 'abc'), ('loss', 0.25, 2, 'abc'), ('loss/train', 1.0, 1, 'abc')",
        "INSERT INTO tags VALUES ('empty', NULL, 'abc')",
    )
    run = every_run(file)["abc"]
    assert (run.name, run.user, run.status, run.start) == ("first", "ada", "FINISHED", 1500000000000)
    assert not run.deleted
    assert (run.params, run.tags, run.inputs(), run.outputs()) == ({}, {"empty": ""}, [], [])
    points = {name: list(run.points(name)) for name in run.metrics}
    assert points == {"loss": [OldPoint(0.5, 1, 0), OldPoint(0.25, 2, 0)], "loss/train": [OldPoint(1.0, 1, 0)]}
    assert open_store(file, []).registered() == ([], [])


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    text, empty = tmp_path / "notes.txt", tmp_path / "other.db"
    text.write_text("not a database")
    change(empty, "CREATE TABLE something (id INTEGER)")
    with pytest.raises(UsageError, match="no SQLite database"):
        open_store(text, []).experiments()
    with pytest.raises(UsageError, match="no runs of MLflow"):
        open_store(empty, []).experiments()


def test_a_damaged_database_is_named(database: Folder) -> None:
    content = database.path.read_bytes()
    database.path.write_bytes(content[:4096] + bytes(len(content) - 4096))
    with pytest.raises(BlockedError, match=r"mlflow\.db cannot be read"):
        every_run(database.path)


def test_files_that_a_server_kept_are_found_beside_the_database(database: Folder, client: MlflowClient) -> None:
    (database.path.parent / "mlruns").rename(database.path.parent / "mlartifacts")
    change(
        database.path,
        "UPDATE runs SET artifact_uri = 'mlflow-artifacts:/' || experiment_id || '/' || run_uuid || '/artifacts'",
        "UPDATE logged_models SET artifact_location = 'mlflow-artifacts:/' || experiment_id || '/models/' || model_id",
    )
    done = import_runs(database.path, tracking=Tracking(client.tracking_uri))
    assert done.missing == ()
    assert {row.kind: row.server for row in done.rows}["artifact files"] == 5
    assert [note for note in done.notes if "its files are at" in note] == []


def test_files_elsewhere_are_named(database: Folder, made_database: Folder, client: MlflowClient) -> None:
    (database.path.parent / "mlruns").rename(database.path.parent / "aside")
    done = import_runs(database.path, tracking=Tracking(client.tracking_uri))
    elsewhere = str(made_database.path.parent / "mlruns")
    assert [note for note in done.notes if f"--artifacts {elsewhere}" in note]
    again = import_runs(database.path, artifacts=[Path(elsewhere)], tracking=Tracking(client.tracking_uri), verify=True)
    assert [line for line in again.missing if "artifact" in line]
