"""The commit of a run on its way to a remote that another training of the same commit pushes to as well."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from saigen.login.trust import push_no_longer_to, push_to
from saigen.record.deliver import Delivered, deliver, failed
from saigen.record.process import here
from saigen.record.spool import Entry
from saigen.recording import Code
from saigen.tags import INCOMING
from tests.unit.client.answering import Answering
from tests.unit.client.record.checkouts import Checkout

# Between the list of refs that a push is told and its own turn, somebody else's push of the same commit arrives.
OTHERS_PUSH = '#!/bin/sh\n[ -e other ] || { touch other; git update-ref "$1" "$3"; }\n'
REFUSES = "#!/bin/sh\necho 'refused: not today' >&2\nexit 1\n"


def hook(remote: Path, text: str) -> None:
    """Let the remote run this before it writes a ref."""
    file = remote / "hooks" / "update"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)


def recording(checkout: Checkout) -> Entry:
    """Of the commit that the checkout is at."""
    place, commit = checkout.worktree().place, checkout.git("rev-parse", "HEAD")
    folders = {"root": str(place.root), "git": str(place.git), "common": str(place.common)}
    now = int(time.time() * 1000)
    return Entry("a", 1, 1, None, str(place.root), now, here(), commit=commit, branch="main", **folders)


def test_a_commit_that_another_training_pushes_at_the_same_time_is_pushed(checkout: Checkout, remote: Path) -> None:
    hook(remote, OTHERS_PUSH)
    entry = recording(checkout)

    assert deliver(entry) == Delivered(Code.PUSHED)

    assert (remote / "other").exists()
    assert checkout.git("ls-remote", "origin", f"{INCOMING}*").split() == [entry.commit, f"{INCOMING}{entry.commit}"]


def test_a_refusal_is_told_in_the_remotes_words_and_stays(checkout: Checkout, remote: Path) -> None:
    hook(remote, REFUSES)
    told = deliver(recording(checkout))
    assert told.note == "the Git remote refused: refused: not today, push later with: saigen push"
    assert (told.code, told.pending, told.away) == (Code.UNPUSHED, True, False)


def test_a_commit_waits_until_its_remote_is_allowed(checkout: Checkout, remote: Path) -> None:
    push_no_longer_to(str(remote))
    entry = recording(checkout)
    refused = deliver(entry)
    assert (refused.code, refused.pending) == (Code.LOCAL, True)
    assert f"saigen trust --push {remote}, then: saigen push" in (refused.note or "")
    assert not deliver(entry._replace(created=0)).pending

    push_to(str(remote))
    assert deliver(entry) == Delivered(Code.PUSHED)


def test_a_repository_that_does_not_record_keeps_nothing_waiting(checkout: Checkout, remote: Path) -> None:
    push_no_longer_to(str(remote))
    checkout.git("rm", "--quiet", "saigen.toml")
    checkout.commit()
    told = deliver(recording(checkout))
    assert (told.code, told.pending) == (Code.LOCAL, False)


def test_a_checkout_that_only_another_machine_has_is_waited_for(checkout: Checkout) -> None:
    entry = recording(checkout)
    shutil.rmtree(checkout.root)
    assert deliver(entry) == Delivered(Code.LOCAL, f"{checkout.root} is gone")
    assert deliver(entry._replace(where="another")).pending


@pytest.mark.usefixtures("remote")
def test_a_push_brings_no_tag_along(checkout: Checkout) -> None:
    checkout.git("config", "push.followTags", "true")
    checkout.git("tag", "--annotate", "-m", "mine", "draft")
    entry = recording(checkout)
    assert deliver(entry) == Delivered(Code.PUSHED)
    assert checkout.git("ls-remote", "origin", "refs/tags/*") == ""


def test_a_remote_that_is_gone_may_be_back_in_a_moment(checkout: Checkout, remote: Path) -> None:
    remote.rename(remote.with_name("elsewhere.git"))
    told = deliver(recording(checkout))
    assert (told.code, told.pending, told.away) == (Code.UNPUSHED, True, True)


@pytest.mark.parametrize(
    ("status", "away", "unknown"), [(401, False, True), (403, False, False), (500, True, False), (503, True, False)]
)
def test_what_a_forge_says_in_the_middle_of_a_push_is_understood(status: int, away: bool, unknown: bool) -> None:
    said = f"error: RPC failed; HTTP {status} curl 22 The requested URL returned error: {status}"
    told = failed(f"{said}\nsend-pack: unexpected disconnect\nfatal: the remote end hung up unexpectedly\n")
    assert (told.away, told.unknown) == (away, unknown)


def test_a_forge_that_does_not_know_who_asks_is_told_apart(checkout: Checkout) -> None:
    with Answering(401, b"") as forge:
        checkout.git("remote", "add", "origin", f"{forge.url}/flights.git")
        checkout.write("saigen.toml", '[project]\nname = "flights"\n')
        push_to(f"{forge.url}/flights.git")
        checkout.commit()
        checkout.git("config", "credential.helper", "!printf 'username=ann\\npassword=right\\n' #")
        told = deliver(recording(checkout))
    assert [asked.headers["Authorization"] for asked in forge.asked[1:]] == ["Basic YW5uOnJpZ2h0"]
    assert "the Git remote refused: Authentication failed" in (told.note or "")
    assert (told.code, told.pending, told.away, told.unknown) == (Code.UNPUSHED, True, False, True)
