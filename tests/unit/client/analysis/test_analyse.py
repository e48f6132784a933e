"""Experiments on records in a repository: what is read, what is concluded, what is published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from numpy.random import default_rng

from saigen.analysis.analyse import Analysis, analyse
from saigen.cli import main
from saigen.errors import BlockedError, UsageError
from tests.unit.client.analysis.production import Production
from tests.unit.conftest import NewDatabase

SIZES = (1980, 20)


def ids(start: int, size: int) -> list[str]:
    return [f"u{number:05}" for number in range(start, start + size)]


def serve(
    production: Production, model: str, units: list[str], error: float, *, seed: int = 0, labels: bool = True
) -> None:
    """One batch of a model whose predictions are off by `error` on average."""
    random = default_rng(seed)
    truth = random.uniform(0, 60, len(units))
    parts: dict[str, Any] = {
        "inputs": {"id": units, "distance": random.integers(100, 2000, len(units))},
        "predictions": {"id": units, "prediction": truth + random.normal(0, error, len(units))},
    }
    if labels:
        parts["labels"] = {"id": units, "label": truth}
    production.record(model, key="id", **parts)


def forward(metric: str = "mae", **said: Any) -> Analysis:
    return analyse("forward", "delay-1", "delay-2", metric, **said)


@pytest.fixture
def experiment(production: Production) -> Production:
    """A forward test of a candidate that is far better, in two batches of the control and one of the candidate."""
    serve(production, "delay-1", ids(0, 1000), 8)
    serve(production, "delay-2", ids(5000, SIZES[1]), 1, seed=1)
    serve(production, "delay-1", ids(1000, 980), 8, seed=2)
    return production


@pytest.mark.usefixtures("experiment")
def test_a_candidate_that_is_better_is_found_to_be() -> None:
    found = forward()
    effect = found.report["effect"]
    assert found.verdict == "better"
    assert effect["control"] == pytest.approx(8 * 0.798, rel=0.1)  # the mean of |N(0, 8)|
    assert effect["low"] < effect["difference"] < effect["high"] < 0
    assert found.report["values"] == [1980, 20]
    assert found.report["split"]["holds"]


def test_the_report_is_published_on_a_branch_of_its_own(experiment: Production) -> None:
    found = forward()
    git = experiment.checkout.git
    assert found.branch == "ds/forward-delay-1-delay-2-mae"
    assert git("rev-parse", found.branch) == found.commit
    assert git("show", f"{found.branch}:report.md").startswith("# Forward test of delay-2 against delay-1: mae\n")
    assert json.loads(git("show", f"{found.branch}:report.json")) == found.report
    assert git("show", f"{found.branch}:effect.svg").startswith("<svg")
    trailers = git("log", "-1", "--format=%(trailers:key=Record,valueonly)", found.branch).split()
    assert trailers == ["monitor/prod/delay-1/1", "monitor/prod/delay-1/2", "monitor/prod/delay-2/1"]
    assert git("status", "--porcelain") == ""


@pytest.mark.usefixtures("experiment")
def test_a_second_time_there_is_nothing_to_do() -> None:
    first, second = forward(), forward()
    assert (first.new, second.new) == (True, False)
    assert (second.commit, second.report, second.text) == (first.commit, first.report, first.text)


def test_a_new_record_is_a_new_answer(experiment: Production) -> None:
    first = forward()
    serve(experiment, "delay-1", ids(2000, 100), 8, seed=3)
    second = forward()
    assert second.new
    assert experiment.checkout.git("rev-parse", f"{second.branch}^") == first.commit


@pytest.mark.usefixtures("experiment")
def test_only_the_batches_of_the_records_that_were_named_are_read() -> None:
    found = analyse("forward", "delay-1/1", "delay-2", "mae", split="1000/20", dry_run=True)
    assert found.report["units"] == [1000, 20]


@pytest.mark.usefixtures("experiment")
def test_swapped_groups_negate_the_effect() -> None:
    one = analyse("ab", "delay-1", "delay-2", "prediction", split="99/1", dry_run=True).report["effect"]
    other = analyse("ab", "delay-2", "delay-1", "prediction", split="1/99", dry_run=True).report["effect"]
    assert other["difference"] == -one["difference"]
    assert (other["low"], other["high"]) == pytest.approx((-one["high"], -one["low"]), rel=0.15)


def test_a_wrong_split_is_refused_and_nothing_is_published(
    experiment: Production, capsys: pytest.CaptureFixture[str]
) -> None:
    serve(experiment, "delay-2", ids(6000, 40), 1, seed=4)
    words = ["analyse", "forward", "--control", "delay-1", "--candidate", "delay-2", "--metric", "mae"]
    assert main(words) == 1
    printed = capsys.readouterr().out
    assert "No conclusion" in printed
    assert "1,980/60 found, 2,020/20 expected; chi-square test p = " in printed
    assert "DOES NOT HOLD" in printed
    assert experiment.checkout.repository.commit("ds/forward-delay-1-delay-2-mae") is None


def test_units_in_both_groups_are_named_and_left_out(experiment: Production) -> None:
    serve(experiment, "delay-2", ids(3, 2), 1, seed=5)
    found = forward()
    assert found.report["units_in_both"] == {"count": 2, "some": ["u00003", "u00004"]}
    assert found.report["values"] == [1978, 20]
    assert "2 units are in both groups (u00003, u00004) and are left out: the groups are not apart" in found.text


def test_labels_that_come_later_are_joined_by_the_key(production: Production) -> None:
    serve(production, "delay-1", ids(0, 300), 4, labels=False)
    serve(production, "delay-2", ids(300, 300), 4, seed=1, labels=False)
    with pytest.raises(BlockedError, match="no labels"):
        analyse("ab", "delay-1", "delay-2", "error")
    known = ids(0, 200) + ids(300, 250)
    production.record("delay-2", key="id", labels={"id": known, "label": [0.0] * len(known)})
    found = analyse("ab", "delay-1", "delay-2", "mae", dry_run=True)
    assert found.report["values"] == [200, 250]
    assert found.report["rows_without_value"] == [100, 50]


def test_without_a_key_rows_belong_together_by_their_place(production: Production) -> None:
    for model, right in (("delay-1", [1, 0, 0, 1] * 20), ("delay-2", [1, 1, 1, 1] * 20)):
        production.record(model, predictions={"class": right})
        production.record(model, of=1, labels={"class": [1] * 80})
    found = analyse("ab", "delay-1", "delay-2", "accuracy", dry_run=True)
    assert (found.report["effect"]["control"], found.report["effect"]["candidate"]) == (0.5, 1.0)
    assert found.verdict == "better"


def test_rows_of_one_unit_count_as_one_value(production: Production) -> None:
    for start, model in enumerate(("delay-1", "delay-2")):
        rows = range(start * 1000, start * 1000 + 400)
        customers = [f"c{row // 4}" for row in rows]
        bought = [float(row % 3 == 0) for row in rows]
        production.record(model, key="row", predictions={"row": list(rows), "customer": customers, "bought": bought})
    found = analyse("ab", "delay-1", "delay-2", "column:bought", unit="customer", dry_run=True)
    assert found.report["units"] == [100, 100]
    assert found.report["values"] == [100, 100]


@pytest.mark.usefixtures("experiment")
def test_a_column_of_the_inputs_can_be_the_metric() -> None:
    found = forward("column:distance", dry_run=True)
    assert 900 < found.report["effect"]["control"] < 1200
    assert found.report["verdict"] in {"different", "no difference shown"}


def test_offline_both_models_predict_the_same_rows(production: Production) -> None:
    serve(production, "delay-1", ids(0, 400), 6, seed=9)
    serve(production, "delay-2", ids(0, 300), 3, seed=9, labels=False)
    found = analyse("back", "delay-1", "delay-2", "rmse", offline=True)
    assert found.report["split"] is None
    assert found.report["values"] == [300, 300]
    assert found.verdict == "better"
    assert "of pairs" in found.report["effect"]["method"]


@pytest.mark.usefixtures("experiment")
def test_a_run_is_logged_once(tmp_path: Path, new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", new_database(tmp_path / "runs.db"))
    first, second = forward(), forward()
    assert first.run == second.run
    from mlflow import MlflowClient

    run = MlflowClient().get_run(first.run)
    assert run.data.tags["saigen.commit"] == first.commit
    assert run.data.tags["saigen.branch"] == first.branch
    assert run.data.params["candidate"] == "delay-2"
    assert run.data.metrics["difference"] == pytest.approx(first.report["effect"]["difference"])
    assert {one.path for one in MlflowClient().list_artifacts(first.run)} == {"report.md", "report.json", "effect.svg"}


def test_columns_are_called_as_the_settings_say(production: Production) -> None:
    settings = production.checkout.root / "saigen.toml"
    settings.write_text(settings.read_text() + '\n[monitor]\nprobability = "chance"\nlabel = "came"\n')
    production.checkout.commit("Name the columns")
    for model, chance in (("delay-1", 0.5), ("delay-2", 0.8)):
        rows = {"prediction": ["yes"] * 80, "chance": [chance, chance] * 40}
        production.record(model, predictions=rows, labels={"came": [True] * 80, "when": ["now"] * 80})
    found = analyse("ab", "delay-1", "delay-2", "brier", dry_run=True)
    assert found.report["effect"]["control"] == pytest.approx(0.25)
    assert found.report["effect"]["candidate"] == pytest.approx(0.04)
    assert (found.report["columns"]["prediction"], found.report["columns"]["label"]) == ("chance", "came")


@pytest.mark.usefixtures("experiment")
def test_conversion_is_for_zeros_and_ones() -> None:
    with pytest.raises(UsageError, match="zeros and ones"):
        forward("conversion")


@pytest.mark.usefixtures("experiment")
@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"metric": "speed"}, "no metric 'speed'"),
        ({"metric": "column:speed"}, "no column 'speed'"),
        ({"metric": "mae", "prediction": "nothing"}, "no column 'nothing' in the predictions"),
        ({"metric": "mae", "key": ("nothing",)}, "no column 'nothing'"),
        ({"metric": "mae", "name": "a/b"}, "cannot name an experiment"),
        ({"metric": "mae", "alpha": 2.0}, "alpha 2"),
        ({"metric": "mae", "split": "99/1", "offline": True}, "no split"),
    ],
)
def test_what_cannot_be_is_said(said: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        forward(**said)
