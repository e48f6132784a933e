"""Reading a folder `mlruns` of any age, as MLflow reads it, and telling what cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from mlflow.entities import ViewType
from mlflow.store.tracking.file_store import FileStore

from saigen.errors import UsageError
from saigen.track.old import Broken, OldRun, Store
from saigen.track.points import OldPoint, comparable
from saigen.track.stores import open_store
from tests.unit.client.track.conftest import Folder


def opened(root: Path) -> Store:
    return open_store(root, [])


def every_run(root: Path) -> dict[str, OldRun]:
    store = opened(root)
    return {run.id: run for one in store.experiments() for run in one.runs() if isinstance(run, OldRun)}


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_mlflow_s_own_reader_finds_the_same(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sorted(folder.path.rglob("*"))
    ours = every_run(folder.path)
    assert sorted(folder.path.rglob("*")) == before

    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    store = FileStore(str(folder.path))
    ids = [one.experiment_id for one in store.search_experiments(ViewType.ALL)]
    theirs = {run.info.run_id: run for run in store.search_runs(ids, "", ViewType.ALL)}
    assert ours.keys() == theirs.keys()
    for id_, run in ours.items():
        info, data = theirs[id_].info, theirs[id_].data
        assert (run.start, run.end, run.status, run.user) == (
            info.start_time,
            info.end_time,
            info.status,
            info.user_id,
        )
        assert run.deleted == (info.lifecycle_stage == "deleted")
        assert (run.params, run.tags) == (data.params, data.tags)
        assert set(run.metrics) == data.metrics.keys()
        for name in run.metrics:
            logged = store.get_metric_history(id_, name)
            assert [comparable(p.value, p.timestamp, 0) for p in run.points(name) if isinstance(p, OldPoint)] == [
                comparable(one.value, one.timestamp, 0) for one in logged
            ]


def test_logged_and_registered_models_are_found(folder: Folder) -> None:
    store = opened(folder.path)
    model = next(one for experiment in store.experiments() for one in experiment.models())
    assert not isinstance(model, Broken)
    assert (model.id, model.name, model.status, model.run) == (
        folder.ids["model"],
        "twice",
        "READY",
        folder.ids["parent"],
    )
    found, broken = store.registered()
    assert broken == []
    assert (found[0].name, found[0].description, found[0].aliases) == ("twice", "Doubles numbers", {"champion": 1})
    assert (found[0].versions[0].description, found[0].versions[0].tags) == ("The first one", {"checked": "yes"})


def test_the_layout_of_the_first_versions_is_understood(tmp_path: Path) -> None:
    write(tmp_path / "3" / "meta.yaml", "experiment_id: 3\nname: old\nartifact_location: /x\n")
    run = tmp_path / "3" / "abc"
    write(
        run / "meta.yaml",
        "run_uuid: abc\nexperiment_id: 3\nname: first\nuser_id: ada\nstatus: 3\nsource_type: 4\n"
        "start_time: 1500000000000\nend_time: 1500000000001\nartifact_uri: /x/abc/artifacts\ntags: []\n",
    )
    write(run / "metrics" / "loss", "1500000000 0.5\n1500000001 0.25\n")

    found = every_run(tmp_path)["abc"]

    assert (found.name, found.user, found.status, found.start, found.deleted) == (
        "first",
        "ada",
        "FINISHED",
        1500000000000,
        False,
    )
    assert [(one.value, one.step) for one in found.points("loss") if isinstance(one, OldPoint)] == [
        (0.5, 0),
        (0.25, 0),
    ]


def test_deleted_experiments_and_runs_are_found(tmp_path: Path) -> None:
    write(tmp_path / ".trash" / "1" / "meta.yaml", "experiment_id: '1'\nname: gone\nlifecycle_stage: deleted\n")
    write(tmp_path / ".trash" / "1" / "r1" / "meta.yaml", "run_id: r1\nstatus: 5\n")
    found = every_run(tmp_path)["r1"]
    assert (found.deleted, found.status, found.experiment.name) == (True, "KILLED", "gone")


def test_an_experiment_without_a_description_keeps_its_runs(tmp_path: Path) -> None:
    write(tmp_path / "0" / "r1" / "meta.yaml", "run_id: r1\nstatus: 3\n")
    assert every_run(tmp_path)["r1"].experiment.name == "experiment_0"


@pytest.mark.parametrize("text", ["", "a: [", "- 1", "start_time: soon", "!!python/object:os.system {}", "\x00"])
def test_a_run_that_cannot_be_read_is_told(tmp_path: Path, text: str) -> None:
    write(tmp_path / "0" / "meta.yaml", "name: one\n")
    write(tmp_path / "0" / "r1" / "meta.yaml", text)
    found = list(opened(tmp_path).experiments()[0].runs())
    assert [type(one) for one in found] == [Broken]


def test_a_folder_of_something_else_is_refused_with_what_may_be_meant(tmp_path: Path) -> None:
    (tmp_path / "mlruns" / "0").mkdir(parents=True)
    with pytest.raises(UsageError, match=r"saigen import .*/mlruns"):
        opened(tmp_path).experiments()


@pytest.mark.parametrize("named", ["mlruns", "."])
def test_a_database_beside_or_in_the_folder_is_named(tmp_path: Path, named: str) -> None:
    write(tmp_path / "mlflow.db", "SQLite format 3")
    write(tmp_path / "mlruns" / "1" / "0a1b" / "artifacts" / "model.txt", "only artifacts lie here")
    with pytest.raises(UsageError, match=r"(?s)no folder of MLflow's.*saigen import .*mlflow.db"):
        opened(tmp_path / named).experiments()
