"""From a folder `mlruns`, or a database, to a server: nothing is lost or done twice, and what fails is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts
from mlflow.entities import Run

from saigen.cli import main
from saigen.errors import BlockedError, UnreachableError
from saigen.track import bring, carry
from saigen.track.imports import TrackImport, import_runs
from saigen.tracking import Tracking
from tests.unit.client.track.conftest import Folder


def bring_in(client: MlflowClient, folder: Folder, **given: Any) -> TrackImport:
    return import_runs(folder.path, tracking=Tracking(client.tracking_uri), **given)


def there(client: MlflowClient) -> dict[str, Run]:
    """Runs of the server, by the id that they had in the folder."""
    ids = [one.experiment_id for one in client.search_experiments(3)]
    runs = client.search_runs(ids, run_view_type=3)
    assert len({run.data.tags["saigen.imported"] for run in runs}) == len(runs)
    return {run.data.tags["saigen.imported"]: run for run in runs}


def run_folder(folder: Folder, name: str) -> Path:
    return next(folder.path.glob(f"*/{folder.ids[name]}"))


def kept(run: Run) -> list[dict[str, str]]:
    path = download_artifacts(f"{run.info.artifact_uri}/saigen/imported.json")
    found: list[dict[str, str]] = json.loads(Path(path).read_text())["kept"]
    return [one for one in found if one["name"] != "mlflow.user"]


def rows(done: TrackImport) -> dict[str, tuple[int, int, int]]:
    return {row.kind: (row.source, row.server, row.kept) for row in done.rows}


def test_a_run_comes_over_with_everything(store: Folder, client: MlflowClient) -> None:
    done = bring_in(client, store)

    assert (done.missing, done.new, done.resumed, done.there, done.exit_code) == ((), 4, 0, 0, 0)
    assert rows(done)["metric points"][:2] == (1107, 1107)
    runs = there(client)
    parent, child = runs[store.ids["parent"]], runs[store.ids["child"]]
    assert parent.info.run_name == "größer ✓"
    assert parent.data.params["lines"] == "one\ntwo\n"
    assert parent.data.tags["saigen.imported.user"]
    assert child.data.tags["mlflow.parentRunId"] == parent.info.run_id
    assert len(client.get_metric_history(parent.info.run_id, "history")) == 1100
    assert [one.dataset.name for one in parent.inputs.dataset_inputs] == ["numbers"]
    assert runs[store.ids["failed"]].info.status == "FAILED"
    gone = runs[store.ids["gone"]].info
    assert (gone.status, gone.lifecycle_stage) == ("KILLED", "deleted")


def test_models_come_over_with_name_version_alias_and_file(store: Folder, client: MlflowClient) -> None:
    bring_in(client, store)

    parent = there(client)[store.ids["parent"]].info
    version = client.get_model_version_by_alias("twice", "champion")
    assert (str(version.version), version.description, version.run_id) == ("1", "The first one", parent.run_id)
    assert version.tags["checked"] == "yes"
    model = client.search_logged_models([parent.experiment_id])[0]
    assert version.source == f"models:/{model.model_id}"
    assert (model.name, model.params["factor"], model.source_run_id) == ("twice", "2", parent.run_id)
    assert "accuracy" in {metric.key for metric in model.metrics}


def test_the_second_call_does_nothing(store: Folder, client: MlflowClient) -> None:
    bring_in(client, store)
    before = {id_: run.to_dictionary() for id_, run in there(client).items()}

    again = bring_in(client, store)

    assert (again.new, again.resumed, again.there, again.missing) == (0, 0, 4, ())
    assert {id_: run.to_dictionary() for id_, run in there(client).items()} == before
    assert len(client.search_model_versions("name = 'twice'")) == 1


def test_the_command_says_what_was_compared_and_ends_with_what_is_missing(
    folder: Folder, client: MlflowClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", client.tracking_uri)
    assert main(["import", str(folder.path)]) == 0
    printed = capsys.readouterr().out
    assert [line.split() for line in printed.splitlines() if line.startswith("runs")] == [["runs", "4", "4", "0"]]
    assert "brought 4 runs, went on with 0, 0 were there: nothing is missing" in printed

    (folder.path / "0" / "broken\x1b[31m").mkdir()
    assert main(["import", str(folder.path)]) == 1
    assert "broken?[31m: it has no meta.yaml" in capsys.readouterr().out


def test_a_dry_run_writes_nothing(store: Folder, client: MlflowClient) -> None:
    done = bring_in(client, store, dry_run=True)
    assert (done.new, done.dry_run, done.exit_code) == (4, True, 0)
    assert there(client) == {}
    assert [one.name for one in client.search_experiments()] == ["Default"]


@pytest.mark.parametrize("step", ["_send_points", "finish", "create"])
def test_what_was_cut_off_goes_on_and_nothing_is_there_twice(
    store: Folder, client: MlflowClient, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    work = getattr(bring, step)
    calls = []

    def cut(*arguments: Any, **given: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:
            raise UnreachableError("the tracking server does not answer", "gone", "again")
        return work(*arguments, **given)

    monkeypatch.setattr(bring, step, cut)
    monkeypatch.setattr(carry, "_AT_ONCE", 1)
    with pytest.raises(UnreachableError):
        bring_in(client, store)
    monkeypatch.setattr(bring, step, work)

    done = bring_in(client, store)

    assert done.missing == ()
    assert (done.new + done.resumed + done.there, len(there(client))) == (4, 4)
    assert done.new < 4
    verified = bring_in(client, store, verify=True)
    assert verified.missing == ()
    assert [one for one in rows(verified).values() if one[0] != one[1] + one[2]] == []


def test_models_that_a_run_has_already_are_not_refused_as_new_ones(
    store: Folder, client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = bring._files

    def cut(target: Any, run: Any, *arguments: Any, **given: Any) -> Any:
        if run.id == store.ids["parent"]:
            raise UnreachableError("the tracking server does not answer", "gone", "again")
        return work(target, run, *arguments, **given)

    monkeypatch.setattr(bring, "_files", cut)
    with pytest.raises(UnreachableError):
        bring_in(client, store)
    monkeypatch.setattr(bring, "_files", work)

    done = bring_in(client, store)

    assert done.missing == ()
    assert [one for one in kept(there(client)[store.ids["parent"]]) if one["kind"] in {"input", "output"}] == []


def test_experiments_that_are_there_are_added_to_and_a_prefix_keeps_apart(folder: Folder, client: MlflowClient) -> None:
    mine = client.create_run(client.create_experiment("old/Flüge über New York"))
    done = bring_in(client, folder, experiment_prefix="old/")

    assert done.experiments == ("old/Default", "old/Flüge über New York")
    names = {one.experiment_id: one.name for one in client.search_experiments()}
    assert sorted(names.values()) == ["Default", "old/Default", "old/Flüge über New York"]
    found = client.search_runs([mine.info.experiment_id])
    assert len(found) == 4


def test_what_is_there_is_not_brought_again_under_another_prefix(folder: Folder, client: MlflowClient) -> None:
    bring_in(client, folder)
    again = bring_in(client, folder, experiment_prefix="again/")
    assert (again.new, again.there, again.missing) == (0, 4, ())
    assert len(client.search_logged_models([one.experiment_id for one in client.search_experiments()])) == 1
    assert len(client.search_model_versions("name = 'twice'")) == 1


def test_a_deletion_that_was_cut_off_is_made_up_for(folder: Folder, client: MlflowClient) -> None:
    bring_in(client, folder)
    client.restore_run(there(client)[folder.ids["gone"]].info.run_id)
    assert bring_in(client, folder).missing == ()
    assert there(client)[folder.ids["gone"]].info.lifecycle_stage == "deleted"


def test_an_experiment_that_was_deleted_there_is_named(folder: Folder, client: MlflowClient) -> None:
    client.delete_experiment(client.create_experiment("Flüge über New York"))
    with pytest.raises(BlockedError, match="was deleted on the server"):
        bring_in(client, folder)
    assert there(client) == {}


def test_what_the_server_has_no_place_for_is_kept_word_by_word(folder: Folder, client: MlflowClient) -> None:
    run = run_folder(folder, "failed")
    for kind, name, value in (("params", "long", "p" * 7000), ("tags", "large", "ü" * 5000), ("tags", "odd?", "x")):
        (run / kind).mkdir(exist_ok=True)
        (run / kind / name).write_text(value)
    (run / "metrics").mkdir(exist_ok=True)
    (run / "metrics" / "loss").write_text("1 2 3\nthis is no number\n5 6 7\n")
    (run / "artifacts").mkdir(exist_ok=True)
    (run / "artifacts" / "100%.txt").write_text("odd")

    done = bring_in(client, folder)

    assert done.missing == ()
    assert rows(done)["metric points"][2] == 1
    found = there(client)[folder.ids["failed"]]
    said = {(one["kind"], one["name"]): one for one in kept(found)}
    assert said["param", "long"]["value"] == "p" * 7000
    assert said["tag", "large"]["value"] == "ü" * 5000
    assert said["tag", "odd?"]["value"] == "x"
    assert said["metric", "loss"]["value"] == "this is no number"
    assert found.data.metrics["loss"] == 6
    other = download_artifacts(f"{found.info.artifact_uri}/{said['artifact', '100%.txt']['value']}")
    assert Path(other).read_text() == "odd"


def test_a_link_out_of_the_folder_does_not_take_anything_along(folder: Folder, client: MlflowClient) -> None:
    (folder.path.parent / "secret").write_text("the key")
    files = run_folder(folder, "failed") / "artifacts"
    files.mkdir(exist_ok=True)
    (files / "model.pkl").symlink_to(folder.path.parent / "secret")
    (files / "models").symlink_to(folder.path.parent)

    done = bring_in(client, folder)

    found = there(client)[folder.ids["failed"]]
    assert [one.path for one in client.list_artifacts(found.info.run_id)] == ["saigen"]
    assert "links out of the folder, or to folders: model.pkl, models" in str(kept(found))
    assert [note for note in done.notes if "model.pkl" in note]


def test_files_elsewhere_are_taken_from_where_one_says(folder: Folder, client: MlflowClient) -> None:
    run = run_folder(folder, "failed")
    elsewhere = folder.path.parent / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "plot.txt").write_text("plot")
    meta = run / "meta.yaml"
    lines = [line for line in meta.read_text().splitlines() if not line.startswith("artifact_uri")]
    meta.write_text("\n".join([*lines, f"artifact_uri: {elsewhere.as_uri()}", ""]))
    (run / "artifacts").rmdir()

    bring_in(client, folder, artifacts=[elsewhere])

    found = there(client)[folder.ids["failed"]]
    assert "plot.txt" in [one.path for one in client.list_artifacts(found.info.run_id)]


def test_what_cannot_be_read_is_missing(folder: Folder, client: MlflowClient) -> None:
    (run_folder(folder, "failed") / "meta.yaml").write_text("")
    done = bring_in(client, folder)
    assert (done.exit_code, done.new) == (1, 3)
    assert folder.ids["failed"] in done.missing[0]


def test_verify_finds_what_was_changed_on_the_server(store: Folder, client: MlflowClient) -> None:
    bring_in(client, store)
    run = there(client)[store.ids["parent"]].info
    client.set_tag(run.run_id, "note", "another")
    client.log_text(run.run_id, "Inhalt\n", "reports/täglich/größe.txt")  # the same size

    done = bring_in(client, store, verify=True)

    assert done.exit_code == 1
    assert [line.partition(": ")[2] for line in done.missing] == ["tag note", "artifact reports/täglich/größe.txt"]


def test_a_run_that_ended_nobody_knows_when_gets_no_end(folder: Folder, client: MlflowClient) -> None:
    meta = run_folder(folder, "failed") / "meta.yaml"
    lines = [line for line in meta.read_text().splitlines() if not line.startswith("end_time")]
    meta.write_text("\n".join([*lines, "end_time: null", ""]))

    assert bring_in(client, folder).missing == ()

    found = there(client)[folder.ids["failed"]].info
    assert (found.status, found.end_time) == ("FAILED", None)


def test_tags_of_an_experiment_that_is_there_are_added_and_not_overwritten(
    folder: Folder, client: MlflowClient
) -> None:
    id_ = client.create_experiment("Flüge über New York", tags={"owner": "ben"})
    for key, value in (("owner", "ada"), ("question", "warum?"), ("odd?", "x")):
        path = run_folder(folder, "failed").parent / "tags" / key
        path.parent.mkdir(exist_ok=True)
        path.write_text(value)

    done = bring_in(client, folder)

    tags = client.get_experiment(id_).tags
    assert (tags["owner"], tags["question"]) == ("ben", "warum?")
    assert sorted(note.split("tag ")[1].split()[0] for note in done.notes) == ["odd?", "owner"]


def test_traces_are_left_out_and_told(folder: Folder, client: MlflowClient) -> None:
    (run_folder(folder, "failed").parent / "traces" / "tr-1").mkdir(parents=True)
    done = bring_in(client, folder)
    assert [note for note in done.notes if "1 traces are left out" in note]
    assert done.exit_code == 0
