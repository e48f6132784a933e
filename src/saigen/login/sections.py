"""One section of an INI file that belongs to somebody: changed in its text, so that all else stays as it was. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

_HEAD = re.compile(r"^[ \t]*\[(?P<name>[^\]]+)\][^\n]*(?:\n|$)", re.MULTILINE)


def with_section(text: str, name: str, values: Mapping[str, str]) -> str:
    """The text with these values in a section: added, or changed where they are there already."""
    found = _find(text, name)
    if found is None:
        gap = "" if not text or text.endswith("\n\n") else "\n" if text.endswith("\n") else "\n\n"
        return f"{text}{gap}[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in values.items())
    start, end = found
    body = text[start:end]
    for key, value in values.items():
        line = re.compile(rf"^[ \t]*{re.escape(key)}[ \t]*=[^\n]*$", re.MULTILINE)
        said = f"{key} = {value}"
        if line.search(body):
            body = line.sub(said.replace("\\", r"\\"), body, count=1)
        else:
            body = body.rstrip("\n") + f"\n{said}\n" + ("\n" if body.endswith("\n\n") else "")
    return text[:start] + body + text[end:]


def without_section(text: str, name: str) -> str:
    """The text without a section."""
    found = _find(text, name)
    return text if found is None else (text[: found[0]].rstrip("\n") + "\n" + text[found[1] :]).lstrip("\n")


def values_of(text: str, name: str) -> dict[str, str]:
    """Keys and values of a section; empty where there is none."""
    found = _find(text, name)
    if found is None:
        return {}
    lines = (line.partition("=") for line in text[slice(*found)].splitlines()[1:])
    return {key.strip(): value.strip() for key, equals, value in lines if equals and not key.lstrip().startswith("#")}


def _find(text: str, name: str) -> tuple[int, int] | None:
    heads = list(_HEAD.finditer(text))
    for number, head in enumerate(heads):
        if head["name"].strip() == name:
            return head.start(), heads[number + 1].start() if number + 1 < len(heads) else len(text)
    return None
