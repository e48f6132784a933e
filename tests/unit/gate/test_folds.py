"""What a fold is, and what it holds."""

from __future__ import annotations

from hashlib import sha1, sha256

import pytest

from saigen.folds import EMPTY_TREE, fold_text, is_fold, unfolded


@pytest.mark.parametrize("length", [40, 64])
def test_a_fold_is_recognised_by_its_whole_content(length: int) -> None:
    parents = ["a" * length, "b" * length]
    text = fold_text(EMPTY_TREE[length], parents)
    commit = (sha1 if length == 40 else sha256)(b"commit %d\0" % len(text) + text).hexdigest()
    assert is_fold(commit, parents)
    assert not is_fold(commit, parents[:1])
    assert not is_fold("c" * length, parents)


def test_what_folds_of_folds_hold_is_found_once() -> None:
    def made(*parents: str) -> str:
        text = fold_text(EMPTY_TREE[64], parents)
        return sha256(b"commit %d\0" % len(text) + text).hexdigest()

    one, two, three = ("1" * 64, "2" * 64, "3" * 64)
    inner = made(one, two)
    outer = made(inner, two, three)
    parents = {outer: [inner, two, three], inner: [one, two], one: [three], two: [], three: []}
    assert unfolded([outer, one], lambda level: {commit: parents[commit] for commit in level}) == {one, two, three}
