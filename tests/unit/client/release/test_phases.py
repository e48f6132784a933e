"""What the commands of a release are told, and which of their models ships."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from saigen.errors import BlockedError, SaigenError, UsageError
from saigen.project import Threshold
from saigen.recording import Recording
from saigen.release.data import choose_model
from saigen.release.manifest import Phase
from saigen.release.phases import Attempt, bare, context_tags, environment_of, variables
from saigen.release.verdict import missed, require
from saigen.reproduce.variables import split_environment
from saigen.tracking import LoggedModel

ATTEMPT = Attempt("acme-3", Path("/tree"), "stable/acme", "a" * 40, "team/flights", {"data/x": "b" * 32}, "x_v1")
PHASE = Phase("final", "1" * 32, ("1" * 32,))


def model(name: str, number: int = 1) -> LoggedModel:
    return LoggedModel(f"m-{number}", name, f"models:/m-{number}")


@pytest.mark.parametrize(
    ("words", "inner"),
    [
        (["uv", "run", "--frozen", "python", "train.py"], ("python", "train.py")),
        (["uv", "run", "dvc", "repro", "final"], ("dvc", "repro", "final")),
        (["python", "train.py", "uv", "run"], ("python", "train.py", "uv", "run")),
        (["uv", "run"], ("uv", "run")),
    ],
)
def test_the_recorded_command_is_the_one_inside_uv_run(words: list[str], inner: tuple[str, ...]) -> None:
    assert bare(words) == inner


def test_the_tags_of_a_phase_are_enough_to_run_it_again() -> None:
    tags = context_tags(ATTEMPT, "final", ["uv", "run", "python", "train.py"])
    said = Recording.from_tags(tags)
    assert (tags["saigen.release"], tags["saigen.phase"]) == ("acme-3", "final")
    assert (said.commit, said.repository, said.data_version) == ("a" * 40, "team/flights", "x_v1")
    assert said.command is not None
    kept, left_out = split_environment(said.command.environment)
    assert kept == {"SAIGEN_PHASE": "final", "SAIGEN_RELEASE": "acme-3"}
    assert left_out == []


def test_what_uv_runs_says_its_lock_and_its_python(tmp_path: Path) -> None:
    words = ["uv", "run", "--frozen", "python", "train.py"]
    assert environment_of(tmp_path, words) is None
    (tmp_path / "uv.lock").write_text("version = 1\n")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "pyvenv.cfg").write_text("home = /usr/bin\nuv = 0.9.1\nversion_info = 3.12.4\n")
    found = environment_of(tmp_path, words)
    assert found is not None
    assert (found.lock_path, found.python) == ("uv.lock", "3.12.4")
    assert found.lock == hashlib.sha256(b"version = 1\n").hexdigest()
    assert environment_of(tmp_path, ["python", "train.py"]) is None


def test_tags_that_somebody_gives_all_their_runs_stay() -> None:
    shell = {"MLFLOW_RUN_CONTEXT": '{"team": "delays"}', "VIRTUAL_ENV": "/elsewhere", "PATH": "/bin"}
    found = variables(shell, ATTEMPT, "tune", {"saigen.phase": "tune"})
    assert json.loads(found["MLFLOW_RUN_CONTEXT"]) == {"team": "delays", "saigen.phase": "tune"}
    assert (found["SAIGEN_PHASE"], found["SAIGEN_RELEASE"], found["PATH"]) == ("tune", "acme-3", "/bin")
    assert "VIRTUAL_ENV" not in found


def test_the_only_model_ships_and_of_several_the_named_one() -> None:
    both = [model("encoder", 1), model("model", 2)]
    assert choose_model(both[:1], None, PHASE) == both[0]
    assert choose_model(both, "encoder", PHASE) == both[0]
    with pytest.raises(UsageError, match="encoder, model"):
        choose_model(both, None, PHASE)


def test_of_models_of_one_name_the_last_one_ships() -> None:
    assert choose_model([model("model", 1), model("model", 2)], None, PHASE).id == "m-2"


def test_a_run_without_a_model_ships_nothing() -> None:
    with pytest.raises(BlockedError, match="logged no model"):
        choose_model([], None, PHASE)


def test_every_missed_threshold_is_named_with_what_was_found() -> None:
    thresholds = (Threshold("accuracy", least=0.8), Threshold("loss", most=1.0), Threshold("rows", least=1))
    found = missed(thresholds, {"accuracy": 0.7, "rows": 5})
    assert found == ["expected accuracy >= 0.8, found 0.7", "expected loss <= 1, found no such metric"]
    with pytest.raises(SaigenError) as caught:
        require(thresholds, {}, "acme-3")
    assert caught.value.exit_code == 1
