"""Who may call: the people file, the header, and the comparison."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from pathlib import Path

import pytest
from saigen_tracking.access import Entry, InvalidPeopleError, Person, Role, parse_people, verify
from saigen_tracking.credentials import basic_credentials
from saigen_tracking.people import PeopleFile

SECRET = "s3cret" * 7


def entry(role: str = "member", secret: str = SECRET) -> dict[str, str]:
    return {"role": role, "sha256": hashlib.sha256(secret.encode()).hexdigest()}


def document(**people: dict[str, str]) -> str:
    return json.dumps({"version": 1, "people": people})


def basic(text: str) -> tuple[bytes, bytes]:
    return b"authorization", b"Basic " + base64.b64encode(text.encode())


def test_a_person_with_the_right_secret_is_known_with_their_role() -> None:
    people = parse_people(document(author=entry("member"), captain=entry("maintainer", "other")))

    assert verify(people, "author", SECRET) == Person("author", Role.MEMBER)
    assert verify(people, "captain", "other") == Person("captain", Role.MAINTAINER)


@pytest.mark.parametrize(
    ("name", "secret"), [("author", "wrong"), ("nobody", SECRET), ("captain", SECRET), ("author", "")]
)
def test_any_other_name_and_secret_are_nobody(name: str, secret: str) -> None:
    people = parse_people(document(author=entry(), captain=entry("maintainer", "other")))

    assert verify(people, name, secret) is None


def test_an_unknown_name_does_not_match_an_empty_digest() -> None:
    assert verify({}, "nobody", "") is None
    assert verify({"x": Entry(Role.MEMBER, bytes(32))}, "nobody", "\udcff") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"version": 2, "people": {}}',
        '{"version": 1}',
        document(author={"role": "owner", "sha256": "0" * 64}),
        document(author={"role": "member", "sha256": "0" * 63}),
        document(author={"role": "member", "sha256": "0" * 63 + "G"}),
        document(author={"role": "member"}),
        '{"version": 1, "people": {"a:b": {"role": "member", "sha256": "' + "0" * 64 + '"}}}',
        '{"version": 1, "people": {"author": null}}',
    ],
)
def test_a_file_with_anything_wrong_in_it_is_refused_as_a_whole(text: str) -> None:
    with pytest.raises(InvalidPeopleError):
        parse_people(text)


def test_name_and_secret_are_read_from_a_basic_header() -> None:
    assert basic_credentials([(b"host", b"x"), basic("author:with:colon")]) == ("author", "with:colon")


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"authorization", b"Bearer abc")],
        [(b"authorization", b"Basic !!!")],
        [(b"authorization", b"Basic " + base64.b64encode(b"\xff\xfe:x"))],
        [basic("nocolon")],
        [basic(":secret")],
        [basic("author:")],
        [basic("author:a"), basic("captain:b")],
    ],
)
def test_anything_but_one_whole_basic_header_is_nobody(headers: list[tuple[bytes, bytes]]) -> None:
    assert basic_credentials(headers) is None


@pytest.fixture
def people_file(tmp_path: Path) -> Path:
    path = tmp_path / "people.json"
    path.write_text(document(author=entry()))
    return path


def replace(path: Path, text: str) -> None:
    """As bootstrap does it: a new file takes the old one's place."""
    new = path.with_suffix(".new")
    new.write_text(text)
    new.replace(path)


def test_a_removed_person_is_refused_on_the_next_question(people_file: Path) -> None:
    people = PeopleFile(people_file)
    people.load()
    assert people.verify("author", SECRET)

    replace(people_file, document(other=entry()))

    assert people.verify("author", SECRET) is None


def test_an_added_person_is_let_in_on_the_next_question(people_file: Path) -> None:
    people = PeopleFile(people_file)
    people.load()

    replace(people_file, document(author=entry(), other=entry("viewer", "b")))

    assert people.verify("other", "b") == Person("other", Role.VIEWER)


def test_a_change_that_keeps_size_time_and_inode_is_seen(people_file: Path) -> None:
    people = PeopleFile(people_file)
    people.load()
    before = people_file.stat()

    with people_file.open("r+") as file:
        file.write(people_file.read_text().replace("member", "viewer"))
    os.utime(people_file, ns=(before.st_atime_ns, before.st_mtime_ns))

    after = people_file.stat()
    assert (after.st_ino, after.st_size, after.st_mtime_ns) == (before.st_ino, before.st_size, before.st_mtime_ns)
    assert people.verify("author", SECRET) == Person("author", Role.VIEWER)


@pytest.mark.parametrize("broken", ["", "{", '{"version": 1, "people": {"author": {}}}'])
def test_a_file_that_becomes_invalid_lets_nobody_in(people_file: Path, broken: str) -> None:
    people = PeopleFile(people_file)
    people.load()

    replace(people_file, broken)

    assert people.verify("author", SECRET) is None


def test_a_file_that_disappears_lets_nobody_in_until_it_is_back(people_file: Path) -> None:
    people = PeopleFile(people_file)
    people.load()
    text = people_file.read_text()

    people_file.unlink()
    assert people.verify("author", SECRET) is None

    people_file.write_text(text)
    assert people.verify("author", SECRET)
