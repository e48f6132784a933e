"""What others wrote, in a message for a terminal."""

from __future__ import annotations

import pytest

from saigen.data.remote import Remote
from saigen.data.transfer.fetch import Fetched
from saigen.errors import BlockedError
from saigen.text import named


def test_the_first_ten_paths_are_named_and_the_others_counted() -> None:
    assert named(f"{number:02}" for number in range(12)) == "00, 01, 02, 03, 04, 05, 06, 07, 08, 09, and 2 more"


def test_a_path_of_somebody_elses_commit_cannot_write_to_the_terminal() -> None:
    fetched = Fetched(absent={"0" * 32: "data/\x1b[2Jx"})
    with pytest.raises(BlockedError) as refused:
        fetched.require_all(Remote("storage", "s3://dvc/demo"))
    assert "\x1b" not in str(refused.value)
    assert "data/?[2Jx" in str(refused.value)
