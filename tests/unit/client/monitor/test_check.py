"""The whole check: from what was recorded to a run, a report, and people who are told once."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from saigen.commands.monitor_check import as_json, text
from saigen.errors import BlockedError
from saigen.git.repository import Repository
from saigen.monitor.check import monitor_check
from saigen.monitor.record import monitor_record
from saigen.monitor.watch import monitor_watch
from saigen.tracking import Tracking
from tests.unit.client.monitor.conftest import git, write_csv
from tests.unit.client.monitor.test_notify import Hook, _Post, url
from tests.unit.conftest import NewDatabase

SETTINGS = """[project]
name = "birds"
[monitor]
key = ["id"]
webhook = "HOOK"
[[alerts]]
when = "drift_share > 0.3"
severity = "error"
[[alerts]]
when = "mae > 0.5"
[[alerts]]
when = "tail.share > 0.9"
"""
CHECK = "def check(inputs, outcomes, reference):\n    return {'share': (inputs['wing'] > 30).mean()}\n"


@pytest.fixture(scope="module")
def tracking(tmp_path_factory: pytest.TempPathFactory, new_database: NewDatabase) -> Tracking:
    """A tracking server that is a database of its own."""
    folder = tmp_path_factory.mktemp("tracking")
    server = Tracking(new_database(folder / "mlflow.db"))
    server.client.create_experiment("birds-monitoring", artifact_location=str(folder / "artifacts"))
    return server


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook(("127.0.0.1", 0), _Post) as server:
        server.received = []
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server
        server.shutdown()


def birds(rows: int, seed: int, wing: float = 30) -> list[tuple[int, float, str, float]]:
    chance = random.Random(seed)
    return [(number, chance.gauss(wing, 5), chance.choice("abc"), chance.random()) for number in range(rows)]


@pytest.fixture
def released(checkout: Repository, hook: Hook, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A project whose second model was released with a training split."""
    monkeypatch.setenv("HOOK", url(hook)["HOOK"])
    (checkout.root / "data" / "split").mkdir(parents=True)
    (checkout.root / "monitoring" / "checks").mkdir(parents=True)
    (checkout.root / "monitoring" / "checks" / "tail.py").write_text(CHECK)
    (checkout.root / "saigen.toml").write_text(SETTINGS)
    write_csv(checkout.root / "data" / "split" / "train.csv", ["id", "wing", "place", "label"], birds(2000, 1))
    git(checkout.root, "add", "--all")
    git(checkout.root, "commit", "--quiet", "-m", "Split")
    git(checkout.root, "tag", "birds-2")
    git(checkout.root, "push", "--quiet", "origin", "HEAD:main", "birds-2")
    return checkout


def record(repository: Repository, seed: int, wing: float = 30, environment: str = "prod") -> str:
    rows, folder = birds(400, seed, wing), repository.root.parent
    return monitor_record(
        environment,
        "birds-2",
        inputs=write_csv(folder / "in.csv", ["id", "wing", "place"], [row[:3] for row in rows]),
        predictions=write_csv(folder / "out.csv", ["id", "prediction"], [(row[0], row[3]) for row in rows]),
        repository=repository,
    ).tag


def test_drift_makes_a_run_with_a_report_and_is_told_once(
    released: Repository, tracking: Tracking, hook: Hook, tmp_path: Path
) -> None:
    tag = record(released, 2, wing=45)
    report = tmp_path / "report.html"

    found = monitor_check("prod", html=report, repository=released, tracking=tracking)
    assert (found.records, found.exit_code) == ((tag,), 1)
    assert [alert.when for alert in found.alerts] == ["drift_share > 0.3", "tail.share > 0.9"]
    assert [one.column for one in found.columns if one.drifted] == ["wing"]
    assert found.idle == ("mae > 0.5",)
    assert "ALERT error: drift_share > 0.3" in text(found)
    assert as_json(found)["exit_code"] == 1
    assert "drift_share &gt; 0.3" in report.read_text()
    run = tracking.run(str(found.run))
    assert (run.tags["monitor.record"], run.tags["monitor.model"]) == (tag, "birds-2")
    assert run.metrics["drift_share"] == 0.5
    assert tracking.artifacts(run.id) == ["report.html"]
    assert (found.told, len(hook.received)) == (("webhook",), 1)

    again = monitor_check("prod", repository=released, tracking=tracking)
    assert (again.exit_code, again.told, len(hook.received)) == (1, (), 1)

    rows = birds(400, 2)
    labels = write_csv(tmp_path / "labels.csv", ["id", "label"], [(row[0], row[3] + 1) for row in rows])
    monitor_record("prod", "birds-2", labels=labels, repository=released)
    later = monitor_watch(repository=released, tracking=tracking)
    (late,) = later.checked
    assert late.figures["mae"] == pytest.approx(1.0)
    assert (late.told, later.exit_code) == (("webhook",), 1)
    assert "mae" in hook.received[1]["text"]
    assert "drift" not in hook.received[1]["text"], "that was told already"

    nothing = monitor_watch(repository=released, tracking=tracking)
    assert (nothing.checked, nothing.unchanged, nothing.exit_code) == ((), ("birds-2 in prod",), 0)


def test_a_webhook_that_was_away_is_told_by_the_next_watch(
    released: Repository, tracking: Tracking, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(released, 3, wing=45, environment="dev")
    monkeypatch.setenv("HOOK", "http://127.0.0.1:1/away")
    found = monitor_check("dev", repository=released, tracking=tracking)
    assert list(found.untold or {}) == ["webhook"]
    assert found.run
    monkeypatch.setenv("HOOK", url(hook)["HOOK"])
    (again,) = monitor_watch(["dev"], repository=released, tracking=tracking).checked
    assert again.told == ("webhook",)


def test_the_same_birds_raise_no_alert_and_nobody_is_asked(released: Repository, hook: Hook) -> None:
    record(released, 4)
    found = monitor_check("prod", repository=released, log=False)
    assert (found.alerts, found.run, found.exit_code, hook.received) == ((), None, 0, [])
    assert found.prediction is not None
    assert not found.prediction.drifted


def test_nothing_recorded_and_no_training_split_are_said(released: Repository, tracking: Tracking) -> None:
    with pytest.raises(BlockedError, match="nothing was recorded in prod"):
        monitor_check("prod", repository=released, tracking=tracking)
    first = write_csv(released.root.parent / "a.csv", ["id", "x"], [[1, 2]])
    second = write_csv(released.root.parent / "b.csv", ["id", "prediction"], [[1, 2]])
    monitor_record("prod", "birds-1", inputs=first, predictions=second, repository=released)
    with pytest.raises(BlockedError, match="nothing to compare with in birds-1"):
        monitor_check("prod", repository=released, tracking=tracking)
