"""The id of a data state: its Git tag, or the tag before it and the first seven characters of its hash."""

import subprocess
import sys

import pytest

from data_version import Data, data_version, read_data
from problem import Problem


def version_of(sandbox) -> str:
    """Return the id of the dataset `fruit` as it is now."""
    return data_version(sandbox.root, [read_data(sandbox.root, "fruit", "data/fruit.csv")])


def test_named_state_has_the_name_of_its_tag(sandbox):
    sandbox.record("a\n1\n", tag="fruit_v1")
    assert version_of(sandbox) == "fruit_v1"


def test_unnamed_state_has_the_name_before_it_and_its_hash(sandbox):
    sandbox.record("a\n1\n", tag="fruit_v1")
    md5 = sandbox.record("a\n2\n")
    assert version_of(sandbox) == f"fruit_v1+{md5[:7]}"


def test_state_before_the_first_name_counts_from_zero(sandbox):
    md5 = sandbox.record("a\n1\n")
    assert version_of(sandbox) == f"fruit_v0+{md5[:7]}"


def test_data_that_went_back_has_its_old_name_again(sandbox):
    sandbox.record("a\n1\n", tag="fruit_v1")
    sandbox.record("a\n2\n", tag="fruit_v2")
    sandbox.record("a\n1\n")
    assert version_of(sandbox) == "fruit_v1"


def test_new_code_on_the_same_data_keeps_the_name(sandbox):
    sandbox.record("a\n1\n", tag="fruit_v1")
    sandbox.git("commit", "--allow-empty", "-m", "Change code")
    assert version_of(sandbox) == "fruit_v1"


def test_version_ten_comes_after_version_nine(sandbox):
    sandbox.record("a\n9\n", tag="fruit_v9")
    sandbox.record("a\n10\n", tag="fruit_v10")
    md5 = sandbox.record("a\n11\n")
    assert version_of(sandbox) == f"fruit_v10+{md5[:7]}"


def test_newer_version_on_another_branch_is_not_the_one_before(sandbox):
    sandbox.record("a\n1\n", tag="fruit_v1")
    sandbox.git("checkout", "--quiet", "-b", "other")
    sandbox.record("a\n2\n", tag="fruit_v2")
    sandbox.git("checkout", "--quiet", "-")
    md5 = sandbox.record("a\n3\n")
    assert version_of(sandbox) == f"fruit_v1+{md5[:7]}"


@pytest.mark.parametrize("tag", ["fruit_v1-draft", "fruit_v01", "dried-fruit_v7", "fruit-2", "v3"])
def test_other_tags_name_no_version_of_it(sandbox, tag):
    md5 = sandbox.record("a\n1\n", tag=tag)
    assert version_of(sandbox) == f"fruit_v0+{md5[:7]}"


def test_several_datasets_are_joined_by_comma_and_sorted(sandbox):
    pear = sandbox.record("a\n1\n", tag="pear_v1", path="data/pear.csv")
    apple = sandbox.record("a\n2\n", tag="apple_v4", path="data/apple.csv")
    used = [Data("pear", "data/pear.csv", pear), Data("apple", "data/apple.csv", apple)]
    assert data_version(sandbox.root, used) == "apple_v4,pear_v1"


def test_data_that_differs_from_its_pointer_has_its_own_hash(sandbox):
    sandbox.record("a\n1\n", tag="fruit_v1")
    sandbox.write("data/fruit.csv", "a\n2\n")
    changed = read_data(sandbox.root, "fruit", "data/fruit.csv")
    assert changed.changed
    assert version_of(sandbox) == f"fruit_v1+{changed.md5[:7]}"


def test_absent_data_is_a_problem_that_names_dvc_pull(sandbox):
    sandbox.record("a\n1\n")
    (sandbox.root / "data" / "fruit.csv").unlink()
    with pytest.raises(Problem, match="next: dvc pull"):
        version_of(sandbox)


def test_data_without_a_pointer_is_a_problem_that_names_dvc_add(sandbox):
    sandbox.write("data/fruit.csv", "a\n1\n")
    with pytest.raises(Problem, match="next: dvc add data/fruit.csv"):
        version_of(sandbox)


def test_dvc_writes_the_hash_that_we_compute(sandbox):
    dvc = [sys.executable, "-m", "dvc"]
    sandbox.write("data/fruit.csv", "a\n1\n2\n")
    subprocess.run([*dvc, "init", "--quiet"], cwd=sandbox.root, check=True)
    subprocess.run([*dvc, "config", "core.analytics", "false"], cwd=sandbox.root, check=True)
    (sandbox.root / ".gitignore").unlink()
    subprocess.run([*dvc, "add", "--quiet", "data/fruit.csv"], cwd=sandbox.root, check=True)
    assert not read_data(sandbox.root, "fruit", "data/fruit.csv").changed


def test_data_that_the_project_keeps_on_its_own_branch_is_taken_from_there(sandbox):
    sandbox.git("branch", "data/split")
    with pytest.raises(Problem, match="next: saigen data take data/split data/split"):
        read_data(sandbox.root, "fruit", "data/fruit.csv")
