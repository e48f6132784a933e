"""Which data of a push the gate asks the storage for, and what it says where it need not ask."""

from __future__ import annotations

from pathlib import Path

import pytest

from saigen.branches.push import Refusal
from saigen.data.remote import Remotes, read_remotes
from saigen.errors import UnreachableError
from saigen.gate.pointers import judge_pointers, of_project
from saigen.git.repository import Repository
from tests.unit.client.branches.pushes import Clone, clone_of_new, git

MD5 = "1" * 32
CONFIGURATION = "[core]\n    remote = storage\n['remote \"storage\"']\n    url = s3://dvc/birds\n"


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clone:
    """A project whose storage does not answer: whoever asks it fails."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing-at-all")
    clone = clone_of_new(tmp_path)
    clone.commit(".dvc/config", content=CONFIGURATION)
    return clone


def pointer(md5: str = MD5, more: str = "") -> str:
    return f"outs:\n- md5: {md5}\n  size: 2\n  hash: md5\n  path: flights.csv\n{more}"


def judge(clone: Clone, known: str = "main~1") -> tuple[list[Refusal], list[str]]:
    here = Repository(clone.root)
    new, old = here.commit("HEAD"), here.commit(known)
    assert new
    assert old
    return judge_pointers(here, [new], [old], of_project("dvc", "birds"))


def test_a_storage_that_does_not_answer_is_an_error(clone: Clone) -> None:
    clone.commit("data/flights.csv.dvc", content=pointer())
    with pytest.raises(UnreachableError):
        judge(clone)


def test_without_new_pointers_the_storage_is_not_asked(clone: Clone) -> None:
    clone.commit("src/train.py")
    assert judge(clone) == ([], [])


def test_what_was_there_before_is_not_asked_for(clone: Clone) -> None:
    clone.commit("data/flights.csv.dvc", content=pointer())
    known = git(clone.root, "rev-parse", "HEAD")
    clone.commit("data/flights.csv.dvc", content=pointer(more="desc: from the airport\n"))
    git(clone.root, "rm", "--quiet", "data/flights.csv.dvc")
    clone.commit(message="Away")
    assert judge(clone, known) == ([], [])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("  cache: false\n", "not cached"),
        ("  push: false\n", "not pushed"),
        ("deps:\n- path: x\n  repo:\n    url: https://example.com/x\n    rev_lock: abc\n", "imported"),
        ("  remote: archive\n", "no remote is configured"),
    ],
)
def test_what_is_not_ours_passes_with_a_note(clone: Clone, more: str, said: str) -> None:
    clone.commit("data/flights.csv.dvc", content=pointer(more=more))
    refusals, (note,) = judge(clone)
    assert refusals == []
    assert said in note


def test_the_stages_say_what_of_a_lock_is_not_cached(clone: Clone) -> None:
    clone.write("dvc.yaml", "stages:\n  clean:\n    cmd: x\n    outs:\n    - out.csv:\n        cache: false\n")
    lock = f"schema: '2.0'\nstages:\n  clean:\n    cmd: x\n    outs:\n    - path: out.csv\n      md5: {MD5}\n"
    clone.commit("dvc.lock", content=lock)
    assert "not cached" in judge(clone)[1][0]


def test_another_remote_is_not_asked_whatever_a_push_says(clone: Clone) -> None:
    elsewhere = CONFIGURATION.replace("birds", "others") + "    endpointurl = http://127.0.0.1:1\n"
    clone.commit(".dvc/config", content=elsewhere)
    clone.commit("data/flights.csv.dvc", content=pointer())
    assert "not the project's own" in judge(clone)[1][0]


def test_a_push_does_not_choose_where_credentials_are_sent() -> None:
    remotes: Remotes = of_project("dvc", "birds")(
        CONFIGURATION + "    endpointurl = http://127.0.0.1:1\n    profile = root\n    access_key_id = a\n"
    )
    plain = read_remotes([CONFIGURATION])
    assert remotes == plain


def test_an_unfinished_merge_is_refused(clone: Clone) -> None:
    clone.commit("data/flights.csv.dvc", content="<<<<<<< HEAD\nouts:\n=======\nouts: []\n>>>>>>> other\n")
    (refusal,), _ = judge(clone)
    assert refusal.rule == "pointer"
    assert "data/flights.csv.dvc cannot be read" in refusal.what
