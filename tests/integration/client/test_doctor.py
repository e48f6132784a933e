"""`saigen doctor` on the shipped stack: all is well, or it says what is not and what to do."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.integration.client.runs import Work
from tests.integration.person import Person


@pytest.fixture(scope="module")
def clone(author: Person) -> Path:
    return Work.begin(author).clone


def diagnosis(person: Person, folder: Path, expect: int) -> dict[str, dict[str, Any]]:
    done = person.run("saigen", "doctor", "--json", cwd=folder, check=False)
    assert done.returncode == expect, done.stdout + done.stderr
    return {check["name"]: check for check in json.loads(done.stdout)["checks"]}


def but(person: Person, **exports: str) -> Person:
    """The same person with other variables."""
    return replace(person, exports={**person.exports, **exports})


def test_a_member_in_a_project_is_well(author: Person, clone: Path) -> None:
    found = diagnosis(author, clone, expect=0)
    assert found["tracking"]["found"] == "answers author"
    assert found["git"]["level"] == found["storage"]["level"] == found["clock"]["level"] == "good"
    assert found["round trip"]["found"].endswith("was written and read")
    assert found["client"]["level"] == "good"


def test_a_second_time_writes_nothing_new(author: Person, clone: Path) -> None:
    diagnosis(author, clone, expect=0)
    where = {check["name"]: check for check in diagnosis(author, clone, expect=0).values()}["round trip"]["found"]
    key = where.split()[0].removeprefix("s3://dvc/")
    versions = author.s3().get_object(Bucket="dvc", Key=key)
    assert versions["ContentLength"] == 92


def test_a_wrong_password_is_said_and_is_5(author: Person, clone: Path) -> None:
    found = diagnosis(but(author, MLFLOW_TRACKING_PASSWORD="wrong"), clone, expect=5)
    assert "name or password is wrong" in found["tracking"]["found"]
    assert "saigen login" in found["tracking"]["fix"]


def test_a_wrong_storage_key_is_said_and_is_5(author: Person, clone: Path) -> None:
    found = diagnosis(but(author, AWS_SECRET_ACCESS_KEY="wrong-wrong-wrong"), clone, expect=5)
    assert found["storage"]["level"] == "bad"


def test_a_wrong_git_password_is_said_and_is_5(author: Person, clone: Path) -> None:
    found = diagnosis(but(author, GIT_CONFIG_COUNT="0"), clone, expect=5)
    assert "does not let you read" in found["git"]["found"]


def test_a_service_that_is_not_there_is_4(author: Person, clone: Path) -> None:
    found = diagnosis(but(author, MLFLOW_TRACKING_URI="http://127.0.0.1:9"), clone, expect=4)
    assert "does not answer" in found["tracking"]["found"]
    assert found["client"]["level"] == "skipped"


def test_somebody_elses_project_is_refused_by_the_storage(outsider: Person) -> None:
    folder = outsider.home / "not-mine"
    (folder / ".dvc").mkdir(parents=True)
    outsider.run("git", "init", "--quiet", cwd=folder)
    (folder / ".dvc" / "config").write_text("[core]\n remote = r\n['remote \"r\"']\n url = s3://dvc/flights\n")
    found = diagnosis(outsider, folder, expect=5)
    assert "the storage refuses" in found["storage"]["found"]


def test_a_viewer_is_told_that_data_can_only_be_read(watcher: Person) -> None:
    found = diagnosis(watcher, watcher.clone("flights"), expect=0)
    assert found["round trip"]["level"] == "note"


def test_outside_of_a_project_the_services_alone_are_asked(author: Person) -> None:
    found = diagnosis(author, author.home, expect=0)
    assert found["git"]["level"] == found["round trip"]["level"] == "skipped"
    assert found["storage"]["level"] == "good"


def test_people_read_a_fix_below_each_failure(author: Person, clone: Path) -> None:
    said = but(author, MLFLOW_TRACKING_PASSWORD="wrong").run("saigen", "doctor", cwd=clone, check=False).stdout
    assert "FAIL  tracking" in said
    assert "fix: saigen login URL" in said
