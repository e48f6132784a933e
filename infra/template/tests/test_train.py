"""Training for real, on a small table and into an SQLite file instead of the tracking server."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.metadata import EntryPoint, EntryPoints

import mlflow
import pandas as pd
import pytest
from conftest import PARAMS, begin, fruit

from problem import Problem
from train import code_tags, repository, train


@pytest.fixture
def project(sandbox, store, monkeypatch):
    """A project whose data has a name, in the working folder, with somewhere to log to."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    monkeypatch.chdir(sandbox.root)
    sandbox.record(fruit(90), tag="fruit_v1")
    return sandbox


@pytest.fixture(scope="session")
def trained(store, tmp_path_factory):
    """A project that was trained once, for tests that only look: the project, its run and metrics."""
    project = begin(tmp_path_factory.mktemp("trained"))
    project.record(fruit(90), tag="fruit_v1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", store)
        patch.chdir(project.root)
        run, metrics = train(project.root)
        return project, mlflow.get_run(run), metrics


def test_run_carries_data_version_commit_params_and_metrics(trained):
    _, run, _ = trained
    assert run.data.tags["data_version"] == "fruit_v1"
    assert len(run.data.tags["mlflow.source.git.commit"]) == 40
    assert run.data.tags["uncommitted_changes"] == "no"
    assert run.data.params["seed"] == "1"
    assert run.data.metrics["accuracy"] == 1.0
    assert run.info.status == "FINISHED"


def test_same_commit_and_data_give_the_same_metrics(trained, store, monkeypatch):
    project, _, metrics = trained
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    assert train(project.root)[1] == metrics


@pytest.mark.parametrize("kind", ["baseline", "linear", "boosting"])
def test_logged_model_predicts_rows_with_gaps_and_new_words(project, kind):
    project.write("params.yaml", PARAMS.replace("kind: linear", f"kind: {kind}"))
    run = train(project.root)[0]
    model = mlflow.pyfunc.load_model(f"runs:/{run}/model")
    rows = pd.DataFrame({"weight": [None, 910.0], "skin": ["striped", "rough"]}).astype({"weight": "float64"})
    assert set(model.predict(rows)) <= {"apple", "melon"}


def test_figure_is_logged(trained, store):
    _, run, _ = trained
    files = mlflow.MlflowClient(store).list_artifacts(run.info.run_id)
    assert [file.path for file in files] == ["confusion_matrix.png"]


@pytest.mark.parametrize("kind", ["linear", "boosting"])
def test_number_is_predicted_when_the_task_is_regression(project, kind):
    regression = PARAMS.replace("target: kind", "target: weight").replace("classification", "regression")
    project.write("params.yaml", regression.replace("kind: linear", f"kind: {kind}"))
    run, metrics = train(project.root)
    assert metrics["r2"] > 0.9
    assert metrics["rows_train"] + metrics["rows_test"] == 78  # every seventh weight is missing
    assert [file.path for file in mlflow.artifacts.list_artifacts(run_id=run)] == ["residuals.png"]


def test_dataset_is_shown_beside_the_run(trained):
    project, run, _ = trained
    used = run.inputs.dataset_inputs[0].dataset
    assert used.name == "fruit"
    assert used.digest in (project.root / "data" / "fruit.csv.dvc").read_text()
    assert str(project.root) not in used.source


def test_uncommitted_change_is_recorded(project):
    project.write("params.yaml", PARAMS.replace("seed: 1", "seed: 2"))
    assert mlflow.get_run(train(project.root)[0]).data.tags["uncommitted_changes"] == "yes"


@pytest.mark.parametrize(("record", "noted"), [("off", True), ("No", True), ("0", True), ("", False)])
def test_uncommitted_change_is_noted_where_the_client_does_not_record_it(project, monkeypatch, capsys, record, noted):
    client = EntryPoint("saigen", "saigen.record.provider:RunContext", "mlflow.run_context_provider")
    monkeypatch.setattr("train.entry_points", lambda group: EntryPoints([client]).select(group=group))
    monkeypatch.setenv("SAIGEN_RECORD", record)
    project.write("params.yaml", PARAMS.replace("seed: 1", "seed: 2"))
    code_tags(project.root, [])
    assert ("uncommitted changes" in capsys.readouterr().err) is noted


def test_run_names_its_repository_without_the_platforms_address(project, monkeypatch):
    monkeypatch.setenv("SAIGEN_GIT_URL", "http://forge.example:3000/team")
    project.git("remote", "add", "origin", "http://forge.example:3000/team/fruit.git")
    assert mlflow.get_run(train(project.root)[0]).data.tags["mlflow.source.git.repoURL"] == "team/fruit"


def test_repository_elsewhere_keeps_its_address(project, monkeypatch):
    monkeypatch.setenv("SAIGEN_GIT_URL", "http://forge.example:3000/team")
    project.git("remote", "add", "origin", "https://elsewhere.example/acme/fruit.git")
    assert repository(project.root) == {}


def test_wrong_target_names_the_columns_there_are(project):
    project.write("params.yaml", PARAMS.replace("target: kind", "target: sort"))
    with pytest.raises(Problem, match="found id, weight, skin, kind"):
        train(project.root)


def test_words_are_no_target_of_a_regression(project):
    project.write("params.yaml", PARAMS.replace("classification", "regression"))
    with pytest.raises(Problem, match="kind is no number"):
        train(project.root)


def test_class_of_one_row_is_refused(project):
    project.record(fruit(90) + "99,5000,rough,pumpkin\n")
    with pytest.raises(Problem, match="pumpkin"):
        train(project.root)


def test_no_server_names_the_way_to_credentials(project, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    with pytest.raises(Problem, match="scripts/credentials"):
        train(project.root)


class Answering(BaseHTTPRequestHandler):
    """A tracking server that knows one experiment and refuses whatever `refused` says."""

    refused = {"GET": 0, "POST": 0}

    def do_GET(self):
        """Answer with the experiment, or with the refusal."""
        self.answer(self.refused["GET"])

    def do_POST(self):
        """Answer a run that should be created."""
        self.answer(self.refused["POST"])

    def answer(self, status):
        """Answer in MLflow's form."""
        codes = {401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED"}
        experiment = {"experiment": {"experiment_id": "1", "name": "x", "lifecycle_stage": "active"}}
        body = {"error_code": codes[status], "message": "no"} if status else experiment
        self.send_response(status or 200)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *arguments):
        """Say nothing."""


@pytest.mark.parametrize("refused", [{"GET": 401, "POST": 401}, {"GET": 403, "POST": 403}, {"GET": 0, "POST": 403}])
def test_refusing_server_says_who_you_are(project, monkeypatch, refused):
    monkeypatch.setattr(Answering, "refused", refused)
    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "stranger")
        with pytest.raises(Problem, match="stranger") as found:
            train(project.root)
        server.shutdown()
    assert found.value.code == 5


def test_deleted_experiment_is_said_in_the_servers_words(project, store):
    name = project.root.name
    client = mlflow.MlflowClient(store)
    client.delete_experiment(client.create_experiment(name))
    with pytest.raises(Problem, match="deleted experiment") as found:
        train(project.root)
    assert found.value.code == 2


def test_unreachable_server_is_said_at_once(project, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    with pytest.raises(Problem, match="does not answer") as found:
        train(project.root)
    assert found.value.code == 4
