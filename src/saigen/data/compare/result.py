"""What a comparison found, whatever the kind of data. Values only; `to_json` of a whole is `dataclasses.asdict`."""

from __future__ import annotations

from dataclasses import dataclass, field

from saigen.data.judgement import Figures


@dataclass(frozen=True)
class Retyped:
    """A column whose type changed. `fits`: both types are of one family (whole numbers and decimals, for example)."""

    column: str
    a: str
    b: str
    fits: bool


@dataclass(frozen=True)
class SchemaChanges:
    """Columns by name, in the order of the tables. `kept`: those of both, with a type that fits."""

    kept: tuple[str, ...]
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    retyped: tuple[Retyped, ...] = ()


@dataclass(frozen=True)
class Change:
    """One changed value, as an example: the row's key, the column, and the value in A and in B, as text."""

    key: tuple[str, ...]
    column: str
    a: str | None
    b: str | None


@dataclass(frozen=True)
class RowChanges:
    """What happened to rows.

    Attributes:
        a, b: number of rows in each.
        key: the columns that recognise a row; empty where rows were matched by `position` or as `whole rows`.
        matched_by: `key`, `position` or `whole rows`, and `how` the key was found: `given`, `declared` (a database's
            primary key) or `detected`.
        added, removed: rows of only one. changed: rows of both in which a value differs; None where that is not known.
        same: rows of both in which none does.
        cells: by column, in how many common rows its value differs.
        examples: a few of those.
        overlap: as `Figures.overlap`.
    """

    a: int
    b: int
    matched_by: str
    added: int
    removed: int
    same: int
    overlap: float
    changed: int | None = None
    key: tuple[str, ...] = ()
    how: str = ""
    cells: dict[str, int] = field(default_factory=dict)
    examples: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Shift:
    """How far the distribution of a column moved.

    Attributes:
        psi: population stability index over the bins that docs/data-versions.md describes, missing values being one.
        noise: what psi would stay below, in 95 of 100 cases, if both were samples of one distribution.
        ks: Kolmogorov-Smirnov distance of numbers and times: the largest difference of the two distribution functions.
        missing_a, missing_b: share of missing values. mean_a, mean_b: of numbers.
        level: `none`, `moderate` (psi from 0.1) or `large` (from 0.25); `none` where psi is within the noise.
    """

    column: str
    psi: float
    noise: float
    level: str
    missing_a: float
    missing_b: float
    ks: float | None = None
    mean_a: float | None = None
    mean_b: float | None = None


@dataclass(frozen=True)
class TableChanges:
    """One table: `name` is empty where the data is a single table."""

    name: str
    schema: SchemaChanges
    rows: RowChanges
    shifts: tuple[Shift, ...] = ()


@dataclass(frozen=True)
class FileChanges:
    """What happened to the files of a directory. `moved`: the same content under another path (old, new)."""

    a: int
    b: int
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    moved: tuple[tuple[str, str], ...] = ()
    same: int = 0


@dataclass(frozen=True)
class ImageChanges:
    """What happened to a folder of images.

    Attributes:
        classes_a, classes_b: number of images by folder; the folder is taken as the class.
        relabelled: images that moved into another class (old path, new path).
        psi: population stability index over the classes; None without classes.
        pixels: shift of width, height, brightness and contrast over a sample; empty where pixels were not read.
        sampled: number of images a side in that sample.
        alike: of the changed images that were looked at, the share that still shows the same picture; None if none was.
    """

    classes_a: dict[str, int]
    classes_b: dict[str, int]
    relabelled: tuple[tuple[str, str], ...] = ()
    psi: float | None = None
    pixels: tuple[Shift, ...] = ()
    sampled: int = 0
    alike: float | None = None


@dataclass(frozen=True)
class Comparison:
    """Everything that a comparison found.

    Attributes:
        kind: `table`, `database`, `document`, `images`, `directory`, `bytes`, or `two kinds`.
        tables: tables of both. tables_added, tables_removed: names of a database's other tables.
        files, images: of directories. inside: comparisons of changed files in a directory, by path.
        notes: what was not looked at, and why.
        figures: what the judgement rests on.
    """

    kind: str
    figures: Figures
    tables: tuple[TableChanges, ...] = ()
    tables_added: tuple[str, ...] = ()
    tables_removed: tuple[str, ...] = ()
    files: FileChanges | None = None
    images: ImageChanges | None = None
    inside: dict[str, Comparison] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
