"""The tracking server asked by its REST API answers the client what MLflow's own client would."""

from __future__ import annotations

import sys

import pytest

from saigen.errors import BlockedError, NotPermittedError, UsageError
from saigen.tracking import Tracking
from tests.integration.client.runs import demo_run
from tests.integration.person import Person

HISTORY = """
import mlflow

mlflow.set_experiment("tracking-client")
with mlflow.start_run() as run:
    for step, value in enumerate((0.5, float("nan"), float("inf"), 0.0)):
        mlflow.log_metric("loss", value, step=step)
    mlflow.log_metric("zero", 0)
    mlflow.log_param("empty", "")
    mlflow.log_text("1", "notes/one.txt")
    mlflow.set_tag("umlaut", "ä 'quoted' \\n")
    print(run.info.run_id)
client = mlflow.MlflowClient()
client.create_registered_model("tracking-client")
client.create_model_version("tracking-client", run.info.artifact_uri, run.info.run_id, tags={"a": "b"})
"""
# What `import mlflow` costs, and no verb that only asks the tracking server should pay.
HEAVY = {"mlflow", "pandas", "pyarrow"}


@pytest.fixture
def logged_in(author: Person, monkeypatch: pytest.MonkeyPatch) -> Person:
    """This process, as the author's."""
    monkeypatch.setenv("HOME", str(author.home))
    for name, value in author.exports.items():
        monkeypatch.setenv(name, value)
    return author


class ThroughMlflow(Tracking):
    """The server through MLflow's client."""

    _rest = None


def both() -> tuple[Tracking, Tracking]:
    """The server by its REST API, and through MLflow's client, for whom the environment names."""
    rest = Tracking()
    assert rest._rest is not None
    return rest, ThroughMlflow()


def test_both_ways_find_the_same(logged_in: Person) -> None:
    logged = logged_in.python(HISTORY).split()[0]
    demo = demo_run(logged_in)
    rest, mlflows = both()
    experiments = rest.experiments()
    assert experiments == mlflows.experiments()
    assert rest.experiments(deleted=True) == mlflows.experiments(deleted=True)
    assert rest.experiments(["demo"]) == mlflows.experiments(["demo"])
    assert repr(rest.run(logged)) == repr(mlflows.run(logged))  # NaN differs from itself
    assert rest.run(demo) == mlflows.run(demo)
    assert repr(list(rest.search(list(experiments)))) == repr(list(mlflows.search(list(experiments))))
    assert list(rest.search(list(experiments), limit=1)) == list(mlflows.search(list(experiments), limit=1))
    assert repr(rest.history(logged, "loss")) == repr(mlflows.history(logged, "loss"))
    assert [point.step for point in rest.history(logged, "loss")] == [0, 1, 2, 3]
    assert rest.artifacts(logged) == mlflows.artifacts(logged) == ["notes"]
    models = rest.models(list(experiments))
    assert models
    assert models == mlflows.models(list(experiments))
    assert rest.model(models[0].model_id) == mlflows.model(models[0].model_id) == models[0]
    assert rest.logged_models(rest.run(demo)) == mlflows.logged_models(mlflows.run(demo))
    name = "tracking-client"
    [version] = rest.versions(f"name = '{name}'")
    assert (version.run_id, version.tags["a"]) == (logged, "b")
    assert rest.versions() == mlflows.versions()
    assert rest.aliases(name) == mlflows.aliases(name) == {}
    assert rest.run_of_model(name) == mlflows.run_of_model(name, "1") == logged
    assert rest.run_of_model("nobody's") is mlflows.run_of_model("nobody's") is None
    rest.set_tag(logged, "by", "rest")
    assert mlflows.run(logged).tags["by"] == "rest"


@pytest.mark.usefixtures("logged_in")
def test_both_ways_fail_alike() -> None:
    for way in both():
        with pytest.raises(BlockedError, match="there is no run"):
            way.run("0" * 32)
        with pytest.raises(UsageError, match="the tracking server refuses the search"):
            list(way.search(["0"], "nonsense = 1"))
        with pytest.raises(BlockedError, match="no experiment 'nowhere'"):
            way.experiments(["nowhere"])


@pytest.mark.usefixtures("logged_in")
def test_a_wrong_secret_is_said_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "wrong")
    for way in both():
        with pytest.raises(NotPermittedError, match="does not know you"):
            way.experiments()


@pytest.mark.parametrize("verb", ["audit", "lineage", "reproduce"])
def test_a_verb_that_asks_the_server_does_not_import_mlflow(verb: str, author: Person) -> None:
    words = {"audit": ["audit", "--experiment", "demo"], "reproduce": ["reproduce", "--dry-run", demo_run(author)]}
    code = "import sys; from saigen.cli import main; main(sys.argv[1:]); print(*sys.modules)"
    done = author.run(sys.executable, "-c", code, *words.get(verb, [verb, demo_run(author)]))
    assert "requests" in done.stdout.split()
    assert HEAVY.isdisjoint(done.stdout.split())
