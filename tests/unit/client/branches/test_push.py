"""The rules of branches: what a push is refused for, and that its fix is accepted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from saigen.branches.push import Pusher, RefChange, judge_push
from saigen.git.repository import Repository
from saigen.project import parse_project
from tests.unit.client.branches.pushes import MAINTAINER, MEMBER, RULES, Clone, clone_of_new, git

DATA = "data/flights.csv.dvc"


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return clone_of_new(tmp_path)


def raw(clone: Clone, branch: str = "data/raw") -> str:
    """Data on a raw branch of the remote. The commit."""
    clone.switch(branch)
    commit = clone.commit(DATA, message=f"January\n\nSource: the airport, for {branch}")
    clone.push(branch)
    return commit


def rules(clone: Clone, *branches: str, who: Pusher = MEMBER) -> list[str]:
    """The rules that a push of these branches breaks."""
    return [refusal.rule for refusal in clone.judge(*branches, who=who)]


# ---- where data came from


def test_data_on_raw_without_a_source_is_refused_and_with_one_accepted(clone: Clone) -> None:
    clone.switch("data/raw")
    clone.commit(DATA, message="January")
    (refusal,) = clone.judge("data/raw")
    assert refusal.rule == "origin"
    assert DATA in refusal.what
    clone.follow(refusal)
    clone.push("data/raw")


def test_a_source_is_added_to_an_earlier_commit_as_well(clone: Clone) -> None:
    clone.switch("data/raw")
    clone.commit(DATA, message="January")
    clone.commit("data/more.csv.dvc", message="February\n\nSource: the airport")
    (refusal,) = clone.judge("data/raw")
    clone.follow(refusal)
    clone.push("data/raw")


def test_what_people_write_beside_data_needs_no_source(clone: Clone) -> None:
    clone.switch("data/raw")
    clone.commit("data/README.md", "data/.gitignore", "pipeline/clean.py", message="Describe it")
    clone.push("data/raw")


def test_data_taken_from_another_branch_needs_no_source(clone: Clone) -> None:
    taken = raw(clone, "data/raw/acme")
    clone.switch("data/raw/birds")
    clone.commit(DATA, message=f"Take it\n\nTaken-from: data/raw/acme@{taken}")
    clone.push("data/raw/birds")


@pytest.mark.parametrize("said", ["data/raw/acme@1234", "data/raw/acme@" + "0" * 40, "data/nowhere@" + "0" * 40, "x"])
def test_data_taken_from_nowhere_is_refused(clone: Clone, said: str) -> None:
    raw(clone, "data/raw/acme")
    clone.switch("data/raw/birds")
    clone.commit(DATA, message=f"Take it\n\nTaken-from: {said}")
    assert rules(clone, "data/raw/birds") == ["origin"]


def test_data_on_clean_that_is_not_derived_from_raw_is_refused_and_from_raw_accepted(clone: Clone) -> None:
    raw(clone)
    clone.switch("data/clean")
    clone.commit("dvc.lock", message="Clean")
    (missing,) = clone.judge("data/clean")
    assert "Derived-from" in missing.why
    git(clone.root, "commit", "--quiet", "--amend", "--no-edit", "--trailer", "Derived-from: data/raw")
    (wrong,) = clone.judge("data/clean")
    assert "full id" in wrong.why
    git(clone.root, "fetch", "--quiet")
    clone.follow(wrong)
    clone.push("data/clean")
    clone.commit("dvc.lock", content="2\n", message="Clean\n\nDerived-from: " + "0" * 40)
    assert rules(clone, "data/clean") == ["origin"]


def test_data_of_a_line_is_derived_from_the_same_line(clone: Clone) -> None:
    other, own = raw(clone, "data/raw/birds"), raw(clone, "data/raw/acme")
    clone.switch("data/clean/acme")
    clone.commit("dvc.lock", message=f"Clean\n\nDerived-from: {other}")
    (refusal,) = clone.judge("data/clean/acme")
    assert "expected a commit of data/raw/acme" in refusal.why
    git(clone.root, "commit", "--quiet", "--amend", "-m", f"Clean\n\nDerived-from: {own}")
    clone.push("data/clean/acme")


def test_a_line_without_raw_data_of_its_own_is_derived_from_that_of_all(clone: Clone) -> None:
    shared = raw(clone)
    clone.switch("data/clean/acme")
    clone.commit("dvc.lock", message=f"Clean\n\nDerived-from: {shared}")
    clone.push("data/clean/acme")


def test_raw_and_clean_may_be_pushed_together(clone: Clone) -> None:
    clone.switch("data/raw")
    commit = clone.commit(DATA, message="January\n\nSource: the airport")
    clone.switch("data/clean", "data/raw")
    clone.commit("dvc.lock", message=f"Clean\n\nDerived-from: {commit}")
    clone.push("data/clean", "data/raw")


def test_predictions_name_a_model_that_was_released(clone: Clone) -> None:
    clone.switch("monitor/prod")
    clone.commit("monitoring/predictions.dvc", message="A day")
    assert rules(clone, "monitor/prod") == ["origin"]
    git(clone.root, "commit", "--quiet", "--amend", "--no-edit", "--trailer", "Model: acme-1")
    (refusal,) = clone.judge("monitor/prod")
    assert "no such tag" in refusal.why
    git(clone.root, "tag", "acme-1", "main")
    git(clone.root, "push", "--quiet", "origin", "acme-1")
    clone.push("monitor/prod")


# ---- what may be written where


def test_code_on_raw_is_refused_and_on_dev_accepted(clone: Clone) -> None:
    raw(clone)
    clone.commit("src/train.py", message="Train")
    clone.commit("data/more.csv.dvc", message="More\n\nSource: the airport")
    (refusal,) = clone.judge("data/raw")
    assert refusal.rule == "writes"
    clone.follow(refusal, NAME="ada")
    clone.push("dev/ada", "data/raw")
    assert git(clone.root, "show", "--name-only", "--format=", "dev/ada") == "src/train.py"


def test_data_written_on_stable_is_refused(clone: Clone) -> None:
    clone.switch("stable/delay")
    clone.commit("data/new.csv", message="Some rows")
    (refusal,) = clone.judge("stable/delay")
    assert "saigen data ingest" in refusal.next


def test_what_main_holds_may_be_merged_into_a_data_branch(clone: Clone) -> None:
    raw(clone)
    clone.switch("main")
    clone.commit("src/train.py", "README.md", message="Begin")
    clone.push("main", who=MAINTAINER)
    clone.switch("data/raw")
    git(clone.root, "merge", "--quiet", "--no-edit", "main")
    clone.push("data/raw")


def test_what_dev_holds_may_not_be_merged_into_a_data_branch(clone: Clone) -> None:
    raw(clone)
    clone.switch("dev/ada")
    clone.commit("src/train.py")
    clone.push("dev/ada")
    clone.switch("data/raw")
    git(clone.root, "merge", "--quiet", "--no-edit", "dev/ada")
    assert rules(clone, "data/raw") == ["writes"]


def test_code_on_stable_comes_by_merging_from_dev(clone: Clone) -> None:
    clone.switch("stable/delay")
    clone.commit("src/train.py", message="By hand")
    (refusal,) = clone.judge("stable/delay")
    assert refusal.rule == "writes"
    clone.follow(refusal, NAME="ada")
    clone.push("dev/ada")
    clone.switch("stable/delay")
    git(clone.root, "merge", "--quiet", "--no-edit", "--no-ff", "dev/ada")
    clone.commit("models/model.dvc", "MODEL_CARD.md", "metrics.json", message="Release")
    clone.push("stable/delay")


def test_a_squashed_pull_request_on_stable_is_refused_with_the_other_way(clone: Clone) -> None:
    clone.switch("stable/delay")
    clone.commit("src/train.py", message="Squashed")
    (refusal,) = clone.judge("stable/delay", who=replace(MEMBER, merging=True))
    assert "merge commit" in refusal.next


def two_devs(clone: Clone, first: str, second: str) -> None:
    """Two dev branches that changed the same file, the first of them merged into stable."""
    clone.switch("dev/base")
    clone.commit("src/train.py", content="".join(f"{number}\n" for number in range(20)))
    clone.push("dev/base")
    for name, content in (("dev/one", first), ("dev/two", second)):
        clone.switch(name, "dev/base")
        clone.commit("src/train.py", content=content)
        clone.push(name)
    clone.switch("stable/delay", "dev/one")


LINES = [f"{number}\n" for number in range(20)]


def test_what_git_merges_of_two_dev_branches_is_accepted_on_stable(clone: Clone) -> None:
    two_devs(clone, "".join(["first\n", *LINES]), "".join([*LINES, "last\n"]))
    git(clone.root, "merge", "--quiet", "--no-edit", "dev/two")
    clone.push("stable/delay")


def test_code_slipped_into_a_merge_is_refused(clone: Clone) -> None:
    two_devs(clone, "".join(["first\n", *LINES]), "".join([*LINES, "last\n"]))
    git(clone.root, "merge", "--quiet", "--no-commit", "dev/two")
    clone.commit("src/train.py", "src/new.py", content="by hand\n", message="Merge dev/two")
    (refusal,) = clone.judge("stable/delay")
    assert "src/new.py, src/train.py" in refusal.what


def test_two_who_brought_data_may_merge_it(clone: Clone) -> None:
    raw(clone)
    for branch in ("hers", "data/raw"):
        clone.switch(branch, "data/raw")
        clone.commit(DATA, content=f"{branch}\n", message="More\n\nSource: the airport")
    git(clone.root, "merge", "--quiet", "--no-commit", "--strategy=ours", "hers")
    clone.commit(DATA, content="both\n", message="Merge hers")
    clone.push("data/raw")


def test_a_merge_that_brings_data_of_its_own_needs_a_source(clone: Clone) -> None:
    raw(clone)
    clone.switch("main")
    clone.commit("README.md")
    clone.push("main", who=MAINTAINER)
    clone.switch("data/raw")
    git(clone.root, "merge", "--quiet", "--no-commit", "--no-ff", "main")
    clone.commit("data/slipped-in.csv.dvc", message="Merge main")
    assert rules(clone, "data/raw") == ["origin"]


def test_two_branches_of_one_kind_do_not_vouch_for_each_other(clone: Clone) -> None:
    clone.switch("data/raw/acme")
    clone.commit("src/train.py")
    clone.switch("data/raw/birds", "data/raw/acme")
    assert rules(clone, "data/raw/acme", "data/raw/birds") == ["writes"]


# ---- main


def test_code_on_main_by_a_member_is_refused_and_by_a_maintainer_accepted(clone: Clone) -> None:
    clone.commit("src/train.py", message="Train")
    (refusal,) = clone.judge("main")
    assert refusal.rule == "writes"
    clone.follow(refusal, NAME="ada")
    assert git(clone.remote, "rev-parse", "dev/ada") == git(clone.root, "rev-parse", "main")
    clone.push("main", who=MAINTAINER)


def test_results_on_main_are_appended_by_a_member_and_not_changed(clone: Clone) -> None:
    clone.commit("tracking/runs.json", content='[{"run_id": "a", "rmse": 2}]\n', message="One")
    clone.commit("tracking/runs.json", content='[{"rmse": 2, "run_id": "a"}, {"run_id": "b"}]\n', message="Two")
    clone.push("main")
    clone.commit("tracking/runs.json", content='[{"run_id": "a", "rmse": 1}, {"run_id": "b"}]\n', message="Better")
    (refusal,) = clone.judge("main")
    assert refusal.rule == "appends"
    assert "entry 1 of 2" in refusal.why
    clone.push("main", who=MAINTAINER)


def test_results_appended_by_two_may_be_merged(clone: Clone) -> None:
    clone.commit("tracking/runs.json", content='[{"run_id": "a"}]')
    clone.switch("hers", "main")
    clone.commit("tracking/runs.json", content='[{"run_id": "a"}, {"run_id": "b"}]')
    clone.switch("main")
    clone.commit("tracking/runs.json", content='[{"run_id": "a"}, {"run_id": "c"}]')
    git(clone.root, "merge", "--quiet", "--no-commit", "--strategy=ours", "hers")
    clone.commit("tracking/runs.json", content='[{"run_id": "a"}, {"run_id": "b"}, {"run_id": "c"}]')
    clone.push("main")


def test_results_removed_in_a_merge_are_refused(clone: Clone) -> None:
    clone.commit("tracking/runs.json", content='[{"run_id": "a"}]')
    clone.switch("hers", "main")
    clone.commit("tracking/runs.json", content='[{"run_id": "a"}, {"run_id": "b"}]')
    clone.switch("main")
    clone.commit("tracking/runs.json", content='[{"run_id": "a"}, {"run_id": "c"}]')
    git(clone.root, "merge", "--quiet", "--no-commit", "--strategy=ours", "hers")
    clone.commit("tracking/runs.json", content='[{"run_id": "a"}, {"run_id": "c"}]', message="Merge hers")
    git(clone.root, "rm", "--quiet", "tracking/runs.json")
    clone.commit(message="Away")
    assert rules(clone, "main") == ["appends"]


FREE_MAIN = '[project]\nname = "birds"\n[branches.raw]\n'


def test_the_rules_on_a_free_default_branch_are_a_maintainers(tmp_path: Path) -> None:
    clone = clone_of_new(tmp_path, FREE_MAIN)
    clone.commit("src/train.py")
    clone.push("main")
    clone.commit("saigen.toml", content=RULES)
    (refusal,) = clone.judge("main")
    assert refusal.rule == "rules"
    clone.follow(refusal, NAME="ada")
    clone.push("main", who=MAINTAINER)


def test_a_data_branch_begins_at_a_free_default_branch(tmp_path: Path) -> None:
    clone = clone_of_new(tmp_path, FREE_MAIN)
    clone.commit("src/train.py")
    clone.push("main")
    raw(clone)


# ---- branches that only grow


@pytest.mark.parametrize(
    "branch", ["main", "data/raw", "data/clean/acme", "data/split", "stable/delay", "monitor/prod"]
)
def test_a_branch_that_others_build_on_neither_goes_back_nor_away(clone: Clone, branch: str) -> None:
    start = git(clone.root, "rev-parse", "main")
    clone.switch(branch)
    tip = clone.commit(message="Nothing yet")
    git(clone.root, "push", "--quiet", "origin", branch)
    there = Repository(clone.remote)
    back, away = RefChange(f"refs/heads/{branch}", tip, start), RefChange(f"refs/heads/{branch}", tip, None)
    assert [one.rule for one in judge_push(there, clone.project, [back], MAINTAINER)] == ["force"]
    assert [one.rule for one in judge_push(there, clone.project, [away], MAINTAINER)] == ["delete"]


@pytest.mark.parametrize("branch", ["dev/ada", "ds/forward", "whatever"])
def test_other_branches_are_their_authors(clone: Clone, branch: str) -> None:
    start = git(clone.root, "rev-parse", "main")
    clone.switch(branch)
    tip = clone.commit("src/train.py", "data/x.csv.dvc", "models/m.dvc")
    clone.push(branch)
    there = Repository(clone.remote)
    for new in (start, None):
        assert judge_push(there, clone.project, [RefChange(f"refs/heads/{branch}", tip, new)], MEMBER) == []


def test_without_branches_in_the_file_everything_goes(clone: Clone) -> None:
    free = replace(clone, project=parse_project('[project]\nname = "birds"\n'))
    clone.commit("src/train.py", "saigen.toml", "data/x.csv", content="1\n")
    free.push("main")


# ---- what is said


def test_nothing_that_others_wrote_reaches_the_terminal_as_it_is(clone: Clone) -> None:
    clone.switch("data/raw")
    clone.commit("src/\x1b[31mtrain.py", message="Red \x1b[31m\x01" + "0" * 40)
    (refusal,) = clone.judge("data/raw")
    assert "\x1b" not in "".join((refusal.what, refusal.why, refusal.next))
    assert "?[31mtrain.py" in refusal.what
