"""What push and pull say when they are done."""

from __future__ import annotations

from saigen.commands import data_pull, data_push
from saigen.data.need import LeftOut
from saigen.data.pull import Pulled
from saigen.data.push import Pushed

WHERE = ("s3://dvc/flights",)


def test_a_push() -> None:
    pushed = Pushed(WHERE, outputs=2, needed=3002, there=3000, sent=2, size=61_440)
    assert data_push.text(pushed) == (
        "2 outputs, 3,002 objects in s3://dvc/flights: 3,000 there before, 2 pushed (60.0 KiB)"
    )


def test_nothing_to_push_is_said() -> None:
    assert data_push.text(Pushed(WHERE, outputs=1, needed=1, there=1)) == (
        "1 output, 1 object in s3://dvc/flights: all there, nothing to push"
    )


def test_a_dry_run_says_what_would_be() -> None:
    pushed = Pushed(WHERE, outputs=1, needed=1, sent=1, size=5, dry_run=True)
    assert data_push.text(pushed).endswith("0 there before, 1 to push (5 bytes)")


def test_what_is_left_out_is_said() -> None:
    pushed = Pushed(left_out=(LeftOut("data/x", "it is not pushed (push: false)"),))
    assert data_push.text(pushed).splitlines()[1] == "left out: data/x: it is not pushed (push: false)"


def test_a_pull() -> None:
    pulled = Pulled(WHERE, outputs=1, needed=9, fetched=2, size=2048, replaced=1, written=9, removed=1)
    assert data_pull.text(pulled) == (
        "1 output, 9 files in s3://dvc/flights: "
        "2 fetched (2.0 KiB), 9 written, 1 damaged in the cache replaced, 1 removed"
    )


def test_nothing_to_pull_is_said() -> None:
    assert data_pull.text(Pulled(WHERE, outputs=1, needed=9)).endswith("all here, nothing to pull")
