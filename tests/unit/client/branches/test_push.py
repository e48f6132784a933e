"""The rules of branches: what a push is refused for, and that its fix is accepted."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.unit.client.branches.pushes import Clone, clone_of_new


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return clone_of_new(tmp_path)


def test_data_on_raw_without_a_source_is_refused_and_with_one_accepted(clone: Clone) -> None:
    clone.switch("data/raw")
    clone.commit("data/flights.csv.dvc", message="January")
    (refusal,) = clone.judge("data/raw")
    assert refusal.rule == "origin"
    assert "data/flights.csv.dvc" in refusal.what
    assert refusal.next.startswith('git commit --amend --no-edit --trailer "Source: ')
    subprocess.run(refusal.next, shell=True, cwd=clone.root, check=True, capture_output=True)  # noqa: S602
    clone.push("data/raw")
