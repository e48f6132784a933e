"""What a run logged, told apart by what it belongs to."""

from __future__ import annotations

import pytest

from saigen.recording import COMMIT, SESSION
from saigen.reproduce.compare import Key
from saigen.reproduce.observe import labels, nodes, of_one_command, series
from saigen.tracking import LoggedModel, Point, Run
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


def of_session(id: str, ordinal: int, commit: str, user: str = "ann") -> Run:
    tags = {SESSION: f"{'5' * 16}:{ordinal}", COMMIT: commit * 40}
    return Run(id, "0", id, "FINISHED", user, ordinal, ordinal + 1, "", tags=tags)


CELLS = [of_session("first", 0, "1"), of_session("second", 1, "2"), of_session("third", 2, "3")]


@pytest.mark.parametrize(
    ("asked", "made"), [(0, ["first"]), (1, ["first", "second"]), (2, ["first", "second", "third"])]
)
def test_the_script_of_a_notebooks_cell_makes_the_runs_of_the_cells_before(asked: int, made: list[str]) -> None:
    assert [run.id for run in of_one_command(CELLS[asked], CELLS)] == made


def test_all_runs_of_one_commit_are_made_by_its_command() -> None:
    sweep = [of_session(str(ordinal), ordinal, "1") for ordinal in range(3)]
    assert of_one_command(sweep[0], sweep) == sweep


def test_a_run_that_somebody_else_put_into_the_session_is_none_of_it() -> None:
    assert of_one_command(CELLS[0], [of_session("theirs", 0, "1", user="eve"), CELLS[0]]) == [CELLS[0]]
