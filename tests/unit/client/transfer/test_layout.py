"""DVC's layout, compared with what DVC itself computes."""

from __future__ import annotations

import hashlib

from dvc_data.hashfile.hash import fobj_md5
from dvc_data.hashfile.hash_info import HashInfo
from dvc_data.hashfile.tree import Tree
from hypothesis import given
from hypothesis import strategies as st

from saigen.data.pointer import Entry, is_inside, parse_directory, render_directory

NAMES = st.text(st.characters(exclude_characters="/\\\0", exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
    lambda name: name not in {".", ".."}
)
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join).filter(is_inside)
MD5S = st.binary(min_size=16, max_size=16).map(bytes.hex)
DIRECTORIES = st.dictionaries(PATHS, MD5S, max_size=30)


@given(DIRECTORIES)
def test_a_directory_is_written_byte_for_byte_as_dvc_writes_it(files: dict[str, str]) -> None:
    tree = Tree()
    for path, md5 in files.items():
        tree.add(tuple(path.split("/")), None, HashInfo("md5", md5))
    tree.digest()
    ours = render_directory(Entry(path, md5) for path, md5 in files.items())
    assert ours == tree.as_bytes()
    assert hashlib.md5(ours, usedforsecurity=False).hexdigest() + ".dir" == tree.hash_info.value


@given(DIRECTORIES)
def test_a_directory_that_is_written_reads_back(files: dict[str, str]) -> None:
    entries = [Entry(path, md5) for path, md5 in files.items()]
    assert sorted(parse_directory(render_directory(entries)), key=lambda e: e.path) == sorted(
        entries, key=lambda e: e.path
    )


@given(DIRECTORIES, st.randoms(use_true_random=False))
def test_the_order_of_the_files_does_not_matter(files: dict[str, str], chance: object) -> None:
    entries = [Entry(path, md5) for path, md5 in files.items()]
    shuffled = list(entries)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert render_directory(shuffled) == render_directory(entries)


PIECES = st.sampled_from([b"\r\n", b"\n", b"\r", b"text", b"\xff" * 400, b"\0", b"a,b;c", b"x" * (1 << 19)])


@given(content=st.lists(PIECES, max_size=8).map(b"".join))
def test_a_file_is_named_as_dvc_2_named_it(tmp_path_factory: object, content: bytes) -> None:
    from saigen.data.legacy import content_md5

    path = tmp_path_factory.mktemp("legacy") / "file"  # type: ignore[attr-defined]
    path.write_bytes(content)
    with path.open("rb") as file:
        assert content_md5(path, legacy=True) == fobj_md5(file, name="md5-dos2unix")
    assert content_md5(path, legacy=False) == hashlib.md5(content, usedforsecurity=False).hexdigest()
