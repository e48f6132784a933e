"""Keeps the tables in docs/branches.md as the code has the kinds: `python docs/branches.py` writes, `--check` looks."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from saigen.branches.kinds import KINDS

PAGE = Path(__file__).with_name("branches.md")


def kinds() -> str:
    """A line a kind: its names, what may be written there, what a commit that changes data says."""
    lines = ["| kind | branches | a commit may change | and says, where data changes |", "|---|---|---|---|"]
    for kind in KINDS.values():
        writes = [f"`{path}`" for path in kind.writes] + [f"`{path}` (appended)" for path in kind.appends]
        says = [f"`{trailer}:`" for trailer in kind.trailers]
        says += [f"a commit of {above}" for above in kind.derives]
        names = ", ".join(f"`{name}`" for name in kind.names)
        lines.append(f"| {kind.name} | {names} | {', '.join(writes)} | {', '.join(says)} |")
    return "\n".join(lines)


def merges() -> str:
    """A line a kind that is merged into, a column a kind that it may come from."""
    names = list(KINDS)
    lines = [f"| into \\ from | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for kind in KINDS.values():
        lines.append(f"| **{kind.name}** | {' | '.join('●' if name in kind.merges else '' for name in names)} |")
    return "\n".join(lines)


def updated(page: str) -> str:
    """The page with the tables that the code gives now."""
    for name, table in (("kinds", kinds()), ("merges", merges())):
        marked = re.compile(rf"<!-- {name} -->\n.*?<!-- /{name} -->", re.DOTALL)
        page = marked.sub(lambda _, name=name, table=table: f"<!-- {name} -->\n{table}\n<!-- /{name} -->", page)
    return page


def main(arguments: list[str] | None = None) -> int:
    """Exit code 1 when `--check` finds another table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 where something would change")
    check = parser.parse_args(arguments).check
    old = PAGE.read_text(encoding="utf-8")
    new = updated(old)
    if old == new:
        print("docs/branches.md has the kinds of the code: nothing to do")
        return 0
    if not check:
        PAGE.write_text(new, encoding="utf-8")
    print("docs/branches.md " + ("has other kinds than the code" if check else "written"))
    return int(check)


if __name__ == "__main__":
    sys.exit(main())
