"""Keeps the signatures in docs/api.md as the code has them: `python docs/api.py` writes them, `--check` only looks.

Each verb has a section `## saigen.VERB`. Its first block of code is the signature, made here; the prose and the example
below it are written by hand.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from pathlib import Path

import saigen

PAGE = Path(__file__).with_name("api.md")
SECTION = re.compile(r"^## saigen\.(\w+)$", re.MULTILINE)
BLOCK = re.compile(r"```python\n.*?```\n", re.DOTALL)


def verbs() -> list[str]:
    """The names of all verbs."""
    return sorted(name for name in saigen.__all__ if callable(getattr(saigen, name)))


def signature(verb: str) -> str:
    """How a verb is called, one argument a line where it has more than one."""
    found = inspect.signature(getattr(saigen, verb))
    result = f" -> {found.return_annotation}"
    parts: list[str] = []
    for parameter in found.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in parts:
            parts.append("*")
        parts.append(_argument(parameter))
    if len(parts) < 2:
        return f"saigen.{verb}({', '.join(parts)}){result}"
    return f"saigen.{verb}(\n" + "".join(f"    {part},\n" for part in parts) + f"){result}"


def _argument(parameter: inspect.Parameter) -> str:
    said = f"{parameter.name}: {parameter.annotation}"
    default = parameter.default
    if default is parameter.empty:
        return said
    if callable(default):
        return f"{said} = ..."
    return f'{said} = "{default}"' if isinstance(default, str) else f"{said} = {default!r}"


def sections(page: str) -> dict[str, str]:
    """The text of each verb's section."""
    parts = SECTION.split(page)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def updated(page: str) -> str:
    """The page with the signatures that the code has now."""
    head, *parts = SECTION.split(page)
    for verb, text in zip(parts[::2], parts[1::2], strict=True):
        block = f"```python\n{signature(verb)}\n```\n"
        head += f"## saigen.{verb}{BLOCK.sub(lambda _, block=block: block, text, count=1)}"
    return head


def main(arguments: list[str] | None = None) -> int:
    """Exit code 1 when `--check` finds another signature."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 where something would change")
    check = parser.parse_args(arguments).check
    page = PAGE.read_text(encoding="utf-8")
    new = updated(page)
    if page == new:
        return 0
    if check:
        print("FAIL: docs/api.md has other signatures than the code\n  next: python docs/api.py", file=sys.stderr)
        return 1
    PAGE.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
