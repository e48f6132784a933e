"""A release from end to end without any server: local remotes, a database for tracking, real commands.

Whatever fails before the one push leaves everything as it was; what fails after it is completed by the next call.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from saigen.errors import SaigenError, UsageError
from saigen.release.listing import releases
from saigen.release.watch import Outcome, watch_releases
from saigen.reproduce.target import resolve
from tests.unit.client.release.project import TRAIN, Birds

NO_RUN = "import pathlib\n"
NO_MODEL = "import mlflow\nwith mlflow.start_run():\n    mlflow.log_metric('mean', 3.0)\n"
PHASES = """
import json, os, pathlib
phase = os.environ["SAIGEN_PHASE"]
if phase == "tune":
    import mlflow
    with mlflow.start_run():
        pathlib.Path("release").mkdir(exist_ok=True)
        pathlib.Path("release/tuned.json").write_text(json.dumps({"for": os.environ["SAIGEN_RELEASE"]}))
else:
    assert pathlib.Path("release/tuned.json").exists()
"""

SLOW = """
import os, pathlib, time
pathlib.Path(os.environ["STARTED"]).write_text("now")
time.sleep(300)
"""


def breaks_tests(birds: Birds) -> None:
    birds.commit("dev/main", {"tests.py": "assert False\n"})


def fails(birds: Birds) -> None:
    birds.commit("dev/main", {"src/train.py": "raise SystemExit(3)\n"})


def logs_no_run(birds: Birds) -> None:
    birds.commit("dev/main", {"src/train.py": NO_RUN})


def logs_no_model(birds: Birds) -> None:
    birds.commit("dev/main", {"src/train.py": NO_MODEL})


def misses_a_threshold(birds: Birds) -> None:
    birds.commit("dev/main", {"src/train.py": NO_MODEL.replace("3.0", "1.0")})


def conflicts(birds: Birds) -> None:
    birds.commit("main", {"src/train.py": "main's own\n"})


def is_refused(birds: Birds) -> None:
    birds.refuse("refs/heads/stable/*")


def has_its_tag_refused(birds: Birds) -> None:
    birds.refuse("refs/tags/*")


FAILURES: list[tuple[Callable[[Birds], None], str]] = [
    (breaks_tests, "the tests are red"),
    (fails, "evaluate failed"),
    (logs_no_run, "logged no run"),
    (logs_no_model, "logged no model"),
    (misses_a_threshold, "expected mean >= 2, found 1"),
    (conflicts, "conflicts: src/train.py"),
    (is_refused, "not now"),
    (has_its_tag_refused, "not now"),
]


def trigger(birds: Birds, statement: str) -> None:
    """Change the tracking database by hand."""
    file = str(birds.tracking.uri).removeprefix("sqlite:///")
    with sqlite3.connect(file) as database:
        database.execute(statement)


@pytest.mark.parametrize(("happens", "reason"), FAILURES, ids=[one.__name__ for one, _ in FAILURES])
def test_a_release_that_fails_leaves_everything_as_it_was(
    birds: Birds, happens: Callable[[Birds], None], reason: str
) -> None:
    happens(birds)
    published, local = birds.published(), birds.local()
    with pytest.raises(SaigenError) as caught:
        birds.release()
    assert reason in str(caught.value)
    assert birds.published() == published
    assert birds.local() == local


def test_a_release_is_one_tag_with_everything(birds: Birds) -> None:
    birds.settings(python=sys.executable)

    found = birds.release()

    assert (found.tag, found.metrics) == ("acme-1", {"mean": 3.0})
    files = set(birds.git("ls-tree", "-r", "--name-only", "acme-1", where=birds.remote).splitlines())
    assert {"src/train.py", "data/split/train.csv.dvc", "MODEL_CARD.md", "metrics.json"} <= files
    assert {"models/model.dvc", "models/checkpoint.txt.dvc", "release/release.json"} <= files
    assert birds.git("cat-file", "-t", "acme-1", where=birds.remote) == "tag"
    assert birds.published()["birds.acme/1"] == "acme-1"
    run = list(birds.tracking.search(list(birds.tracking.experiments()), "params.release_tag = 'acme-1'"))
    listed = json.loads(birds.git("show", "origin/main:tracking/runs.json"))
    assert [one["run_id"] for one in listed] == [one.id for one in run]
    assert [one.tag for one in releases(folder=birds.root)] == ["acme-1"]
    assert resolve(birds.tracking, "acme-1").id == run[0].id


def test_nothing_is_done_twice(birds: Birds) -> None:
    birds.release()
    published = birds.published()
    again = birds.release()
    assert (again.tag, again.steps) == (None, ())
    assert birds.published() == published


def test_the_plan_is_told_and_nothing_is_done(birds: Birds) -> None:
    published = birds.published()
    told = birds.release(dry_run=True)
    assert told.tag == "acme-1"
    assert "merge code from dev/main" in " ".join(told.steps)
    assert birds.published() == published


def test_nothing_is_released_without_a_yes(birds: Birds) -> None:
    published = birds.published()
    with pytest.raises(UsageError, match="did not agree"):
        birds.release(yes=False, ask=lambda _: False)
    assert birds.published() == published


def test_each_phase_is_a_run_and_what_tuning_found_is_committed_before_the_next(birds: Birds) -> None:
    train = '["' + '", "'.join(("PYTHON", "src/train.py")) + '"]'
    python = birds.root.joinpath("saigen.toml").read_text().split("evaluate = [")[1].split(",")[0]
    words = train.replace('"PYTHON"', python)
    birds.settings("[release.thresholds]", f"tune = {words}\nfinal = {words}\n[release.thresholds]")
    guarded = PHASES + "".join(f"    {line}\n" for line in TRAIN.splitlines())
    birds.commit("dev/main", {"src/train.py": guarded})

    assert birds.release().tag == "acme-1"

    said = json.loads(birds.git("show", "acme-1:release/release.json"))
    assert [one["name"] for one in said["phases"]] == ["tune", "evaluate", "final"]
    assert said["ships"] == "final"
    assert birds.git("log", "--format=%s", "-2", "acme-1").splitlines() == [
        "Release acme-1",
        "Keep what tune of acme-1 found",
    ]
    assert json.loads(birds.git("show", f"{said['built_from']}:release/tuned.json")) == {"for": "acme-1"}


def test_a_release_that_was_published_and_not_registered_is_completed(birds: Birds) -> None:
    trigger(birds, "CREATE TRIGGER closed BEFORE INSERT ON model_versions BEGIN SELECT RAISE(ABORT, 'not now'); END")
    with pytest.raises(SaigenError, match="is published, but not complete"):
        birds.release()
    trigger(birds, "DROP TRIGGER closed")

    again = birds.release()

    assert (again.tag, again.finished) == (None, ("acme-1",))
    assert birds.published()["birds.acme/1"] == "acme-1"
    assert "refs/tags/acme-2" not in birds.published()


def test_results_that_main_refused_are_added_by_the_next_call(birds: Birds) -> None:
    birds.refuse("refs/heads/main")
    with pytest.raises(SaigenError, match="is published, but not complete"):
        birds.release()
    birds.accept()
    assert birds.release().finished == ("acme-1",)
    assert birds.git("cat-file", "-t", "main:tracking/runs.json", where=birds.remote) == "blob"
    assert birds.release().steps == ()


def test_a_tag_that_a_release_left_when_it_was_cut_off_is_no_obstacle(birds: Birds) -> None:
    birds.git("tag", "--annotate", "-m", "Release acme-1", "acme-1")
    assert birds.release().tag == "acme-1"
    assert birds.git("cat-file", "-t", "acme-1:MODEL_CARD.md") == "blob"


def test_a_release_that_is_ended_leaves_everything_as_it_was(
    birds: Birds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = tmp_path / "started"
    os.mkfifo(pipe)
    monkeypatch.setenv("STARTED", str(pipe))
    birds.settings(python=sys.executable)
    birds.commit("dev/main", {"src/train.py": SLOW})
    published, local = birds.published(), birds.local()
    words = [sys.executable, "-m", "saigen", "release", "train", "acme", "--yes"]
    with subprocess.Popen(words, cwd=birds.root, stderr=subprocess.PIPE) as release:
        assert pipe.read_text() == "now"
        release.terminate()
        assert "interrupted" in release.communicate()[1].decode()
    assert release.returncode == 130
    assert birds.published() == published
    assert birds.local() == local


def test_watching_releases_what_is_due_and_goes_on_where_one_line_fails(birds: Birds) -> None:
    birds.settings("[release]", "[clients.bear]\n[clients.acme]\n[release]")
    birds.commit("stable/bear", {"src/train.py": "its own\n"})

    outcomes = {one.line: one for one in watch_releases(folder=birds.root, once=True, tracking=birds.tracking)}

    assert outcomes["acme"].trained is not None
    assert outcomes["acme"].trained.tag == "acme-1"
    assert outcomes["bear"].error is not None
    assert "conflicts" in outcomes["bear"].error.why


def test_watching_waits_for_a_change_where_a_release_failed(birds: Birds) -> None:
    breaks_tests(birds)
    rests: list[float] = []
    seen = watch_releases(["acme"], folder=birds.root, tracking=birds.tracking, interval=60, rest=rests.append)
    assert "the tests are red" in str(next(seen).error)

    def repaired(_: float) -> None:
        rests.append(0)
        if len(rests) == 2:
            birds.commit("dev/main", {"tests.py": "assert True\n"})

    seen = watch_releases(["acme"], folder=birds.root, tracking=birds.tracking, interval=60, rest=repaired)
    assert next(seen).error is not None
    outcome = next(seen)
    assert outcome.trained is not None
    assert (outcome.trained.tag, len(rests)) == ("acme-1", 2)


def test_whoever_watches_next_does_not_look_at_the_test_set_again(birds: Birds) -> None:
    misses_a_threshold(birds)

    def look() -> Outcome:
        return next(watch_releases(["acme"], folder=birds.root, once=True, tracking=birds.tracking))

    first = look()
    assert "mean" in str(first.error)
    made = runs(birds)
    again = look()
    assert again.error is not None
    assert (again.error.what, again.error.exit_code) == (
        "acme is not released: it failed on the same code and data before",
        1,
    )
    assert runs(birds) == made

    birds.settings(">= 2", ">= 1")
    birds.commit("dev/main", {"src/train.py": TRAIN})
    repaired = look()
    assert repaired.trained is not None
    assert repaired.trained.tag == "acme-1"


def runs(birds: Birds) -> set[str]:
    return {run.id for run in birds.tracking.search(list(birds.tracking.experiments()))}


def test_the_clone_keeps_its_branch_and_unfinished_work(birds: Birds) -> None:
    (birds.root / "idea.py").write_text("work\n")
    before = birds.git("status", "--porcelain")
    birds.release()
    assert birds.git("branch", "--show-current") == "main"
    assert birds.git("status", "--porcelain") == before
    assert "?? idea.py" in before
