"""Which data a run needs, and that nothing is put in place that was not hashed there and then."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from saigen.data.cache import Cache
from saigen.data.memory import Memory
from saigen.data.pointer import Entry, Output, render_directory
from saigen.data.remote import Remote, Remotes
from saigen.errors import BlockedError, NotPermittedError, UnreachableError
from saigen.recording import Recording
from saigen.reproduce.data import needed, recorded_artifact, recorded_data
from saigen.reproduce.pull import pull_outputs

# Nobody listens there: what is not in the cache cannot be had.
NOWHERE = Remotes({"storage": Remote("storage", "s3://dvc/x", "dvc", "x", "http://127.0.0.1:9", region="x")}, "storage")


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def output(path: str, content: bytes = b"1", **changes: object) -> Output:
    return replace(Output(path, f"{path}.dvc", md5(content), len(content)), **changes)  # type: ignore[arg-type]


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    return tmp_path / "cache"


def hold(cache: Path, content: bytes, name: str | None = None, *, legacy: bool = False) -> None:
    """Put content into the cache under its own hash, or under another's, in DVC 3's layout or DVC 2's."""
    known = name or md5(content)
    place = Path(Cache(cache).path(known, legacy=legacy))
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)


def test_recorded_datasets_are_needed_and_no_others() -> None:
    outputs = [output("data/a"), output("data/b")]
    recording = Recording(data={"data/a": md5(b"1")})

    assert [one.path for one in needed(recording, outputs, [], "python").outputs] == ["data/a"]


def test_without_a_recording_all_data_of_the_commit_is_needed() -> None:
    assert len(needed(Recording(), [output("data/a"), output("data/b")], [], "python").outputs) == 2


@pytest.mark.parametrize("outputs", [[], [output("data/a", b"2")]])
def test_data_that_the_commit_does_not_point_to_is_blocked_with_its_name(outputs: list[Output]) -> None:
    with pytest.raises(BlockedError, match="data/a"):
        needed(Recording(data={"data/a": md5(b"1")}), outputs, [], "python")


def test_data_that_is_not_in_a_remote_blocks_where_it_was_used_and_is_named_where_not() -> None:
    imported = output("data/a", elsewhere="it is imported from a database")

    with pytest.raises(BlockedError, match="data/a cannot be fetched"):
        needed(Recording(data={"data/a": md5(b"1")}), [imported], [], "python")
    assert needed(Recording(), [imported], [], "python").notes == (
        "not fetched: data/a, it is imported from a database",
    )


def test_uncached_output_that_git_holds_is_there_already() -> None:
    found = needed(Recording(), [output("metrics.json", elsewhere="it is not cached")], ["metrics.json"], "python")

    assert (found.outputs, found.notes) == ((), ())


def test_what_stages_produce_is_left_to_dvc_where_the_command_is_dvc() -> None:
    outputs = [output("data/a"), output("model", pointer="dvc.lock")]

    assert [one.path for one in needed(Recording(), outputs, [], "dvc").outputs] == ["data/a"]
    assert len(needed(Recording(), outputs, [], "python").outputs) == 2


def test_long_map_of_data_is_believed_only_with_the_recorded_digest() -> None:
    text = '{"data/a":"0"}'
    digest = hashlib.sha256(text.encode()).hexdigest()

    assert recorded_data(Recording(data_digest=digest), text) == {"data/a": "0"}
    with pytest.raises(BlockedError, match="not what they name"):
        recorded_data(Recording(data_digest=digest), text + " ")


def test_long_command_is_read_only_where_the_tag_names_it() -> None:
    text = '{"argv":["python"]}'
    tag = f'{{"sha256":"{hashlib.sha256(text.encode()).hexdigest()}","count":1}}'

    assert recorded_artifact(tag, lambda: text) == text
    assert recorded_artifact('{"argv":["python"]}', lambda: text) is None
    assert recorded_artifact("", lambda: text) is None
    with pytest.raises(BlockedError):
        recorded_artifact(tag, lambda: "other")


def test_verified_content_is_put_in_place(cache: Path, tmp_path: Path) -> None:
    listed = render_directory([Entry("x/1", md5(b"one")), Entry("2", md5(b"two"))])
    folder = Output("images", "images.dvc", f"{md5(listed)}.dir")
    for content in (b"1", b"one", b"two"):
        hold(cache, content)
    hold(cache, listed, f"{md5(listed)}.dir")

    pull_outputs(tmp_path / "tree", [output("data/a"), folder], NOWHERE, cache)

    assert (tmp_path / "tree" / "data" / "a").read_bytes() == b"1"
    assert (tmp_path / "tree" / "images" / "x" / "1").read_bytes() == b"one"
    assert (tmp_path / "tree" / "images" / "2").read_bytes() == b"two"


def test_damaged_cache_is_never_believed(cache: Path, tmp_path: Path) -> None:
    hold(cache, b"wrong", md5(b"1"))

    with pytest.raises(UnreachableError):
        pull_outputs(tmp_path / "tree", [output("data/a")], NOWHERE, cache)
    assert not (tmp_path / "tree" / "data" / "a").exists()


def test_damage_that_its_times_hide_is_not_believed(cache: Path, tmp_path: Path) -> None:
    place = Path(Cache(cache).path(md5(b"1")))
    hold(cache, b"1")
    pull_outputs(tmp_path / "first", [output("data/a")], NOWHERE, cache)
    with Memory(cache.absolute()) as memory:
        place.write_bytes(b"2")
        memory.learn(str(place), place.stat(), md5(b"1"))

    with pytest.raises(UnreachableError):
        pull_outputs(tmp_path / "tree", [output("data/a")], NOWHERE, cache)
    assert not (tmp_path / "tree" / "data" / "a").exists()


def test_damaged_list_of_a_directory_is_never_believed(cache: Path, tmp_path: Path) -> None:
    listed = render_directory([Entry("1", md5(b"one"))])
    hold(cache, b"[]", f"{md5(listed)}.dir")

    with pytest.raises(UnreachableError):
        pull_outputs(tmp_path / "tree", [Output("images", "images.dvc", f"{md5(listed)}.dir")], NOWHERE, cache)


def test_text_of_dvc_2_is_known_by_the_sum_that_dvc_2_gave_it(cache: Path, tmp_path: Path) -> None:
    hold(cache, b"a\r\nb\r\n", md5(b"a\nb\n"), legacy=True)
    text = output("data/a", b"a\nb\n", legacy=True)

    pull_outputs(tmp_path / "tree", [text], NOWHERE, cache)

    assert (tmp_path / "tree" / "data" / "a").read_bytes() == b"a\r\nb\r\n"


@pytest.mark.parametrize("path", [".git/hooks/post-checkout", "sub/.GIT/config", "link/x", "../x"])
def test_data_is_never_written_outside_of_the_checkout_or_into_git(cache: Path, tmp_path: Path, path: str) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "link").symlink_to(tmp_path)
    hold(cache, b"1")

    with pytest.raises(NotPermittedError, match="outside of the checkout"):
        pull_outputs(tree, [output(path)], NOWHERE, cache)
    assert not (tmp_path / "x").exists()
