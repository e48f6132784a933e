"""Comparison of directories and folders of images."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sklearn.datasets import load_digits

from saigen.data.compare.directory import Listing, compare_listings
from saigen.data.compare.kinds import Side, compare
from saigen.data.judgement import Answer, judge
from saigen.data.legacy import content_md5


def side(folder: Path) -> Side:
    """A folder on disk as one side of a comparison."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    hashes = {path.relative_to(folder).as_posix(): content_md5(path) for path in files}

    def fetch(paths: Sequence[str]) -> Sequence[Path]:
        return [folder / path for path in paths]

    return Side("data", listing=Listing(hashes), fetch=fetch)


def folder(root: Path, files: Mapping[str, str]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


def digits(root: Path, chosen: slice, change: Callable[[Image.Image], Image.Image] = lambda image: image) -> Path:
    """Handwritten digits of scikit-learn as PNG files, one folder a class."""
    found = load_digits()
    for number in range(len(found.images))[chosen]:
        picture = Image.fromarray((found.images[number] * 15.9).astype(np.uint8))
        path = root / str(found.target[number]) / f"{number:04}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        change(picture).save(path)
    return root


def test_files_are_added_removed_changed_and_moved() -> None:
    a = Listing({"same": "1", "changed": "2", "gone": "3", "old/name": "4"})
    b = Listing({"same": "1", "changed": "5", "new": "6", "new/name": "4"})
    found = compare_listings(a, b)
    assert (found.added, found.removed, found.changed) == (("new",), ("gone",), ("changed",))
    assert (found.moved, found.same) == ((("old/name", "new/name"),), 1)


@given(
    a=st.dictionaries(st.sampled_from("pqrstuv"), st.sampled_from("123")),
    b=st.dictionaries(st.sampled_from("pqrstuv"), st.sampled_from("123")),
)
def test_every_file_is_counted_exactly_once(a: dict[str, str], b: dict[str, str]) -> None:
    found = compare_listings(Listing(a), Listing(b))

    common = found.same + len(found.changed) + len(found.moved)
    assert common + len(found.removed) == len(a)
    assert common + len(found.added) == len(b)


def test_a_changed_table_in_a_directory_is_looked_into(tmp_path: Path) -> None:
    a = folder(tmp_path / "a", {"birds.csv": "id,x\n1,1\n2,2\n", "notes.txt": "one"})
    b = folder(tmp_path / "b", {"birds.csv": "id,x\n1,1\n2,2\n3,3\n", "notes.txt": "two"})
    found = compare(side(a), side(b))
    assert found.inside["birds.csv"].tables[0].rows.added == 1
    assert "notes.txt" not in found.inside


@pytest.mark.parametrize("deep", [True, False])
def test_a_directory_of_tables_that_all_grew_is_a_version(tmp_path: Path, *, deep: bool) -> None:
    a = folder(tmp_path / "a", {f"{n}.csv": "id,x\n1,1\n2,2\n" for n in range(4)})
    b = folder(tmp_path / "b", {f"{n}.csv": "id,x\n1,1\n2,2\n3,3\n" for n in range(4)})
    assert judge(compare(side(a), side(b), deep=deep).figures).answer is Answer.NEW_VERSION


@pytest.mark.parametrize("deep", [True, False])
def test_other_tables_under_the_same_names_are_another_dataset(tmp_path: Path, *, deep: bool) -> None:
    a = folder(tmp_path / "a", {f"{n}.csv": "id,x\n1,1\n2,2\n" for n in range(4)})
    b = folder(tmp_path / "b", {f"{n}.csv": "flight,delay\n7,5\n" for n in range(4)})
    assert judge(compare(side(a), side(b), deep=deep).figures).answer is Answer.DIFFERENT


def test_a_directory_of_other_files_is_another_dataset(tmp_path: Path) -> None:
    a = folder(tmp_path / "a", {"a.txt": "1", "b.txt": "2"})
    b = folder(tmp_path / "b", {"c.txt": "3", "d.txt": "4"})
    assert judge(compare(side(a), side(b)).figures).answer is Answer.DIFFERENT


def test_a_directory_that_became_a_file_is_another_dataset(tmp_path: Path) -> None:
    a = side(folder(tmp_path / "a", {"x": "1"}))
    found = compare(a, Side("b", file=tmp_path / "a" / "x"))
    assert judge(found.figures).answer is Answer.DIFFERENT


def test_added_images_are_a_version_and_are_counted_by_class(tmp_path: Path) -> None:
    a, b = digits(tmp_path / "a", slice(0, 100)), digits(tmp_path / "b", slice(0, 150))
    found = compare(side(a), side(b))
    assert found.kind == "images"
    assert found.images is not None
    assert sum(found.images.classes_b.values()) - sum(found.images.classes_a.values()) == 50
    assert judge(found.figures).answer is Answer.NEW_VERSION


def test_an_image_that_moved_into_another_class_is_relabelled(tmp_path: Path) -> None:
    a, b = digits(tmp_path / "a", slice(0, 30)), digits(tmp_path / "b", slice(0, 30))
    (b / "0" / "0000.png").rename(b / "6" / "0000.png")
    found = compare(side(a), side(b))
    assert found.images is not None
    assert found.images.relabelled == (("0/0000.png", "6/0000.png"),)


def test_images_that_nobody_opened_are_not_called_other_ones(tmp_path: Path) -> None:
    a = digits(tmp_path / "a", slice(0, 20))
    b = digits(tmp_path / "b", slice(0, 20), lambda image: image.resize((32, 32)))
    figures = compare(side(a), side(b), deep=False).figures
    assert figures.changed_cells is None
    assert judge(figures).answer is Answer.NEW_VERSION


def test_images_that_were_only_resized_still_show_the_same(tmp_path: Path) -> None:
    a = digits(tmp_path / "a", slice(0, 60))
    b = digits(tmp_path / "b", slice(0, 60), lambda image: image.resize((32, 32)))
    found = compare(side(a), side(b))
    assert found.images is not None
    assert found.images.alike == pytest.approx(1.0)
    assert next(one for one in found.images.pixels if one.column == "width").level == "large"
    assert judge(found.figures).answer is Answer.NEW_VERSION


def test_other_images_under_the_same_names_are_another_dataset(tmp_path: Path) -> None:
    a = digits(tmp_path / "a", slice(0, 60))
    b = digits(tmp_path / "b", slice(0, 60), lambda image: Image.effect_noise(image.size, 200))
    assert judge(compare(side(a), side(b)).figures).answer is Answer.DIFFERENT


def test_a_damaged_image_shows_nothing_and_the_others_are_compared(tmp_path: Path) -> None:
    a = digits(tmp_path / "a", slice(0, 20))
    Image.effect_noise((512, 512), 100).save(a / "0" / "noise.png")
    b = digits(tmp_path / "b", slice(0, 20), lambda image: image.resize((32, 32)))
    content = (a / "0" / "noise.png").read_bytes()
    at = content.rindex(b"IDAT")
    (b / "0" / "noise.png").write_bytes(content[:at] + bytes(4) + content[at + 4 :])
    found = compare(side(a), side(b))
    assert found.images is not None
    assert (found.images.sampled, found.images.alike) == (21, pytest.approx(20 / 21))


def test_images_are_not_opened_where_only_a_judgement_is_asked_for(tmp_path: Path) -> None:
    a, b = digits(tmp_path / "a", slice(0, 20)), digits(tmp_path / "b", slice(0, 25))
    found = compare(side(a), side(b), deep=False)
    assert found.images is not None
    assert found.images.sampled == 0
