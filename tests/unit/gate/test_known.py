"""What is known of the storage: only while somebody listens, and never more than the storage told or answered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from saigen_gate.known import Change, Known, known, listening
from saigen_gate.listen import changes

PLACE = "flights/files/md5/"
ONE, TWO, THREE = (digit * 32 for digit in "123")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "known.sqlite"


@pytest.fixture
def job(file: Path) -> Iterator[Known]:
    """The job, listening."""
    with listening(file) as job:
        yield job


def sizes(file: Path, *wanted: str, place: str = PLACE) -> dict[str, int] | None:
    with known(file) as objects:
        return objects.sizes(place, wanted) if objects else None


def test_what_came_is_known_and_what_went_is_not(job: Known, file: Path) -> None:
    job.write([Change(PLACE, ONE, 7), Change(PLACE, TWO, 0)])
    assert sizes(file, ONE, TWO, THREE) == {ONE: 7, TWO: 0}
    job.write([Change(PLACE, ONE, None)])
    assert sizes(file, ONE, TWO) == {TWO: 0}
    job.write([Change(PLACE, ONE, 8)])
    assert sizes(file, ONE) == {ONE: 8}


def test_the_same_object_of_another_project_is_another(job: Known, file: Path) -> None:
    job.write([Change(PLACE, ONE, 7)])
    assert sizes(file, ONE, place="penguins/files/md5/") == {}


def test_an_answer_is_learned_unless_the_storage_told_otherwise_meanwhile(job: Known, file: Path) -> None:
    job.write([Change(PLACE, ONE, None)])
    with known(file) as objects:
        assert objects
        objects.learn(PLACE, {ONE: 7, TWO: 5})
        assert objects.count() == 1
    assert sizes(file, ONE, TWO) == {TWO: 5}


def test_nothing_is_known_where_nobody_listens(file: Path) -> None:
    assert sizes(file, ONE) is None
    with listening(file) as job:
        job.write([Change(PLACE, ONE, 7)])
    assert sizes(file, ONE) is None


def test_who_listens_again_begins_with_nothing(file: Path) -> None:
    with listening(file) as job:
        job.write([Change(PLACE, ONE, 7)])
    with listening(file):
        assert sizes(file, ONE) == {}


def test_nothing_is_known_before_what_was_known_is_forgotten(job: Known, file: Path) -> None:
    job.write([Change(PLACE, ONE, 7)])
    file.with_suffix(".lock").write_text("")  # as it is between taking the lock and beginning anew
    assert sizes(file, ONE) is None


def test_events_are_read() -> None:
    assert list(
        changes(
            {
                "Records": [
                    record("s3:ObjectCreated:Put", f"flights/files/md5/{ONE[:2]}/{ONE[2:]}", 7),
                    record("s3:ObjectCreated:CompleteMultipartUpload", f"a%2Bb/{TWO[:2]}/{TWO[2:]}", 5),
                    record("s3:ObjectRemoved:Delete", f"flights/files/md5/{ONE[:2]}/{ONE[2:]}", None),
                    record("s3:ObjectCreated:Put", f"flights/files/md5/{ONE[:2]}/{ONE[2:]}.dir", 9),
                    record("s3:ObjectCreated:Put", "flights/readme.txt", 9),
                ]
            }
        )
    ) == [Change(PLACE, ONE, 7), Change("a+b/", TWO, 5), Change(PLACE, ONE, None)]


def record(name: str, key: str, size: int | None) -> dict[str, object]:
    """One record of an event, with what of it is read."""
    described = {"key": key.replace("/", "%2F")} | ({} if size is None else {"size": size})
    return {"eventName": name, "s3": {"object": described}}
