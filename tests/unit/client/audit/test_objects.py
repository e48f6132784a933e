"""What storages say of the objects that runs need, where some of them cannot be asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from saigen.audit.facts import Need
from saigen.audit.objects import read_lists, read_objects
from saigen.data.remote import Place, Remote
from saigen.errors import NotPermittedError, UnreachableError
from tests.unit.client.answering import Answering
from tests.unit.client.audit.examples import FILE, PHOTOS, REMOTE, TABLE

CLOSED = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "ann")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")


def in_remote(remote: Remote) -> Need:
    """The need of one file there."""
    return Need(TABLE, Place(remote, f"demo/files/md5/{FILE[:2]}/{FILE[2:]}"))


def test_a_remote_that_cannot_be_asked_leaves_the_others_to_be_asked() -> None:
    with Answering(404, b"") as storage:
        asked = in_remote(replace(REMOTE, endpoint=storage.url))
        others = [
            in_remote(replace(REMOTE, profile="nobody")),
            in_remote(replace(REMOTE, endpoint="no url")),
            in_remote(replace(REMOTE, endpoint=CLOSED)),
        ]
        found = read_objects([*others, asked])
    assert found.sizes == {asked.place: None}
    assert set(found.unreadable) == {need.place.remote for need in others}


def test_where_no_storage_answers_there_is_no_audit() -> None:
    with pytest.raises(UnreachableError, match="does not answer"):
        read_objects([in_remote(replace(REMOTE, endpoint=CLOSED)), in_remote(replace(REMOTE, profile="nobody"))])


def test_lists_of_which_one_cannot_be_had_are_not_half_of_them() -> None:
    """What is not needed is judged by them."""
    with pytest.raises(UnreachableError):
        read_lists([Need(PHOTOS, Place(replace(REMOTE, endpoint=CLOSED), "demo/files/md5/bb/b.dir"))])


def test_a_list_that_is_there_and_may_not_be_read_is_not_taken_for_damaged() -> None:
    with Answering(403, b"") as storage:
        storage.first = [(200, "x")]
        with pytest.raises(NotPermittedError):
            read_lists([Need(PHOTOS, Place(replace(REMOTE, endpoint=storage.url), "demo/files/md5/bb/b.dir"))])


def test_a_remote_whose_content_may_not_be_read_is_named_by_a_deep_look() -> None:
    with Answering(403, b"") as storage:
        storage.first = [(200, "x")]
        asked = in_remote(replace(REMOTE, endpoint=storage.url))
        found = read_objects([asked], deep=True)
    assert (set(found.unreadable), found.damaged) == ({asked.place.remote}, frozenset())
