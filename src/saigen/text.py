"""What others wrote, in a message for a terminal or for a service. Pure."""

from __future__ import annotations

from collections.abc import Iterable

_NAMED = 10  # paths that a message names


def printable(text: str) -> str:
    """The text as it may be shown in a terminal: no control characters, whoever wrote it, and not endless."""
    shown = "".join(character if character.isprintable() else "?" for character in text)
    return shown if len(shown) <= 500 else f"{shown[:500]}..."


def utf8(text: str) -> str:
    """The text as any service can hold it: the bytes of a name that is not UTF-8 are written out, as `\\udce9`."""
    return text.encode("utf-8", "backslashreplace").decode()


def counted(number: int, noun: str) -> str:
    """`1 output`, `3,000 outputs`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def named(paths: Iterable[str]) -> str:
    """The first of several paths, as they may be shown, and how many more there are."""
    every = sorted(paths)
    more = f", and {len(every) - _NAMED} more" if len(every) > _NAMED else ""
    return ", ".join(map(printable, every[:_NAMED])) + more
