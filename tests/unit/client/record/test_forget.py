"""What `saigen forget` takes away here, and what it leaves."""

from __future__ import annotations

import pytest

from saigen.errors import BlockedError, UsageError
from saigen.project import RecordRules
from saigen.record.forget import forget
from tests.unit.client.record.checkouts import Checkout


def recorded(checkout: Checkout) -> str:
    """Record the working tree, and keep it by the ref that a recording keeps it by."""
    commit = checkout.take(RecordRules()).commit
    checkout.git("update-ref", f"refs/saigen/in/{commit}", commit)
    return commit


def test_the_snapshot_and_what_only_it_held_are_gone(checkout: Checkout) -> None:
    checkout.write("secret.py", "token = 'of nobody else'\n")
    commit = recorded(checkout)
    blob = checkout.git("rev-parse", f"{commit}:secret.py")

    gone = forget(commit, checkout.root)

    assert gone.objects == 3  # the commit, its tree and the file
    for id_ in (commit, blob):
        assert checkout.git("cat-file", "--batch-check", "--batch-all-objects").count(id_) == 0
    assert (checkout.root / "secret.py").exists()
    checkout.git("fsck", "--strict")


def test_a_file_that_an_old_commit_holds_as_well_stays(checkout: Checkout) -> None:
    checkout.write("train.py", "print('second')\n")
    checkout.commit()
    checkout.write("train.py", "print('first')\n")  # as in the first commit, which is not the snapshot's parent
    checkout.write("notes.txt", "a change of its own\n")

    forget(recorded(checkout), checkout.root)

    checkout.git("fsck", "--strict")
    assert checkout.show("HEAD~1", "train.py") == "print('first')"


def test_what_is_in_the_index_stays(checkout: Checkout) -> None:
    checkout.write("new.py", "x = 1\n")
    checkout.git("add", "new.py")

    forget(recorded(checkout), checkout.root)

    assert checkout.git("show", ":new.py") == "x = 1"


def test_nothing_to_forget_is_said(checkout: Checkout) -> None:
    with pytest.raises(BlockedError, match="nothing to forget"):
        forget("a" * 40, checkout.root)
    with pytest.raises(BlockedError, match="no repository here"):
        forget("a" * 40, checkout.root.parent)
    with pytest.raises(UsageError, match="no commit"):
        forget("HEAD", checkout.root)
