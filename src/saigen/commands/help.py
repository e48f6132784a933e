"""How help texts are laid out: prose is wrapped to the terminal, examples keep their lines."""

from __future__ import annotations

import argparse


class Layout(argparse.HelpFormatter):
    """Wraps descriptions and epilogs, but for those that have lines of their own."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        if "\n" not in text:
            return super()._fill_text(text, width, indent)
        return "\n".join(indent + line for line in text.splitlines())
