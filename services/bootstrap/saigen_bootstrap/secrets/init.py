"""`init`: writes the secret files that are not there yet. Interrupted anywhere, the next `init` goes on from there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..errors import UP, BlockedError
from . import store
from .declared import DERIVED, FILES, PRIMARIES, Derived, Primary


def init(root: Path, say: Callable[[str], None]) -> None:
    """Make every declared secret file below `root` exist, and check that files of one secret agree.

    Raises BlockedError when two files of one secret differ: nobody can know which of them is the right one.
    """
    for volume in sorted({file.split("/")[0] for file in FILES}):
        (root / volume).mkdir(mode=0o700, exist_ok=True)
        store.sweep(root / volume)
    present = {file: text for file in FILES if (text := store.read(root / file)) is not None}
    missing = [file for file in FILES if file not in present]
    say(_summary(missing))
    _check_irreplaceable(present)
    for primary in PRIMARIES:
        if primary.file not in present:
            present[primary.file] = _recovered(primary, present) or primary.make()
            store.replace(root / primary.file, present[primary.file])
    for derived in DERIVED:
        if derived.file not in present:
            present[derived.file] = derived.render(present[derived.primary].strip())
            store.replace(root / derived.file, present[derived.file])
    _check_pairs(present)
    say(f"secrets: {len(DERIVED)} pairs of files hold one secret each, all agree")


def _summary(missing: list[str]) -> str:
    declared, there = len(FILES), len(FILES) - len(missing)
    what = f" -> write {', '.join(missing)}" if missing else ", nothing to do"
    return f"secrets: {declared} declared, {there} present{what}"


def _check_irreplaceable(present: dict[str, str]) -> None:
    # Derived files are written after all primaries: one that is there says that all primaries were there before.
    began = any(derived.file in present for derived in DERIVED)
    for primary in PRIMARIES:
        if began and primary.irreplaceable and primary.file not in present:
            raise BlockedError(
                f"expected secret {primary.file}",
                "found none, and what it encrypted cannot be read with a new one",
                f"restore {primary.file} from a backup; to give up all data: docker compose down --volumes",
            )


def _recovered(primary: Primary, present: dict[str, str]) -> str | None:
    for derived in DERIVED:
        if derived.primary == primary.file and derived.file in present:
            return derived.recover(present[derived.file])
    return None


def _agree(derived: Derived, primary: str, text: str) -> bool:
    if derived.agrees is not None:
        return derived.agrees(primary, text)
    return derived.recover(text) == primary


def _check_pairs(present: dict[str, str]) -> None:
    for derived in DERIVED:
        if not _agree(derived, present[derived.primary].strip(), present[derived.file]):
            raise BlockedError(
                f"secrets: expected {derived.file} to hold the secret of {derived.primary}",
                "found another one",
                f"restore both from one backup, or delete the wrong one of the two, then {UP}",
            )
