"""Big files in Git: they belong in DVC, since a clone carries them for ever. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from saigen.branches.refusal import Refusal
from saigen.gate.added import Blob
from saigen.project.gate import GateRules
from saigen.text import printable


def judge_blobs(rules: GateRules, blobs: Sequence[Blob]) -> Iterator[Refusal]:
    """A refusal for each file that is larger than the project allows."""
    for blob in blobs:
        if blob.size > rules.largest_file:
            path = printable(blob.path)
            yield Refusal(
                "blob",
                f"{path} is too big for Git",
                f"it has {said(blob.size)}, and a file above {said(rules.largest_file)} belongs in DVC",
                f"git rm --cached {path} && dvc add {path} && git commit --amend --no-edit    "
                f"(in an earlier commit: git log --find-object={blob.id[:12]} names it)",
            )


def said(size: int) -> str:
    """A size for people: `12.5 MB`."""
    for unit, factor in (("GB", 1000**3), ("MB", 1000**2), ("KB", 1000)):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size} B"
