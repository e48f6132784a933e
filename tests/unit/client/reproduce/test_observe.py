"""What a run logged, told apart by what it belongs to."""

from __future__ import annotations

from saigen.reproduce.compare import Key
from saigen.reproduce.observe import labels, nodes, series
from saigen.tracking import LoggedModel, Point
from tests.unit.client.reproduce.examples import a_run, in_session


def test_models_are_known_by_name_and_rank_not_by_id() -> None:
    models = [LoggedModel("m-1", "net", ""), LoggedModel("m-2", "tree", ""), LoggedModel("m-3", "net", "")]

    assert labels(models) == {"m-1": "net", "m-2": "tree", "m-3": "net #2"}


def test_values_belong_to_metric_model_dataset_and_step() -> None:
    points = [Point("rmse", 1.0, 0, 5, "m-1", "d1"), Point("rmse", 2.0, 0, 6, "m-1", "d1"), Point("rmse", 3.0, 1, 7)]

    assert series(points, {"m-1": "net"}) == {Key("rmse", "net", "d1"): {0: (1.0, 2.0)}, Key("rmse"): {1: (3.0,)}}


def test_recorded_runs_are_ordered_by_ordinal_and_new_ones_by_their_beginning() -> None:
    run = a_run(in_session(4), start=99)

    assert nodes([run], by_ordinal=True)[0].order == 4
    assert nodes([run], by_ordinal=False)[0].order == 99
