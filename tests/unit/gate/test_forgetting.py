"""Who may have what forgotten, and what is not taken again."""

from __future__ import annotations

import pytest
from saigen_gate.snapshots import judge_forgetting, judge_snapshots

from saigen.branches.push import RefChange
from saigen.git.repository import Repository
from tests.unit.gate.conftest import NOBODY, forget, snapshot


def test_any_other_ref_holds_a_commit_as_well(bare: Repository, main: str) -> None:
    doomed = snapshot(bare, "token", main)
    bare.run("update-ref", "refs/remotes/origin/x", doomed)  # as `git push --mirror` of a colleague leaves it
    change = RefChange(f"refs/saigen/forget/{doomed}", None, main)
    assert "refs/remotes/origin/x" in judge_forgetting(bare, [change], "maintainer")[0].why


@pytest.mark.parametrize("wish", ["the commit itself", "one with files", "one with a parent"])
def test_what_asks_for_it_must_not_hold_anything(bare: Repository, main: str, wish: str) -> None:
    doomed = snapshot(bare, "token", main)
    wishes = {
        "the commit itself": doomed,
        "one with files": snapshot(bare, "more", ref="refs/other/{}"),
        "one with a parent": bare.run(
            "commit-tree", f"{main}^{{tree}}", "-p", main, "-m", "Forget", environment=NOBODY
        ),
    }
    change = RefChange(f"refs/saigen/forget/{doomed}", None, wishes[wish])
    (refused,) = judge_forgetting(bare, [change], "maintainer")
    assert "without files and parents" in refused.why


def test_a_snapshot_on_top_of_a_forgotten_commit_is_not_taken(bare: Repository, main: str) -> None:
    doomed = snapshot(bare, "token", main)
    forget(bare, doomed)
    above = snapshot(bare, "more", doomed, ref="refs/other/{}")
    (refused,) = judge_snapshots(bare, None, [RefChange(f"refs/saigen/in/{above}", None, above)], "/bin/true")
    assert "a maintainer had it taken away" in refused.why


def test_only_a_maintainer_has_something_forgotten_and_no_part_of_a_branch(bare: Repository, main: str) -> None:
    doomed = snapshot(bare, "token", main)
    wanted = [RefChange(f"refs/saigen/forget/{doomed}", None, main)]
    assert [one.rule for one in judge_forgetting(bare, wanted, "member")] == ["forget"]
    assert judge_forgetting(bare, wanted, "maintainer") == []
    part = [RefChange(f"refs/saigen/forget/{main}", None, main)]
    assert "below refs/heads/main" in judge_forgetting(bare, part, "maintainer")[0].why


def test_what_was_forgotten_is_not_taken_again(bare: Repository, main: str) -> None:
    doomed = snapshot(bare, "token", main)
    forget(bare, doomed)
    (refused,) = judge_snapshots(bare, None, [RefChange(f"refs/saigen/in/{doomed}", None, doomed)], "/bin/true")
    assert "a maintainer had it taken away" in refused.why
