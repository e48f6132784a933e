"""Folders of images: files and classes from the hashes alone; a sample is opened to see whether pixels moved."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from saigen.data.compare.directory import Listing, compare_listings, file_figures
from saigen.data.compare.engine import Engine, engine
from saigen.data.compare.jsonl import load_values
from saigen.data.compare.result import Comparison, FileChanges, ImageChanges, Shift
from saigen.data.compare.shift import psi, shifts
from saigen.installing import to_install

SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp")
SAMPLE = 500  # images a side
PAIRS = 200  # changed images
# Mean difference of two pictures, made grey and 16 by 16 pixels small, below which they show the same; of 255.
ALIKE = 25.0
_SMALL = (16, 16)

# Given one side (0: A, 1: B) and paths in it, files with their content.
Fetch = Callable[[int, Sequence[str]], Sequence[Path]]


@dataclass(frozen=True)
class Pixels:
    """What an opened image is like: width and height in pixels, mean and spread of its grey values (0 to 255)."""

    width: int
    height: int
    brightness: float
    contrast: float


def is_image(path: str) -> bool:
    """Whether a file's name is an image's."""
    return path.lower().endswith(SUFFIXES)


def is_image_folder(listing: Listing) -> bool:
    """Whether at least half of the files are images."""
    return bool(listing.hashes) and 2 * sum(map(is_image, listing.hashes)) >= len(listing.hashes)


def compare_images(a: Listing, b: Listing, fetch: Fetch, *, deep: bool = True) -> Comparison:
    """Everything that happened to a folder of images. `deep`: whether images are opened."""
    files = compare_listings(a, b)
    classes_a, classes_b = classes(a.hashes), classes(b.hashes)
    relabelled = tuple(pair for pair in files.moved if label(pair[0]) != label(pair[1]))
    found = ImageChanges(classes_a, classes_b, relabelled, psi(classes_a, classes_b) if len(classes_a) > 1 else None)
    notes: tuple[str, ...] = ()
    if deep and _pillow_is_here():
        found = _with_pixels(found, a, b, files, fetch)
    elif deep:
        notes = (f"images were not opened: {to_install('pillow')}",)
    kept = sum(name in classes_b for name in classes_a) / len(classes_a) if classes_a else 1.0
    return Comparison("images", file_figures(files, kept, found.alike), files=files, images=found, notes=notes)


def label(path: str) -> str:
    """The class of an image: the folder that it is in; empty at the top."""
    return posixpath.dirname(path)


def classes(paths: Iterable[str]) -> dict[str, int]:
    """Number of images by class, by name."""
    return dict(sorted(Counter(label(path) for path in paths if is_image(path)).items()))


def _with_pixels(found: ImageChanges, a: Listing, b: Listing, files: FileChanges, fetch: Fetch) -> ImageChanges:
    pairs = [path for path in files.changed if is_image(path)][:PAIRS]
    seen = [_alike(one, other) for one, other in zip(fetch(0, pairs), fetch(1, pairs), strict=True)] if pairs else []
    samples = [sample(listing) for listing in (a, b)]
    pixels = [[_pixels(path) for path in fetch(side, paths)] for side, paths in enumerate(samples)]
    with engine() as tables:
        moved = _pixel_shifts(tables, *([one for one in side if one] for side in pixels))
    return replace(found, pixels=tuple(moved), sampled=len(samples[0]), alike=sum(seen) / len(seen) if seen else None)


def sample(listing: Listing) -> list[str]:
    """Up to SAMPLE images, chosen by their hash: the same for everyone, and as good as by lot."""
    chosen = sorted((md5, path) for path, md5 in listing.hashes.items() if is_image(path))[:SAMPLE]
    return [path for _, path in chosen]


def _pixel_shifts(tables: Engine, a: Sequence[Pixels], b: Sequence[Pixels]) -> list[Shift]:
    columns = {"width": "BIGINT", "height": "BIGINT", "brightness": "DOUBLE", "contrast": "DOUBLE"}
    loaded = []
    for side in (a, b):
        lines = tables.new_file(".jsonl")
        lines.write_text(
            "".join(
                f'{{"width": {one.width}, "height": {one.height},'
                f' "brightness": {one.brightness!r}, "contrast": {one.contrast!r}}}\n'
                for one in side
            )
        )
        loaded.append(load_values(tables, lines, "", columns))
    return shifts(tables, loaded[0], loaded[1], list(columns))


def _pillow_is_here() -> bool:
    from importlib.util import find_spec

    return find_spec("PIL") is not None


def _pixels(path: Path) -> Pixels | None:
    """What an image is like, or None where it cannot be opened."""
    from PIL import Image, ImageStat

    try:
        with Image.open(path) as image:
            grey = ImageStat.Stat(image.convert("L"))
            return Pixels(image.width, image.height, grey.mean[0], grey.stddev[0])
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def _alike(a: Path, b: Path) -> bool:
    """Whether two images show the same: resized, recoded or retouched ones do."""
    from PIL import Image, ImageChops, ImageStat

    try:
        with Image.open(a) as one, Image.open(b) as other:
            small = [image.convert("L").resize(_SMALL) for image in (one, other)]
            return float(ImageStat.Stat(ImageChops.difference(*small)).mean[0]) < ALIKE
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False
