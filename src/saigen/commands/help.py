"""How help texts are laid out: prose is wrapped to the terminal, examples keep their lines."""

from __future__ import annotations

import argparse


class Layout(argparse.HelpFormatter):
    """Wraps prose, and leaves lines alone that begin with two spaces."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        fill = super()._fill_text
        kept = ((line, not line or line.startswith("  ")) for line in text.splitlines())
        return "\n".join(indent + line if laid_out else fill(line, width, indent) for line, laid_out in kept)


def examples(*lines: str, then: str = "") -> str:
    """What stands at the end of a command's help: examples, a line each, and then whatever else is to be known."""
    shown = "\n".join(["examples:", *(f"  {line}" for line in lines)])
    return f"{shown}\n\n{then}" if then else shown
