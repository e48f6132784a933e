"""`saigen data gc --dry-run` on the shipped stack: what is called unneeded, and what never is."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from typing import Any

import pytest

from tests.integration.client.runs import Work, key, md5_of
from tests.integration.person import Person


@pytest.fixture
def work(captain: Person) -> Work:
    return Work.begin(captain)


def gc(work: Work, *options: str) -> subprocess.CompletedProcess[str]:
    command = ["saigen", "data", "gc", "--dry-run", "--older-than", "0", "--json", *options]
    return work.person.run(*command, cwd=work.clone, check=False)


def unneeded(work: Work, *options: str) -> set[str]:
    done = gc(work, *options)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return {one["key"] for one in found["unneeded"]}


@pytest.fixture
def lost_runs(work: Work) -> list[str]:
    """What other tests left: lost commits and hostile repositories. Somebody has to decide, and here the test does."""
    options: list[str] = []
    while True:
        said = gc(work, *options).stderr
        names = re.findall(r"^  (?:run )?(\S.*?): (?:the repository|nobody has its commit)", said, re.MULTILINE)
        if not names:
            return options
        options += [option for name in names for option in ("--leave-out", name)]


def put(work: Work, text: str) -> str:
    work.person.s3().put_object(Bucket="dvc", Key=key(md5_of(text)), Body=text.encode())
    return key(md5_of(text))


def test_an_object_that_nothing_names_is_unneeded_and_young_at_first(work: Work, lost_runs: list[str]) -> None:
    orphan = put(work, f"orphan {work.name}")
    assert orphan in unneeded(work, *lost_runs)
    assert orphan not in unneeded(work, *lost_runs, "--older-than", "14")


def test_data_of_old_commits_and_files_of_folders_are_needed(work: Work, lost_runs: list[str]) -> None:
    folder = work.add_folder({"a.txt": f"first {work.name}"})
    work.commit()
    work.add_folder({"a.txt": f"second {work.name}"})
    work.commit()
    needed = {key(folder), key(md5_of(f"first {work.name}")), key(md5_of(f"second {work.name}"))}
    assert needed & unneeded(work, *lost_runs) == set()


def test_data_of_a_deleted_run_is_needed(work: Work, lost_runs: list[str]) -> None:
    text = f"run {work.name}"
    put(work, text)
    run = work.log("", **{"saigen.data": json.dumps({"data/x": md5_of(text)})})
    work.person.api("POST", "runs/delete", json={"run_id": run}).raise_for_status()
    assert key(md5_of(text)) not in unneeded(work, *lost_runs)


def test_data_of_a_repository_that_no_run_names_is_needed(work: Work, lost_runs: list[str]) -> None:
    """A maintainer made it on the forge from a clone: it has the remote of the project that it came from."""
    text = f"copied {work.name}"
    put(work, text)
    copy = work.person.home / f"copy-{work.name}"
    work.person.run("git", "clone", "--quiet", str(work.clone), str(copy))
    pointer = f"outs:\n- md5: {md5_of(text)}\n  hash: md5\n  size: {len(text)}\n  path: copied.txt\n"
    (copy / "data" / "copied.txt.dvc").write_text(pointer)
    work.person.run("git", "add", "--all", "--force", cwd=copy)
    work.person.run("git", "commit", "--quiet", "-m", "Go on with a copy", cwd=copy)
    assert key(md5_of(text)) in unneeded(work, *lost_runs)
    made = work.person.request("POST", "git", "/api/v1/orgs/team/repos", json={"name": copy.name})
    made.raise_for_status()
    work.person.run("git", "push", "--quiet", made.json()["clone_url"], "HEAD:main", cwd=copy)

    assert key(md5_of(text)) not in unneeded(work, *lost_runs)


def test_a_folder_whose_list_is_nowhere_blocks(work: Work, lost_runs: list[str]) -> None:
    md5 = hashlib.md5(work.name.encode()).hexdigest()  # noqa: S324
    pointer = work.clone / "data" / "gone.dvc"
    pointer.write_text(f"outs:\n- md5: {md5}.dir\n  hash: md5\n  path: gone\n")
    work.git("add", "--all")
    work.git("commit", "--quiet", "-m", "A folder that was never pushed")
    done = gc(work, *lost_runs)
    assert done.returncode == 3
    assert md5 in done.stderr


def test_nothing_is_removed_without_a_dry_run_either(work: Work) -> None:
    done = work.person.run("saigen", "data", "gc", cwd=work.clone, check=False)
    assert done.returncode == 2
    assert "saigen data gc --dry-run" in done.stderr
