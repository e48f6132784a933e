"""Pointers that anybody may have written."""

from __future__ import annotations

from contextlib import suppress

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from saigen.data.pointer import read_outputs
from saigen.errors import BlockedError

KEYS = st.sampled_from(["stages", "outs", "deps", "path", "md5", "repo", "wdir", "do", "train", "size"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["a", "", "data/a.csv", "0" * 32]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


@given(VALUES, VALUES, VALUES)
def test_whatever_yaml_holds_is_read_or_refused(pointer: object, lock: object, stages: object) -> None:
    files = {"a.csv.dvc": pointer, "dvc.lock": lock, "dvc.yaml": stages}
    for name, value in files.items():
        with suppress(BlockedError):
            read_outputs({name: yaml.safe_dump(value).encode()})
    with suppress(BlockedError):
        read_outputs({"dvc.lock": yaml.safe_dump(lock).encode(), "dvc.yaml": yaml.safe_dump(stages).encode()})


@pytest.mark.parametrize(
    "content",
    [
        b"outs: 2013-99-99",
        b"\xff\xfe",
        b"[" * 3000,
        b"outs: !!python/object:a.B {}",
        b"? [a]\n: 1",
    ],
    ids=repr,
)
def test_what_is_no_table_is_refused(content: bytes) -> None:
    for name in ("a.csv.dvc", "dvc.lock"):
        with pytest.raises(BlockedError):
            read_outputs({name: content})
