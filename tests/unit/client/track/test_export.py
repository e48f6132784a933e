"""The results of runs, on the main branch of a real Git repository; the tracking server is a real MLflow database."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from mlflow import MlflowClient

from saigen.branches.kinds import RESULTS
from saigen.errors import BlockedError
from saigen.git.repository import Repository
from saigen.track import export
from saigen.track.export import track_export
from saigen.tracking import Tracking


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Repository:
    """A clone of a remote, on a branch of one's own."""
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch", "main", "remote.git")
    for name in ("here", "there"):
        git(tmp_path, "clone", "--quiet", "remote.git", name)
        for key, value in (("user.name", name), ("user.email", "a@b.c")):
            git(tmp_path / name, "config", key, value)
    root = tmp_path / "here"
    (root / "README.md").write_text("Birds\n")
    (root / ".gitignore").write_text("tracking\n")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "First")
    git(root, "push", "--quiet", "origin", "HEAD:main")
    git(root, "switch", "--quiet", "-c", "dev/ada")
    git(tmp_path / "there", "pull", "--quiet", "origin", "main")
    return Repository(root)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of MLflow's, which takes seconds to make."""
    path = tmp_path_factory.mktemp("database") / "mlflow.db"
    MlflowClient(f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def client(empty: Path, tmp_path: Path) -> MlflowClient:
    """MLflow's client on a database of the test's own."""
    (tmp_path / "mlflow.db").write_bytes(empty.read_bytes())
    return MlflowClient(f"sqlite:///{tmp_path / 'mlflow.db'}")


def log_run(client: MlflowClient, *, ended: bool = True, experiment: str = "delays", **metrics: float) -> str:
    found = client.get_experiment_by_name(experiment)
    run = client.create_run(found.experiment_id if found else client.create_experiment(experiment))
    for name, value in metrics.items():
        client.log_metric(run.info.run_id, name, value)
    if ended:
        client.set_terminated(run.info.run_id)
    return str(run.info.run_id)


def results(checkout: Repository) -> list[str]:
    """Ids on the main branch of the remote, in their order."""
    text = git(checkout.root.parent / "remote.git", "show", f"main:{RESULTS}")
    return [one["run_id"] for one in json.loads(text)]


def of(client: MlflowClient) -> Tracking:
    return Tracking(client.tracking_uri)


def test_ended_runs_come_to_main_whatever_is_checked_out(checkout: Repository, client: MlflowClient) -> None:
    ids = [log_run(client, rmse=3.5), log_run(client, experiment="digits")]
    log_run(client, ended=False)

    done = track_export(repository=checkout, tracking=of(client))

    assert (done.runs, done.running) == (2, 1)
    assert set(results(checkout)) == set(done.added) == set(ids)
    assert checkout.branch() == "dev/ada"
    assert checkout.run("status", "--porcelain") == ""
    assert git(checkout.root.parent / "remote.git", "log", "-1", "--format=%s", "main") == "Add 2 runs to the results"


def test_again_there_is_nothing_to_do(checkout: Repository, client: MlflowClient) -> None:
    run = log_run(client)
    first = track_export(repository=checkout, tracking=of(client))
    client.log_metric(run, "later", 1)

    again = track_export(repository=checkout, tracking=of(client))

    assert first.commit is not None
    assert (again.added, again.commit, again.runs) == ((), None, 1)
    assert git(checkout.root.parent / "remote.git", "rev-parse", "main") == first.commit


def test_a_dry_run_publishes_nothing(checkout: Repository, client: MlflowClient) -> None:
    run = log_run(client)
    before = git(checkout.root.parent / "remote.git", "rev-parse", "main")

    done = track_export(repository=checkout, tracking=of(client), dry_run=True)

    assert (done.added, done.commit) == ((run,), None)
    assert git(checkout.root.parent / "remote.git", "rev-parse", "main") == before


def test_experiments_and_filter_select(checkout: Repository, client: MlflowClient) -> None:
    log_run(client, rmse=9)
    good = log_run(client, rmse=1)
    log_run(client, experiment="digits", rmse=1)

    track_export(["delays"], filter="metrics.rmse < 5", repository=checkout, tracking=of(client))

    assert results(checkout) == [good]


def test_who_is_second_adds_to_what_the_first_one_published(
    checkout: Repository, client: MlflowClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    colleague = checkout.root.parent / "there"
    publish = export._publish

    def late(*arguments: object) -> str:
        if not (colleague / "notes.md").exists():
            (colleague / "notes.md").write_text("first\n")
            git(colleague, "add", "notes.md")
            git(colleague, "commit", "--quiet", "-m", "Be first")
            git(colleague, "push", "--quiet", "origin", "HEAD:main")
        return publish(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(export, "_publish", late)
    run = log_run(client)

    track_export(repository=checkout, tracking=of(client))

    assert results(checkout) == [run]
    assert "Be first" in git(checkout.root.parent / "remote.git", "log", "--format=%s", "main")


def test_a_branch_that_is_not_there_is_not_made(checkout: Repository, client: MlflowClient) -> None:
    with pytest.raises(BlockedError, match="there is no branch mian"):
        track_export(repository=checkout, tracking=of(client), branch="mian")
