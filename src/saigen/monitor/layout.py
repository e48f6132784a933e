"""Where what was recorded lies on a monitoring branch, and what its commits say. Pure.

monitoring/inputs/<model tag>/<N>.parquet        one file a batch, under DVC: monitoring/inputs.dvc
monitoring/predictions/<model tag>/<N>.parquet
monitoring/labels/<model tag>/<N>.parquet        of the batch N; or of any rows, recognised by a key
monitoring/checks/*.py                           the team's own checks
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from saigen.branches.kinds import MODEL
from saigen.tags import MonitoringRecord, ReleasedModel, parse_tag

FOLDER = "monitoring"
PARTS = ("inputs", "predictions", "labels")
CHECKS = f"{FOLDER}/checks"
RECORDED = "Recorded"  # trailer: which parts
ROWS = "Rows"  # trailer: how many, of the first of the parts
KEY = "Key"  # trailer: columns that recognise a row; absent where rows belong together by their place
LABELS_OF = "Labels-of"  # trailer: number of the batch that labels came for later
BATCH = "Batch"  # trailer: id of what was handed in, so that it is recorded once, and twice where it came twice


@dataclass(frozen=True)
class Facts:
    """What the commit of a record says of it.

    Attributes:
        parts: some of PARTS. rows: of the first of them. key: columns that recognise a row.
        labels_of: number of the batch whose labels these are. batch: id of what was handed in.
    """

    model: str
    parts: tuple[str, ...]
    rows: int
    key: tuple[str, ...] = ()
    labels_of: int | None = None
    batch: str | None = None

    def trailers(self) -> list[str]:
        """The lines at the end of the commit's message."""
        said = {
            MODEL: self.model,
            RECORDED: ", ".join(self.parts),
            ROWS: str(self.rows),
            KEY: ", ".join(self.key),
            LABELS_OF: str(self.labels_of or ""),
            BATCH: self.batch or "",
        }
        return [f"{name}: {value}" for name, value in said.items() if value]


@dataclass(frozen=True)
class Record:
    """One monitoring record.

    Attributes:
        commit: that its tag names. facts: what that commit says; when, author, subject: of it, `when` as ISO 8601.
    """

    record: MonitoringRecord
    commit: str
    facts: Facts
    when: str = ""
    author: str = ""
    subject: str = ""

    @property
    def tag(self) -> str:
        """Its tag."""
        return self.record.tag

    @property
    def number(self) -> int:
        """Its number."""
        return self.record.number


def folder_of(part: str) -> str:
    """Where a part lies: `monitoring/inputs`."""
    return f"{FOLDER}/{part}"


def file_of(model: ReleasedModel, number: int) -> str:
    """Name of a batch's file in the folder of each part: `acme-7/12.parquet`."""
    return f"{model.tag}/{number}.parquet"


def model_and_number(name: str) -> tuple[ReleasedModel, int] | None:
    """The reverse of `file_of`; None for any other file."""
    folder, slash, file = name.partition("/")
    model, (number, dot, ending) = parse_tag(folder), file.partition(".")
    if not (slash and dot and ending == "parquet" and number.isdigit() and isinstance(model, ReleasedModel)):
        return None
    return model, int(number)


def facts_of(model: ReleasedModel, trailers: Mapping[str, str]) -> Facts:
    """What a commit's trailers say. What is missing, as in a commit made by hand, is left empty."""
    rows, labels_of = trailers.get(ROWS, ""), trailers.get(LABELS_OF, "")
    return Facts(
        model=trailers.get(MODEL, model.tag),
        parts=tuple(part for part in _listed(trailers.get(RECORDED, "")) if part in PARTS),
        rows=int(rows) if rows.isdigit() else 0,
        key=_listed(trailers.get(KEY, "")),
        labels_of=int(labels_of) if labels_of.isdigit() else None,
        batch=trailers.get(BATCH) or None,
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
