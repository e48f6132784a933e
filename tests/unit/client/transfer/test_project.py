"""The project that a folder belongs to, as DVC's configuration and the working tree say."""

from __future__ import annotations

from pathlib import Path

import pytest

from saigen.data.cache import LINKS
from saigen.data.project import DvcProject
from saigen.data.selection import of_history, relative_to_root, under
from saigen.errors import BlockedError, UsageError
from saigen.git.repository import Repository
from tests.unit.client.transfer.places import write

ONE, TWO = "1" * 32, "2" * 32
WHO = ("-c", "user.name=a", "-c", "user.email=a@b.c")


def pointer(path: str, md5: str) -> bytes:
    return f"outs:\n- md5: {md5}\n  size: 1\n  hash: md5\n  path: {path}\n".encode()


@pytest.fixture
def tree(root: Path) -> Path:
    """A Git repository with two pointers, one committed and one new, and one that Git ignores."""
    Repository(root).run("init", "--quiet", ".")
    write(
        root,
        {
            ".dvc/config": b"[core]\n    remote = storage\n",
            ".gitignore": b"/ignored\n",
            "data/a.csv.dvc": pointer("a.csv", ONE),
            "ignored/b.csv.dvc": pointer("b.csv", TWO),
        },
    )
    Repository(root).run("add", "-A")
    Repository(root).run(*WHO, "commit", "--quiet", "-m", "one")
    write(root, {"data/new.dvc": pointer("new", TWO)})
    return root


def paths(project: DvcProject) -> list[str]:
    return [output.path for output in project.outputs()]


def test_committed_and_new_pointers_count(tree: Path) -> None:
    assert paths(DvcProject.containing(tree / "data")) == ["data/a.csv", "data/new"]


def test_a_deleted_pointer_does_not_count(tree: Path) -> None:
    (tree / "data" / "a.csv.dvc").unlink()
    assert paths(DvcProject.containing(tree)) == ["data/new"]


def test_pointers_of_a_project_inside_are_its_own(tree: Path) -> None:
    write(tree, {"inner/.dvc/config": b"", "inner/x.dvc": pointer("x", ONE)})
    assert paths(DvcProject.containing(tree)) == ["data/a.csv", "data/new"]
    assert paths(DvcProject.containing(tree / "inner")) == ["x"]


def test_a_project_without_git(root: Path) -> None:
    write(root, {".dvc/config": b"", "deep/er/x.dvc": pointer("x", ONE), ".dvc/tmp/y.dvc": pointer("y", ONE)})
    assert paths(DvcProject.containing(root)) == ["deep/er/x"]


def test_a_folder_outside_of_any_project_is_blocked(root: Path) -> None:
    with pytest.raises(BlockedError, match="not in a DVC project"):
        DvcProject.containing(root)


def test_the_cache_is_where_the_configuration_says(root: Path, home: Path) -> None:
    write(root, {".dvc/config": b"[cache]\n    dir = ../../shared\n    type = hardlink,copy\n    shared = group\n"})
    cache = DvcProject.containing(root).cache
    assert (cache.root, cache.links, cache.shared) == (root.parent / "shared", ("hardlink", "copy"), True)
    write(root, {".dvc/config.local": b"[cache]\n    dir = ~/cache\n"})
    assert DvcProject.containing(root).cache.root == home / "cache"


def test_a_persons_own_configuration_counts(root: Path, home: Path) -> None:
    write(root, {".dvc/config": b""})
    write(home / ".config" / "dvc", {"config": b"[cache]\n    dir = mine\n"})
    cache = DvcProject.containing(root).cache
    assert (cache.root, cache.links) == (home / ".config" / "dvc" / "mine", LINKS)


def test_targets_name_outputs_folders_and_pointers(tree: Path) -> None:
    outputs = DvcProject.containing(tree).outputs()
    assert [one.path for one in under(outputs, ["data"])] == ["data/a.csv", "data/new"]
    assert [one.path for one in under(outputs, ["data/new", "data/new.dvc"])] == ["data/new"]
    assert under(outputs, []) == outputs
    with pytest.raises(UsageError, match="nothing that DVC tracks is called data/b"):
        under(outputs, ["data/b"])
    with pytest.raises(UsageError, match="a file of data/new"):
        under(outputs, ["data/new/x.png"])


def test_targets_are_relative_to_where_one_is(tree: Path) -> None:
    project = DvcProject.containing(tree)
    assert relative_to_root(project, tree / "data", ["a.csv", "../data", "."]) == ["data/a.csv", "data", "data"]
    with pytest.raises(UsageError, match="not in the project"):
        relative_to_root(project, tree, ["../elsewhere"])


def test_what_branches_and_tags_need(tree: Path) -> None:
    repository = Repository(tree)
    repository.run(*WHO, "tag", "-a", "data_v1", "-m", "annotated")
    write(tree, {"data/a.csv.dvc": pointer("a.csv", TWO)})
    repository.run(*WHO, "commit", "--quiet", "-a", "-m", "two")
    project = DvcProject.containing(tree)
    assert [one.md5 for one in of_history(project, branches=False, tags=True)] == [ONE]
    assert [one.md5 for one in of_history(project, branches=True, tags=False)] == [TWO]
    assert of_history(project, branches=False, tags=False) == []
