"""`saigen audit` on the shipped stack: what can be reproduced, and what is missing by name."""

from __future__ import annotations

import json
import uuid

import pytest

from tests.integration.client.runs import Work, audit, demo_run, key, md5_of
from tests.integration.declared import by_hand
from tests.integration.person import Person
from tests.integration.stack import Stack


@pytest.fixture
def work(author: Person) -> Work:
    return Work.begin(author)


def lose(platform: Stack, md5: str) -> None:
    """Delete an object, as only the storage's root account can."""
    by_hand(platform, f"storage._s3.remove_object(bucket_name='dvc', object_name='{key(md5)}')")


def reasons(found: dict[str, object]) -> str:
    return json.dumps(found["reasons"])


def test_the_demos_run_can_be_reproduced_by_its_commit(reviewer: Person) -> None:
    done = reviewer.run("saigen", "audit", "--json", "--experiment", "demo", check=False)
    found = {one["run"]: one for one in json.loads(done.stdout)["runs"]}[demo_run(reviewer)]
    assert (found["outcome"], found["reasons"]) == ("by commit", [])


def test_a_complete_run_passes_and_the_second_audit_says_the_same(work: Work) -> None:
    work.add_folder({"a.txt": "one", "b/c.txt": "two"})
    run = work.log(work.commit())
    first = audit(work.person, work.name)
    assert first[run]["outcome"] == "by commit"
    assert audit(work.person, work.name) == first


def test_a_deleted_object_is_named_with_its_run(platform: Stack, work: Work) -> None:
    md5 = work.add_file(f"a,b\n1,{work.name}\n")
    run = work.log(work.commit())
    assert audit(work.person, work.name)[run]["outcome"] == "by commit"
    lose(platform, md5)
    found = audit(work.person, work.name, expect=1)[run]
    assert "data/table.csv" in reasons(found)
    assert f"s3://dvc/{key(md5)}" in reasons(found)


def test_a_deleted_file_of_a_folder_is_named(platform: Stack, work: Work) -> None:
    lost = f"two of {work.name}"
    work.add_folder({"a.txt": "one", "b.txt": lost})
    run = work.log(work.commit())
    lose(platform, md5_of(lost))
    found = audit(work.person, work.name, expect=1)[run]
    assert "data/notes: 1 of 2 files: b.txt" in reasons(found)


def test_data_that_was_never_pushed_is_named(work: Work) -> None:
    work.add_folder({"a.txt": f"never {work.name}"}, push=False)
    run = work.log(work.record())
    assert "data missing in the storage" in reasons(audit(work.person, work.name, expect=1)[run])
    work.person.run("dvc", "push", cwd=work.clone)  # a list that is nowhere would block everybody's gc


def test_one_file_of_many_that_was_deleted_is_named(platform: Stack, work: Work) -> None:
    lost = f"250 of {work.name}"
    work.add_folder({f"{number}.txt": f"{number} of {work.name}" for number in range(300)})
    run = work.log(work.commit())
    assert audit(work.person, work.name)[run]["reasons"] == []
    lose(platform, md5_of(lost))
    assert "data/notes: 1 of 300 files: 250.txt" in reasons(audit(work.person, work.name, expect=1)[run])


def test_only_the_data_that_a_run_recorded_counts(work: Work) -> None:
    used = work.add_file(f"used,{work.name}\n", "data/used.csv")
    work.add_file(f"other,{work.name}\n", "data/other.csv", push=False)
    run = work.log(work.record(), **{"saigen.data": json.dumps({"data/used.csv": used})})
    assert audit(work.person, work.name)[run]["reasons"] == []


def test_a_commit_that_was_never_pushed_is_named(work: Work) -> None:
    commit = work.commit(push=False)
    run = work.log(commit)
    assert f"team/demo has no commit {commit[:12]}" in reasons(audit(work.person, work.name, expect=1)[run])


def test_a_submodule_of_a_submodule_that_nobody_can_fetch_is_named(work: Work) -> None:
    gone = "0" * 24 + uuid.uuid4().hex[:16]
    inner = with_submodule(work, "vendor/gone", "template", gone)
    run = work.log(with_submodule(work, "vendor/inner", "demo", inner))
    found = audit(work.person, work.name, expect=1)[run]
    assert f"vendor/inner: in it vendor/gone: team/template has no commit {gone[:12]}" in reasons(found)


def with_submodule(work: Work, path: str, repository: str, commit: str) -> str:
    """Commit a submodule alone at a commit of a repository of the team, and push it; returns the commit."""
    work.git("rm", "--quiet", "--cached", "--ignore-unmatch", "-r", "vendor")
    said = f'[submodule "{path}"]\n\tpath = {path}\n\turl = ../{repository}.git\n'
    (work.clone / ".gitmodules").write_text(said)
    work.git("add", ".gitmodules")
    work.git("update-index", "--add", "--cacheinfo", f"160000,{commit},{path}")
    work.git("commit", "--quiet", "-m", "Vendor")
    work.git("push", "--quiet", "origin", "HEAD")
    return work.git("rev-parse", "HEAD")


@pytest.mark.parametrize("folded", [False, True], ids=["as it came", "folded"])
def test_a_snapshot_is_found_by_its_id(platform: Stack, work: Work, reviewer: Person, folded: bool) -> None:
    commit = work.record()
    if folded:
        said = platform.compose("exec", "-T", "git", "saigen-git", "fold", "1").stdout
        assert "fold team/demo: " in said
    missing = "0" * 24 + uuid.uuid4().hex[:16]
    run, lost = work.log(commit), work.log(missing)
    found = audit(reviewer, work.name, expect=1)
    assert found[run]["reasons"] == []
    assert missing[:12] in reasons(found[lost])


def test_a_damaged_object_is_found_by_a_deep_audit(work: Work) -> None:
    text = f"right,{work.name}\n"
    md5 = work.add_file(text)
    run = work.log(work.commit())
    work.person.s3().put_object(Bucket="dvc", Key=key(md5), Body=text.replace("right", "wrong").encode())
    assert audit(work.person, work.name)[run]["reasons"] == []
    assert "data damaged" in reasons(audit(work.person, work.name, "--deep", expect=1)[run])


def test_an_object_of_another_size_is_found_without_downloading(work: Work) -> None:
    md5 = work.add_file(f"right,{work.name}\n")
    run = work.log(work.commit())
    work.person.s3().put_object(Bucket="dvc", Key=key(md5), Body=b"short")
    assert "data of another size" in reasons(audit(work.person, work.name, expect=1)[run])


def test_a_reproduction_is_evidence_for_its_run(work: Work, reviewer: Person) -> None:
    run = work.log(work.commit())
    again = Work(reviewer, reviewer.home, work.name)
    repeated = again.log("", **{"saigen.reproduces": run, "saigen.verdict": "reproduced"})
    found = audit(work.person, work.name)
    assert found[run]["evidence"] == [{"run": repeated, "author": "reviewer", "verdict": "reproduced"}]
    assert list(found) == [run]


def test_a_hostile_repository_is_not_asked(work: Work) -> None:
    run = work.log("a" * 40, **{"mlflow.source.git.repoURL": "http://127.0.0.1:9/evil.git"})
    found = audit(work.person, work.name, expect=3)[run]
    assert found["outcome"] == "undecided"
    assert "not on a host that you trust" in reasons(found)


def test_people_read_a_table_that_names_what_is_missing(work: Work) -> None:
    run = work.log("a" * 40)
    done = work.person.run("saigen", "audit", "--experiment", work.name, check=False)
    assert done.returncode == 1
    assert run in done.stdout
    assert "commit missing: team/demo has no commit aaaaaaaaaaaa" in done.stdout
    assert "0 of 1 runs can be reproduced now" in done.stdout


def test_an_unknown_experiment_blocks(author: Person) -> None:
    done = author.run("saigen", "audit", "--experiment", "no-such-experiment", check=False)
    assert done.returncode == 3
    assert "no experiment 'no-such-experiment'" in done.stderr


def test_a_wrong_filter_is_wrong_usage(author: Person) -> None:
    assert author.run("saigen", "audit", "--filter", "what is this", check=False).returncode == 2
