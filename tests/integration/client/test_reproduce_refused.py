"""`saigen reproduce` and what it does not do: without consent, with damaged data, for whoever edits tags."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.integration.client.trainings import Lab, reproduce, tags_of, with_shared_packages
from tests.integration.person import Person


@pytest.fixture(scope="module")
def lab(author: Person) -> Lab:
    """The author's trainings, pushed."""
    return Lab.open(with_shared_packages(author))


@pytest.fixture(scope="module")
def colleague(reviewer: Person) -> Person:
    """Who reproduces."""
    return with_shared_packages(reviewer)


def hostile(person: Person, tags: dict[str, str], like: dict[str, str]) -> str:
    """A finished run that looks like an honest one but for these tags; returns its id."""
    found = person.api("GET", "experiments/get-by-name", params={"experiment_name": "reproduce"}).json()["experiment"]
    honest = {key: value for key, value in like.items() if key.startswith(("mlflow.source", "data_version"))}
    body: dict[str, Any] = {
        "experiment_id": found["experiment_id"],
        "tags": [{"key": key, "value": value} for key, value in {**honest, **tags}.items()],
    }
    run_id: str = person.api("POST", "runs/create", json=body).json()["run"]["info"]["run_id"]
    person.api("POST", "runs/log-metric", json={"run_id": run_id, "key": "pips", "value": 0.5, "timestamp": 1})
    person.api("POST", "runs/update", json={"run_id": run_id, "status": "FINISHED"})
    return run_id


def runs_of(person: Person) -> int:
    """How many runs there are in the experiment."""
    found = person.api("GET", "experiments/get-by-name", params={"experiment_name": "reproduce"}).json()["experiment"]
    body = {"experiment_ids": [found["experiment_id"]], "max_results": 1000}
    return len(person.api("POST", "runs/search", json=body).json().get("runs", []))


def test_code_of_a_stranger_is_not_run_without_consent(captain: Person, lab: Lab) -> None:
    newcomer = with_shared_packages(captain)
    original = lab.train("dice.py")
    before = runs_of(newcomer)

    done = reproduce(newcomer, original)

    assert done.returncode == 5, done.stderr
    assert "author" in done.stderr
    assert f"saigen reproduce {original}" in done.stderr
    assert "--yes" in done.stderr
    assert runs_of(newcomer) == before


def test_dry_run_shows_what_would_be_run_and_runs_nothing(colleague: Person, lab: Lab) -> None:
    original = lab.train("dice.py")
    before = runs_of(colleague)

    done = reproduce(colleague, original, "--dry-run")

    assert done.returncode == 0, done.stderr
    for shown in ("author", "team/demo", "python src/dice.py", "data/small.csv"):
        assert shown in done.stdout
    assert runs_of(colleague) == before


@pytest.mark.parametrize(
    ("tags", "exit_code", "said"),
    [
        ({"saigen.repository": "http://evil.example/team/demo.git"}, 5, "not on a host that you trust"),
        ({"saigen.repository": "ext::sh -c 'touch /tmp/evil'"}, 5, "not on a host that you trust"),
        ({"saigen.repository": "file:///etc"}, 5, "not on a host that you trust"),
        ({"saigen.command": json.dumps({"argv": ["bash", "-c", "touch /tmp/evil"]})}, 5, "is not run"),
        ({"saigen.command": json.dumps({"argv": ["/bin/sh", "-c", "true"]})}, 5, "is not run"),
        ({"saigen.command": json.dumps({"argv": ["python", "/tmp/evil.py"]})}, 5, "not a file of the commit"),
        ({"saigen.command": json.dumps({"argv": ["python", "src/dice.py"], "cwd": "../.."})}, 5, "outside"),
        ({"saigen.commit": "0" * 40}, 3, "has no commit"),
        ({"saigen.commit": "--upload-pack=touch /tmp/evil"}, 3, "does not say which code"),
        ({"saigen.data": json.dumps({"data/small.csv": "0" * 32})}, 3, "data/small.csv"),
        ({"saigen.state": "code=pushed; data=modified; note=data/small.csv"}, 3, "data/small.csv"),
    ],
)
def test_run_whose_tags_were_made_up_is_refused(
    colleague: Person, author: Person, lab: Lab, tags: dict[str, str], exit_code: int, said: str
) -> None:
    like = tags_of(author, lab.train("dice.py"))
    original = hostile(author, tags, like)
    before = runs_of(colleague)

    done = reproduce(colleague, original, "--yes")

    assert done.returncode == exit_code, done.stdout + done.stderr
    assert said in done.stderr
    assert runs_of(colleague) == before


def test_damaged_object_in_the_storage_is_refused_with_its_name(colleague: Person, author: Person) -> None:
    lab = Lab.open(with_shared_packages(author))
    original = lab.train("mean.py")
    pointer = (lab.clone / "data" / "small.csv.dvc").read_text()
    md5 = next(line.split()[-1] for line in pointer.splitlines() if "md5:" in line)
    lab.author.s3().put_object(Bucket="dvc", Key=f"demo/files/md5/{md5[:2]}/{md5[2:]}", Body=b"1\n2\n-1\n")

    done = reproduce(colleague, original, "--yes")

    assert done.returncode == 3, done.stdout + done.stderr
    assert "holds damaged objects, which were refused" in done.stderr
    assert f"data/small.csv ({md5})" in done.stderr


def test_training_that_fails_here_is_blocked_with_what_it_said(colleague: Person, lab: Lab) -> None:
    (lab.clone / "secret.txt").write_text("only here\n")
    (lab.clone / "src" / "local.py").write_text(
        "import mlflow\nmlflow.set_experiment('reproduce')\nwith mlflow.start_run() as run:\n"
        "    mlflow.log_metric('size', len(open('secret.txt').read()))\nprint('RUN', run.info.run_id)\n"
    )
    lab.author.run("git", "add", "src/local.py", cwd=lab.clone)
    lab.author.run("git", "commit", "--quiet", "-m", "Read a file that nobody else has", cwd=lab.clone)
    lab.author.run("git", "push", "--quiet", "origin", "HEAD", cwd=lab.clone)

    done = reproduce(colleague, lab.train("local.py"), "--yes")

    assert done.returncode == 3, done.stdout + done.stderr
    assert "No such file or directory: 'secret.txt'" in done.stderr


def test_wrong_secret_is_not_permitted(colleague: Person, lab: Lab) -> None:
    original = lab.train("dice.py")
    stranger = replace(colleague, exports={**colleague.exports, "MLFLOW_TRACKING_PASSWORD": "wrong"})

    done = reproduce(stranger, original, "--yes")

    assert done.returncode == 5, done.stderr
    assert "does not know you" in done.stderr


def test_unknown_run_is_blocked(colleague: Person) -> None:
    done = reproduce(colleague, "0" * 32, "--yes")

    assert done.returncode == 3, done.stderr
