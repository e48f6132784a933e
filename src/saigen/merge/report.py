"""A conflict for people: what clashes, in which versions, and how to go on. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from saigen.errors import SaigenError
from saigen.merge.outcome import Difference, Result
from saigen.text import printable

BRIEF = 5  # differences that the terminal shows


def conflict_report(path: str, result: Result, *, most: int) -> list[str]:
    """Lines about a conflict of differences. `most`: how many of them are shown."""
    lines = [f"{printable(path)}: both sides changed {result.count} things, each in its own way"]
    for difference in result.differences[:most]:
        lines += [f"  {line}" for line in _difference(difference)]
    if result.count > most:
        lines.append(f"  ... and {result.count - most} more")
    return [*lines, *how_to_go_on(path)]


def reason_report(path: str, error: SaigenError) -> list[str]:
    """Lines about content that cannot be merged."""
    why = [printable(line) for line in error.why.splitlines()]
    return [f"{printable(path)}: {printable(error.what)}", *(f"  {line}" for line in why), f"  next: {error.next}"]


def how_to_go_on(path: str) -> list[str]:
    """The commands that end a conflict."""
    data = printable(path.removesuffix(".dvc"))
    shown = printable(path)
    return [
        f"  next: git checkout --ours -- {shown} (or --theirs), or edit it; then git add {shown}",
        f'  or: say in saigen.toml, [merge] "{data}" = {{way = "data", prefer = "incoming"}} (or "current"),',
        f"      and merge it again: git checkout --merge -- {shown}",
    ]


def _difference(difference: Difference) -> Iterator[str]:
    yield printable(difference.what)
    sides: Sequence[tuple[str, str | None]] = (
        ("base", difference.base),
        ("current", difference.current),
        ("incoming", difference.incoming),
    )
    if all(text is None for _, text in sides):
        return
    for name, text in sides:
        yield f"  {name + ':':10}{'not there' if text is None else printable(text)}"
