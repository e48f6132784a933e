"""A maintainer's override: on the disk before the push is let in, then a note on the commit that everyone can read."""

from __future__ import annotations

import os
import time
from dataclasses import replace

import pytest
from saigen_gate.overrides import FOLDER, Override, keep, publish

from saigen.branches.push import RefChange
from saigen.git.repository import Repository
from saigen.tags import OVERRIDES
from tests.unit.gate.conftest import commit


@pytest.fixture
def override(bare: Repository) -> Override:
    made = commit(bare, "Late at night", "refs/heads/stable/delay")
    return Override(
        "captain", "2026-11-25T09:00:00+00:00", "it burns", "refs/heads/stable/delay", None, made, ("a: b",)
    )


def note(repository: Repository, on: str) -> str:
    return repository.ask("notes", f"--ref={OVERRIDES}", "show", on) or ""


def change(one: Override) -> RefChange:
    return RefChange(one.ref, one.old, one.new)


def waiting(repository: Repository) -> list[str]:
    return sorted(path.name for path in (repository.root / FOLDER).glob("*.json"))


def test_what_was_kept_is_noted_on_the_commit_once(bare: Repository, override: Override) -> None:
    keep(bare.root, [override])
    assert publish(bare.root, [change(override)]) == [override]
    assert note(bare, override.commit).splitlines() == [
        "Override by captain, 2026-11-25T09:00:00+00:00",
        "Reason: it burns",
        "Ref: refs/heads/stable/delay, made",
        "Against: a: b",
    ]
    assert publish(bare.root, [change(override)]) == []
    assert waiting(bare) == []


def test_a_second_override_of_a_commit_stands_beside_the_first(bare: Repository, override: Override) -> None:
    again = replace(override, ref="refs/heads/stable/other", reason="it still burns")
    keep(bare.root, [override, again])
    publish(bare.root, [change(override), change(again)])
    reasons = [line for line in note(bare, override.commit).splitlines() if line.startswith("Reason")]
    assert sorted(reasons) == ["Reason: it burns", "Reason: it still burns"]


def test_a_deleted_branch_is_noted_on_what_it_was(bare: Repository, override: Override) -> None:
    gone = replace(override, old=override.new, new=None)
    keep(bare.root, [gone])
    publish(bare.root, [change(gone)])
    assert "Ref: refs/heads/stable/delay, deleted" in note(bare, override.commit)


def test_another_push_leaves_it_waiting(bare: Repository, override: Override) -> None:
    keep(bare.root, [override])
    assert publish(bare.root, [RefChange("refs/heads/other", None, override.new)]) == []
    assert len(waiting(bare)) == 1


def test_the_job_notes_what_was_left_behind_but_not_what_is_under_way(bare: Repository, override: Override) -> None:
    keep(bare.root, [override])
    assert publish(bare.root) == []
    long_ago = time.time() - 7200
    os.utime(bare.root / FOLDER / waiting(bare)[0], (long_ago, long_ago))
    assert publish(bare.root) == [override]


def test_a_push_that_was_not_let_in_leaves_no_note(bare: Repository, override: Override) -> None:
    keep(bare.root, [replace(override, new="3" * 40)])
    assert publish(bare.root, [RefChange(override.ref, None, "3" * 40)]) == []
    assert (waiting(bare), bare.ask("rev-parse", "--verify", "--quiet", OVERRIDES)) == ([], None)
