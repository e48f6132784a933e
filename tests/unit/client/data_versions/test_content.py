"""Content by hash: verified wherever it comes from."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from saigen.data.content import Contents, content_hash, is_modified
from saigen.data.describe import outputs_here
from saigen.data.pointer import Output
from saigen.errors import BlockedError
from tests.unit.client.data_versions.project import Checkout


def the_output(checkout: Checkout) -> Output:
    """The only output of a checkout."""
    (found,) = outputs_here(checkout.repository)
    return found


def test_content_comes_from_the_cache_of_the_checkout(checkout: Checkout) -> None:
    checkout.add("data/penguins.csv", b"one")
    assert Contents(checkout.repository).file(the_output(checkout)).read_bytes() == b"one"


def test_a_corrupt_file_in_the_cache_is_passed_over(checkout: Checkout) -> None:
    md5 = checkout.add("data/penguins.csv", b"one")
    checkout.cached(md5).write_bytes(b"two")
    checkout.write(".dvc/config", "")
    with pytest.raises(BlockedError, match="not on this machine"):
        Contents(checkout.repository).file(the_output(checkout))


def test_a_cache_in_another_folder_is_found(checkout: Checkout) -> None:
    checkout.add("data/penguins.csv", b"one")
    (checkout.root / ".dvc" / "cache").rename(checkout.root / "elsewhere")
    checkout.write(".dvc/config.local", "[cache]\n    dir = ../elsewhere\n")
    assert Contents(checkout.repository).file(the_output(checkout)).read_bytes() == b"one"


def test_files_of_a_directory_come_in_the_order_asked_for(checkout: Checkout) -> None:
    checkout.add("data/images", {"a": b"1", "b/c": b"2", "d": b"3"})
    output, contents = the_output(checkout), Contents(checkout.repository)
    listed = list(reversed(contents.entries(output)))
    assert [path.read_bytes() for path in contents.files(output, listed)] == [b"3", b"2", b"1"]


def test_data_is_modified_when_its_content_is_and_not_when_it_was_only_touched(checkout: Checkout) -> None:
    checkout.add("data/penguins.csv", b"one")
    (checkout.root / "data/penguins.csv").touch()
    assert is_modified(checkout.repository, the_output(checkout)) is False
    checkout.write("data/penguins.csv", b"two")
    assert is_modified(checkout.repository, the_output(checkout)) is True


def old_text(checkout: Checkout, path: str) -> Output:
    """A text with the line ends of Windows as DVC 2 tracked it: by the hash of its lines."""
    checkout.write(path, b"a\r\nb\r\n")
    md5 = hashlib.md5(b"a\nb\n", usedforsecurity=False).hexdigest()
    checkout.write(f".dvc/cache/{md5[:2]}/{md5[2:]}", b"a\r\nb\r\n")
    checkout.write(f"{path}.dvc", f"outs:\n- md5: {md5}\n  size: 6\n  path: {path.rpartition('/')[2]}\n")
    return the_output(checkout)


def test_a_text_of_dvc_2_is_found_by_its_hash(checkout: Checkout) -> None:
    output = old_text(checkout, "data/penguins.csv")
    checkout.write(".dvc/config", "")
    assert Contents(checkout.repository).file(output).read_bytes() == b"a\r\nb\r\n"
    with pytest.raises(BlockedError, match="not on this machine"):
        Contents(checkout.repository).file(replace(output, legacy=False))


def test_a_text_of_dvc_2_is_modified_when_its_lines_are(checkout: Checkout) -> None:
    output = old_text(checkout, "data/penguins.csv")
    assert is_modified(checkout.repository, output) is False
    checkout.write("data/penguins.csv", b"a\r\nc\r\n")
    assert is_modified(checkout.repository, output) is True


def test_data_that_is_not_here_is_neither(checkout: Checkout) -> None:
    checkout.add("data/penguins.csv", b"one")
    (checkout.root / "data/penguins.csv").unlink()
    assert is_modified(checkout.repository, the_output(checkout)) is None


def test_a_directory_that_is_a_clone_has_the_hash_of_its_files(checkout: Checkout) -> None:
    md5 = checkout.add("data/images", {"a": b"1", "b/c": b"2"})
    checkout.git("-C", "data/images", "init", "--quiet")
    checkout.git("-C", "data/images", "add", "--all")
    checkout.git("-C", "data/images", "commit", "--quiet", "--message", "Images")
    assert content_hash(checkout.repository, "data/images") == md5
    assert is_modified(checkout.repository, the_output(checkout)) is False


def test_a_directory_has_the_hash_that_dvc_gives_it_without_what_dvcignore_names(checkout: Checkout) -> None:
    md5 = checkout.add("data/images", {"a": b"1", "b/c": b"2"})
    checkout.write(".dvcignore", "*.tmp\n")
    checkout.write("data/images/b/x.tmp", "no data")
    assert content_hash(checkout.repository, "data/images") == md5
