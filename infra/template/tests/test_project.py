"""The settings: what is wrong is said with its place, all of it at once."""

import pytest

from problem import Problem
from project import read_project


def test_settings_become_parameters_of_the_run(sandbox):
    params = read_project(sandbox.root).as_params()
    assert params["dataset"] == "fruit"
    assert params["drop"] == "id"
    assert params["model.kind"] == "linear"
    assert params["seed"] == 1


def test_all_mistakes_are_named_at_once(sandbox):
    sandbox.write("params.yaml", "dataset: stones\ntask: guess\nmodel: {kind: linear, penalty: much}\nseed: x\n")
    with pytest.raises(Problem) as found:
        read_project(sandbox.root)
    for place in ("dataset", "task", "penalty", "seed", "target", "drop", "test_share", "threads"):
        assert f"{place}: expected" in str(found.value)
    assert found.value.code == 2


@pytest.mark.parametrize("name", ["flights_v1", "flights-2013", "my flights", "-x"])
def test_name_that_would_make_an_ambiguous_tag_is_refused(sandbox, name):
    sandbox.write("saigen.toml", f'[project]\nname = "p"\n[datasets]\nfruit = "f.csv"\n"{name}" = "g.csv"\n')
    with pytest.raises(Problem, match="expected letters, digits"):
        read_project(sandbox.root)


def test_broken_file_is_a_problem_without_traceback(sandbox):
    sandbox.write("saigen.toml", "[project\n")
    with pytest.raises(Problem, match="saigen.toml"):
        read_project(sandbox.root)


def test_missing_file_is_named(sandbox):
    (sandbox.root / "params.yaml").unlink()
    with pytest.raises(Problem, match="params.yaml"):
        read_project(sandbox.root)
