"""What a failed push means."""

from __future__ import annotations

import pytest

from saigen.data.remote_tags import remote_error
from saigen.errors import BlockedError, NotPermittedError, SaigenError, UnreachableError
from saigen.git.repository import GitError

REFUSED = """remote:
remote: refused: commit 4f1c2a9e0b31 (Add data): data/set is not whole in s3://dvc/flights
remote:   why: 3 of its 3 files are not there
remote:   next: saigen data push data/set
To http://localhost:3000/team/flights.git
 ! [remote rejected] HEAD -> main (pre-receive hook declined)
error: failed to push some refs to 'http://localhost:3000/team/flights.git'
"""


def test_what_the_forge_refuses_is_said_in_its_words() -> None:
    error = remote_error("origin", GitError(("push",), REFUSED))
    assert isinstance(error, NotPermittedError)
    assert error.what == "commit 4f1c2a9e0b31 (Add data): data/set is not whole in s3://dvc/flights"
    assert error.why == "3 of its 3 files are not there"
    assert error.next == "saigen data push data/set"


def test_whatever_else_the_other_side_says_is_shown() -> None:
    said = (
        "remote: error: disk full\nTo http://forge\n ! [remote rejected] HEAD -> main (unpacker error)\nerror: failed"
    )
    error = remote_error("origin", GitError(("push",), said))
    assert error.why == "error: disk full; ! [remote rejected] HEAD -> main (unpacker error)"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("fatal: Authentication failed for 'http://forge'", NotPermittedError),
        ("fatal: unable to access 'http://forge': Could not resolve host", UnreachableError),
        (" ! [rejected] HEAD -> main (fetch first)", BlockedError),
        (" ! [remote rejected] HEAD -> main (pre-receive hook declined)", NotPermittedError),
    ],
)
def test_what_git_says_tells_what_it_is(said: str, kind: type[SaigenError]) -> None:
    assert isinstance(remote_error("origin", GitError(("push",), said)), kind)
