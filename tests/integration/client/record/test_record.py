"""Runs of unchanged training code, recorded by themselves, as another person finds them."""

from __future__ import annotations

import json
import shutil
import signal
from dataclasses import replace
from pathlib import Path

from tests.integration.client.record.recordings import TRAIN, fetched, finished, hidden, runs, show, start
from tests.integration.client.record.relay import relay
from tests.integration.person import Person
from tests.integration.stack import Stack, free_ports
from tests.waiting import eventually

SWEEP = """
import sys
import mlflow

mlflow.set_experiment(sys.argv[1])
with mlflow.start_run(run_name="sweep"):
    for number in range(20):
        with mlflow.start_run(nested=True):
            mlflow.log_metric("number", number)
"""
WORKERS = """
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
import mlflow

def one(number):
    mlflow.set_experiment(sys.argv[1])
    with mlflow.start_run():
        mlflow.log_metric("number", number)

if __name__ == "__main__":
    mlflow.set_experiment(sys.argv[1])
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        list(pool.map(one, range(8)))
"""
FOR_EVER = """
import sys, threading
import mlflow

mlflow.set_experiment(sys.argv[1])
with mlflow.start_run():
    open("data/secretly.csv").read()
    print("training", flush=True)
    threading.Event().wait()
"""


def test_a_dirty_tree_with_an_untracked_module_is_there_for_a_colleague(
    author: Person, reviewer: Person, workplace: Path, colleagues_clone: Path
) -> None:
    before = author.run("git", "status", "--porcelain", cwd=workplace).stdout
    author.run("env", "RATE=0.5", "python", "train.py", "record-dirty", cwd=workplace)
    run = finished(reviewer, "record-dirty", "code=pushed; data=pushed")[0]
    clone = fetched(reviewer, colleagues_clone, run.commit)
    assert "rate * 2" in show(reviewer, clone, run.commit, "extra.py")
    assert "mlflow" in show(reviewer, clone, run.commit, run.environment_lock)
    assert json.loads(run.tags["saigen.command"]) == {
        "argv": ["python", "train.py", "record-dirty"],
        "cwd": "",
        "env": {"RATE": "0.5"},
    }
    assert run.tags["saigen.repository"] == "team/flights"
    assert run.tags["saigen.recorded"] == "yes"
    assert "data/small.csv" in json.loads(run.tags["saigen.data"])
    assert author.run("git", "status", "--porcelain", cwd=workplace).stdout == before


def test_data_that_was_changed_and_not_added_is_said(author: Person, workplace: Path) -> None:
    (workplace / "data" / "small.csv").write_text("a,b\n1,3\n")
    author.run("python", "train.py", "record-modified", cwd=workplace)
    run = finished(author, "record-modified", "code=pushed; data=modified")[0]
    assert "data/small.csv differs from its pointer" in run.state


def test_data_that_was_not_pushed_is_said_until_it_is(author: Person, workplace: Path) -> None:
    (workplace / "data" / "small.csv").write_text("a,b\n1,4\n")
    author.run("dvc", "add", "--quiet", "data/small.csv", cwd=workplace)
    author.run("python", "train.py", "record-unpushed", cwd=workplace)
    finished(author, "record-unpushed", "code=pushed; data=unpushed")
    author.run("dvc", "push", "--quiet", cwd=workplace)
    author.run("saigen", "push", cwd=workplace)
    finished(author, "record-unpushed", "code=pushed; data=pushed")


def test_push_sends_data_that_the_checkout_has_left(
    author: Person, workplace: Path, reviewer: Person, colleagues_clone: Path
) -> None:
    data = workplace / "data" / "small.csv"
    for content in (b"a,b\n2,5\n", b"a,b\n2,6\n"):
        data.write_bytes(content)
        author.run("dvc", "add", "--quiet", "data/small.csv", cwd=workplace)
        if content == b"a,b\n2,5\n":
            author.run("python", "train.py", "record-left", cwd=workplace)
            finished(author, "record-left", "code=pushed; data=unpushed")
    author.run("saigen", "push", cwd=workplace)
    run = finished(author, "record-left", "code=pushed; data=pushed")[0]
    clone = fetched(reviewer, colleagues_clone, run.commit)
    reviewer.run("git", "checkout", "--quiet", run.commit, cwd=clone)
    reviewer.run("dvc", "pull", "--quiet", "data/small.csv", cwd=clone)
    assert (clone / "data" / "small.csv").read_bytes() == b"a,b\n2,5\n"


def test_push_names_data_that_is_nowhere(author: Person, workplace: Path) -> None:
    data = workplace / "data" / "small.csv"
    data.write_text("a,b\n2,7\n")
    author.run("dvc", "add", "--quiet", "data/small.csv", cwd=workplace)
    author.run("python", "train.py", "record-lost", cwd=workplace)
    finished(author, "record-lost", "code=pushed; data=unpushed")
    shutil.rmtree(workplace / ".dvc" / "cache" / "files")
    data.unlink()
    refused = author.run("saigen", "push", cwd=workplace, check=False)
    assert refused.returncode == 3
    assert "neither in the cache nor in its remote: missing: data/small.csv" in refused.stdout
    data.write_text("a,b\n2,7\n")
    author.run("dvc", "add", "--quiet", "data/small.csv", cwd=workplace)
    author.run("saigen", "push", cwd=workplace)
    finished(author, "record-lost", "code=pushed; data=pushed")


def test_a_sweep_of_twenty_runs_is_one_commit(author: Person, workplace: Path) -> None:
    (workplace / "sweep.py").write_text(SWEEP)
    author.run("python", "sweep.py", "record-sweep", cwd=workplace)
    found = finished(author, "record-sweep", "code=pushed", count=21)
    assert len({run.commit for run in found}) == 1
    sessions = [run.tags["saigen.session"].split(":") for run in found]
    assert len({id_ for id_, _ in sessions}) == 1
    assert sorted(int(ordinal) for _, ordinal in sessions) == list(range(21))


def test_workers_of_one_command_share_its_session_and_its_command(author: Person, workplace: Path) -> None:
    (workplace / "workers.py").write_text(WORKERS)
    author.run("python", "workers.py", "record-workers", cwd=workplace)
    found = finished(author, "record-workers", "code=pushed", count=8)
    assert {json.loads(run.tags["saigen.command"])["argv"][1] for run in found} == {"workers.py"}
    sessions = {run.tags["saigen.session"] for run in found}
    assert len(sessions) == 8
    assert len({session.split(":")[0] for session in sessions}) == 1


def test_runs_at_the_same_time_do_not_disturb_each_other(author: Person, workplace: Path) -> None:
    # There already: of processes that make the same experiment at once, MLflow lets all but one log into "Default".
    author.api("POST", "experiments/create", json={"name": "record-together"}).raise_for_status()
    processes = [start(author, workplace, "train.py", "record-together") for _ in range(6)]
    assert [process.wait(timeout=300) for process in processes] == [0] * 6
    found = finished(author, "record-together", "code=pushed", count=6)
    assert len({run.commit for run in found}) == 1
    assert len({run.tags["saigen.record"] for run in found}) == 6


def test_a_training_that_is_killed_is_recorded_all_the_same(
    author: Person, reviewer: Person, workplace: Path, colleagues_clone: Path
) -> None:
    (workplace / "for_ever.py").write_text(FOR_EVER)
    (workplace / "data" / "secretly.csv").write_text("1\n")
    hidden(workplace, "secretly.csv")
    process = start(author, workplace, "for_ever.py", "record-killed")
    assert process.stdout is not None
    assert process.stdout.readline() == "training\n"
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=60)
    run = finished(reviewer, "record-killed", "code=pushed")[0]
    fetched(reviewer, colleagues_clone, run.commit)
    told = eventually(lambda: runs(reviewer, "record-killed")[0].tags.get("saigen.unrecorded"))
    assert told == "1: data/secretly.csv"


def test_a_git_remote_that_is_away_is_made_up_for_by_push(
    platform: Stack, author: Person, workplace: Path, reviewer: Person, colleagues_clone: Path
) -> None:
    platform.compose("stop", "git").check_returncode()
    try:
        author.run("python", "train.py", "record-away", cwd=workplace)
        finished(author, "record-away", "code=unpushed")
        eventually(lambda: "saigen push" in runs(author, "record-away")[0].state, every=2)
    finally:
        platform.compose("start", "git").check_returncode()
        eventually(lambda: platform.health("git") == "healthy")
    eventually(lambda: author.run("saigen", "push", cwd=workplace, check=False).returncode == 0, every=3)
    run = finished(reviewer, "record-away", "code=pushed; data=pushed")[0]
    fetched(reviewer, colleagues_clone, run.commit)


def through(author: Person, proxy: str) -> Person:
    """The same person, whose Git goes through a proxy."""
    count = int(author.exports["GIT_CONFIG_COUNT"])
    setting = {f"GIT_CONFIG_KEY_{count}": "http.proxy", f"GIT_CONFIG_VALUE_{count}": proxy}
    return replace(author, exports={**author.exports, **setting, "GIT_CONFIG_COUNT": str(count + 1)})


def test_the_next_recording_also_pushes_what_found_no_remote(author: Person, workplace: Path) -> None:
    through(author, "http://localhost:9").run("python", "train.py", "record-late", cwd=workplace)
    finished(author, "record-late", "code=unpushed")
    eventually(lambda: "does not answer: unable to access" in runs(author, "record-late")[0].state, every=2)
    (workplace / "extra.py").write_text("def value(rate):\n    return rate * 3\n")
    author.run("python", "train.py", "record-late", cwd=workplace)
    found = finished(author, "record-late", "code=pushed; data=pushed", count=2)
    assert len({run.commit for run in found}) == 2


def test_a_remote_that_is_back_in_a_moment_is_asked_once_more(author: Person, workplace: Path) -> None:
    [port] = free_ports(1)
    through(author, f"http://localhost:{port}").run("python", "train.py", "record-back", cwd=workplace)
    eventually(lambda: "does not answer" in runs(author, "record-back")[0].state, every=0.2)
    with relay(port, author.urls["git"]):
        finished(author, "record-back", "code=pushed; data=pushed")


def test_a_repository_with_another_remote_is_not_pushed(author: Person, workplace: Path, tmp_path: Path) -> None:
    public = tmp_path / "public.git"
    author.run("git", "init", "--quiet", "--bare", str(public))
    author.run("git", "remote", "set-url", "origin", str(public), cwd=workplace)
    author.run("python", "train.py", "record-public", cwd=workplace)
    run = finished(author, "record-public", "code=local")[0]
    assert "not pushed" in run.state
    assert author.run("git", "for-each-ref", cwd=public).stdout == ""


def test_a_repository_that_does_not_ask_for_it_is_not_pushed(author: Person, workplace: Path) -> None:
    (workplace / "saigen.toml").unlink()
    author.run("python", "train.py", "record-unasked", cwd=workplace)
    run = finished(author, "record-unasked", "code=local")[0]
    assert "saigen.toml" in run.state


def test_a_secret_stays_on_the_machine_and_is_named(
    author: Person, workplace: Path, reviewer: Person, colleagues_clone: Path
) -> None:
    (workplace / "keys.py").write_text("KEY = 'AKIA" + "ABCDEFGHIJKLMNOP'\n")
    author.run("python", "train.py", "record-secret", cwd=workplace)
    run = finished(reviewer, "record-secret", "code=partial")[0]
    assert "keys.py (it holds a secret: AWS access key)" in run.state
    clone = fetched(reviewer, colleagues_clone, run.commit)
    assert "keys.py" not in reviewer.run("git", "ls-tree", "--name-only", run.commit, cwd=clone).stdout


def test_what_the_code_says_of_its_data_wins_and_a_difference_is_told(author: Person, workplace: Path) -> None:
    settings = workplace / "saigen.toml"
    settings.write_text(settings.read_text().split("[datasets]")[0] + '[datasets]\nsmall = "data/small.csv"\n')
    (workplace / "own.py").write_text(TRAIN.replace("start_run()", "start_run(tags={'data_version': 'mine_v7'})"))
    author.run("python", "own.py", "record-own", cwd=workplace)
    run = finished(author, "record-own", "code=pushed")[0]
    assert run.tags["data_version"] == "mine_v7"
    assert "the code says data_version mine_v7" in run.state


def test_outside_of_a_repository_a_run_is_logged_and_says_so(author: Person, tmp_path: Path) -> None:
    (tmp_path / "alone").mkdir()
    (tmp_path / "alone" / "train.py").write_text(SWEEP.replace("range(20)", "range(0)"))
    author.run("python", "train.py", "record-alone", cwd=tmp_path / "alone")
    run = finished(author, "record-alone", "code=partial")[0]
    assert "outside of a Git repository" in run.state
    assert "saigen.commit" not in run.tags


def test_strict_runs_start_only_when_all_is_pushed(author: Person, workplace: Path) -> None:
    (workplace / "data" / "small.csv").write_text("a,b\n1,5\n")
    refused = author.run("saigen", "run", "--", "touch", "started", cwd=workplace, check=False)
    assert (refused.returncode, "dvc add data/small.csv" in refused.stderr) == (3, True)
    author.run("dvc", "add", "--quiet", "data/small.csv", cwd=workplace)
    refused = author.run("saigen", "run", "--", "touch", "started", cwd=workplace, check=False)
    assert (refused.returncode, "saigen data push" in refused.stderr) == (3, True)
    assert not (workplace / "started").exists()
    author.run("dvc", "push", "--quiet", cwd=workplace)
    author.run("saigen", "run", "--", "touch", "started", cwd=workplace)
    assert (workplace / "started").exists()


def test_a_pushed_snapshot_is_forgotten_here_and_on_the_platform_if_a_maintainer_asks(
    author: Person, captain: Person, workplace: Path, platform: Stack
) -> None:
    author.run("python", "train.py", "record-forget", cwd=workplace)
    run = finished(author, "record-forget", "code=pushed")[0]
    refused = author.run("saigen", "forget", run.commit, cwd=workplace, check=False)
    assert refused.returncode == 5
    assert f"{run.commit[:12]} is still in team/flights" in refused.stderr
    assert f"ask a maintainer: saigen forget {run.commit}" in refused.stderr
    gone = author.run("git", "cat-file", "-e", run.commit, cwd=workplace, check=False)
    assert gone.returncode != 0

    clone = captain.clone("flights")
    captain.run("git", "fetch", "--quiet", "origin", run.commit, cwd=clone)
    assert "team/flights takes it away" in captain.run("saigen", "forget", run.commit, cwd=clone).stdout

    platform.compose("exec", "-T", "git", "saigen-git", "fold")
    fetched = author.run("git", "fetch", "--quiet", "origin", run.commit, cwd=workplace, check=False)
    assert fetched.returncode != 0
    audited = author.run("saigen", "audit", "--json", "--experiment", "record-forget", check=False)
    (found,) = json.loads(audited.stdout)["runs"]
    assert [reason["reason"] for reason in found["reasons"]] == ["commit missing"]
