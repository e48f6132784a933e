"""The phases of a release, on the team's split: data/split as `saigen data split` makes it, with DVC's lock."""

import hashlib
import json
import shutil

import mlflow
import pandas as pd
import pytest
from conftest import PARAMS, Sandbox, begin, fruit

from data_version import data_version, read_data
from phase import current_phase
from problem import Problem
from train import train

ROWS = {"train": 40, "validation": 20, "test": 30}
NAMES = "".join(f'split-{part} = "data/split/{part}"\n' for part in ROWS)


def add_split(project: Sandbox, dataset: str = "fruit", tag: str | None = None, **changed: str) -> dict[str, str]:
    """Write the three parts and the lock of the stage that made them; commit, and return the md5 of each part."""
    head, *rows = fruit(sum(ROWS.values())).splitlines()
    hashes, made = {}, ""
    for part, number in ROWS.items():
        chosen, rows = rows[:number], rows[number:]
        text = changed.get(part) or "\n".join([head, *chosen, ""])
        project.write(f"data/split/{part}/{dataset}/1.csv", text)
        hashes[part] = hashlib.md5(text.encode()).hexdigest() + ".dir"
        made += f"    - path: data/split/{part}\n      hash: md5\n      md5: {hashes[part]}\n"
    project.write("dvc.lock", f"schema: '2.0'\nstages:\n  split:\n    cmd: python split.py\n    outs:\n{made}")
    project.write(".gitignore", "/data/*.csv\n/data/split/\n/mlruns/\n")
    project.git("add", "--all")
    project.git("commit", "--quiet", "-m", "Split the data")
    if tag:
        project.git("tag", tag)
    return hashes


def unnamed(part: str, hashes: dict[str, str]) -> str:
    """Return the id of one part in a state that has no name."""
    return f"split-{part}_v0+{hashes[part][:7]}"


@pytest.fixture
def project(tmp_path, store, monkeypatch):
    """A project that has named data in one file as well, in the working folder, with somewhere to log to."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    monkeypatch.chdir(tmp_path)
    project = begin(tmp_path)
    project.record(fruit(12), tag="fruit_v2")
    project.write("saigen.toml", (tmp_path / "saigen.toml").read_text() + NAMES)
    return project


def run_phase(project: Sandbox, phase: str, monkeypatch, tag: str = "acme-1"):
    """Run a phase as `saigen release train` does, and keep in Git what it leaves; return its run."""
    monkeypatch.setenv("SAIGEN_PHASE", phase)
    monkeypatch.setenv("SAIGEN_RELEASE", tag)
    run = mlflow.get_run(train(project.root)[0])
    project.git("add", "--all")
    project.git("commit", "--quiet", "--allow-empty", "-m", "Keep what the phase found")
    return run


def contexts(run) -> dict[str, str]:
    """Return what each dataset of a run was for."""
    return {used.dataset.name: used.tags[0].value for used in run.inputs.dataset_inputs}


def test_team_split_is_used_and_its_test_set_is_left_alone(project):
    hashes = add_split(project)
    run = mlflow.get_run(train(project.root)[0])
    assert (run.data.metrics["rows_train"], run.data.metrics["rows_validation"]) == (40, 20)
    assert run.data.tags["data_version"] == f"{unnamed('train', hashes)},{unnamed('validation', hashes)}"
    assert contexts(run) == {"split-train": "training", "split-validation": "validation"}
    assert "saigen.test_set" not in run.data.tags
    assert "test_share" not in run.data.params


def test_release_tunes_then_measures_once_on_test_then_fits_everything(project, monkeypatch):
    hashes = add_split(project)
    every = ",".join(unnamed(part, hashes) for part in sorted(ROWS))

    tuned = run_phase(project, "tune", monkeypatch)
    assert tuned.data.metrics["rows_validation"] == 20
    assert "saigen.test_set" not in tuned.data.tags
    chosen = json.loads((project.root / "release" / "tuned.json").read_text())
    assert chosen["model"]["penalty"] == float(tuned.data.params["model.penalty"])

    judged = run_phase(project, "evaluate", monkeypatch)
    assert (judged.data.metrics["rows_train"], judged.data.metrics["rows_test"]) == (60, 30)
    assert judged.data.params["model.penalty"] == tuned.data.params["model.penalty"] != "1.0"
    assert judged.data.tags["data_version"] == every
    assert judged.data.tags["saigen.test_set"] == hashes["test"]
    assert judged.data.tags["uncommitted_changes"] == "no"
    assert contexts(judged) == {"split-train": "training", "split-validation": "training", "split-test": "test"}

    final = run_phase(project, "final", monkeypatch)
    assert final.data.metrics == {"rows_train": 90}
    assert final.data.tags["data_version"] == every
    rows = pd.DataFrame({"weight": [150.0, 910.0], "skin": ["smooth", "rough"]})
    assert list(mlflow.pyfunc.load_model(f"runs:/{final.info.run_id}/model").predict(rows)) == ["apple", "melon"]


def test_what_an_earlier_release_chose_is_not_used(project, monkeypatch):
    add_split(project)
    project.write("release/tuned.json", '{"release": "acme-1", "model": {"kind": "baseline"}}')
    run = run_phase(project, "evaluate", monkeypatch, tag="acme-2")
    assert run.data.params["model.kind"] == "linear"


@pytest.mark.parametrize("kind", ["baseline", "boosting"])
def test_every_kind_of_model_can_be_tuned(project, monkeypatch, kind):
    add_split(project)
    regression = PARAMS.replace("target: kind", "target: weight").replace("classification", "regression")
    project.write("params.yaml", regression.replace("kind: linear", f"kind: {kind}"))
    assert run_phase(project, "tune", monkeypatch).data.params["model.kind"] == kind


def test_part_with_a_name_has_the_name_of_its_tag(sandbox):
    add_split(sandbox, tag="split-test_v1")
    data = read_data(sandbox.root, "split-test", "data/split/test")
    assert data_version(sandbox.root, [data]) == "split-test_v1"


def test_other_dataset_in_the_split_is_left_out(project):
    add_split(project)
    for part in ROWS:
        project.write(f"data/split/{part}/stones.csv", "weight\n1\n")
    assert train(project.root)[1]["rows_train"] == 40


def test_only_dataset_of_the_split_is_meant_whatever_it_is_called(project):
    add_split(project, dataset="harvest")
    assert train(project.root)[1]["rows_train"] == 40


def test_several_datasets_of_which_none_is_meant_are_named(project):
    add_split(project, dataset="harvest")
    project.write("data/split/train/stones.csv", "weight\n1\n")
    with pytest.raises(Problem, match="found harvest, stones"):
        train(project.root)


def test_part_that_is_not_here_names_the_command(project):
    add_split(project)
    shutil.rmtree(project.root / "data" / "split" / "validation")
    with pytest.raises(Problem, match="next: dvc pull data/split/validation"):
        train(project.root)


def test_part_that_was_not_taken_names_the_command(project):
    project.record("", path="data/split/train")
    with pytest.raises(Problem, match="next: saigen data take data/split data/split/validation"):
        train(project.root)


def test_class_that_cannot_be_learned_is_named(project):
    add_split(project, validation="id,weight,skin,kind\n1,5000,rough,pumpkin\n")
    with pytest.raises(Problem, match="missed pumpkin"):
        train(project.root)


def test_words_in_one_part_and_numbers_in_another_are_words(project):
    add_split(project, validation="id,weight,skin,kind\n1,150,7,apple\n2,900,8,melon\n")
    assert train(project.root)[1]["rows_validation"] == 2


@pytest.mark.parametrize("phase", ["tune", "final"])
def test_phase_that_needs_the_team_split_says_so(project, monkeypatch, phase):
    monkeypatch.setenv("SAIGEN_PHASE", phase)
    with pytest.raises(Problem, match="saigen data split"):
        train(project.root)


def test_evaluation_without_the_team_split_is_an_ordinary_run(project, monkeypatch):
    run = run_phase(project, "evaluate", monkeypatch)
    assert run.data.tags["data_version"] == "fruit_v2"
    assert run.data.metrics["rows_test"] == 3


def test_unknown_phase_is_refused(monkeypatch):
    monkeypatch.setenv("SAIGEN_PHASE", "guess")
    with pytest.raises(Problem, match="tune, evaluate, final"):
        current_phase()
