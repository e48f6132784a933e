"""Texts as lines, without a byte lost: whatever the encoding, the line ends and the end of the file. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from saigen.merge.outcome import unmergeable
from saigen.merge.plan import Clash, Plan

_BOM = "\ufeff"


@dataclass(frozen=True)
class Text:
    """A text file.

    Attributes:
        lines: without their ends. end: of its lines, by the first one. closed: whether the last line has one.
        mark: whether it begins with a byte order mark.
    """

    lines: Sequence[str]
    end: str = "\n"
    closed: bool = True
    mark: bool = False


def read_text(name: str, content: bytes) -> Text:
    """A file's lines. Bytes that are not UTF-8 come through unchanged.

    Raises:
        UnmergeableError: it is not a text.
    """
    if b"\0" in content:
        raise unmergeable(f"{name} cannot be read", "expected a text, found NUL characters (UTF-16, or no text)")
    text = decode(content)
    mark = text.startswith(_BOM)
    lines = (text[1:] if mark else text).split("\n")
    closed = lines[-1] == ""
    if closed:
        lines.pop()
    end = "\r\n" if lines and lines[0].endswith("\r") and (len(lines) > 1 or closed) else "\n"
    if end == "\r\n":
        lines = [line.removesuffix("\r") for line in lines]
    return Text(lines, end, closed, mark)


def write_text(lines: Sequence[str], like: Text, *, closed: bool) -> bytes:
    """The bytes of a text, with the line ends and the mark of another one."""
    ends = bool(lines) and (closed or not lines[-1])  # an empty last line is one only by its end
    return encode(f"{_BOM if like.mark else ''}{like.end.join(lines)}{like.end if ends else ''}")


def decode(content: bytes) -> str:
    """Text of bytes in UTF-8 or anything else. `encode` gives the same bytes."""
    return content.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    """The bytes of a text that `decode` gave."""
    return text.encode("utf-8", "surrogateescape")


def marked(plan: Plan, current: Sequence[str], incoming: Sequence[str]) -> list[str]:
    """The lines of a plan, with Git's markers around what clashes."""
    lines: list[str] = []
    for pick in plan.picks:
        if isinstance(pick, Clash):
            mine = [] if pick.current is None else [current[pick.current]]
            theirs = [] if pick.incoming is None else [incoming[pick.incoming]]
            lines += ["<<<<<<< current", *mine, "=======", *theirs, ">>>>>>> incoming"]
        else:
            lines.append(current[pick] if pick >= 0 else incoming[~pick])
    return lines


def picked(plan: Plan, current: Sequence[str], incoming: Sequence[str]) -> list[str]:
    """The lines of a plan without clashes."""
    return [current[pick] if pick >= 0 else incoming[~pick] for pick in plan.indexes]
