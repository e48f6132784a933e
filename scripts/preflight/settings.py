"""The platform's settings: `.env.example` declares them with their defaults, `.env` and the environment change them.

Compose reads `.env` by itself. Until Docker is there nobody else can, so this reads the plain form that
`.env.example` asks for (KEY=VALUE, quotes allowed, no references) and refuses what only Compose would understand.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PORTS = ("SAIGEN_TRACKING_PORT", "SAIGEN_STORAGE_PORT", "SAIGEN_GIT_PORT")
_ASSIGNMENT = re.compile(r"^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$")
_DECLARATION = re.compile(r"^#([A-Z][A-Z0-9_]*)=(.*)$")


@dataclass(frozen=True)
class Settings:
    """Every declared setting with the value that holds, and where `.env` could not be read as plain values."""

    values: Mapping[str, str]
    root: Path
    unreadable: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> str:
        return self.values[name]

    def port(self, name: str) -> int | None:
        """The port as a number, None where the value is not one."""
        text = self.values[name]
        return int(text) if re.fullmatch(r"[1-9][0-9]{0,4}", text) and int(text) <= 65535 else None

    def number(self, name: str) -> int | None:
        """The whole number above 0, None where the value is not one."""
        text = self.values[name]
        return int(text) if re.fullmatch(r"[1-9][0-9]{0,3}", text) else None

    def path(self, name: str) -> Path:
        """The file or folder a setting names; relative ones count from the repository's root, as in Compose."""
        return (self.root / Path(self.values[name]).expanduser()).resolve()


def declared(example: str) -> dict[str, str]:
    """Names and defaults that the text of `.env.example` declares: its lines `#NAME=default`."""
    found = (_DECLARATION.match(line) for line in example.splitlines())
    return {match[1]: match[2] for match in found if match}


def assignments(text: str) -> dict[str, str]:
    """The plain assignments in the text of a `.env` file; the last one of a name holds."""
    values = {}
    for line in text.splitlines():
        match = _ASSIGNMENT.match(line)
        if match:
            values[match[1]] = _unquoted(match[2])
    return values


def _unquoted(value: str) -> str:
    quoted = re.match(r"""^(["'])(.*?)\1(?:\s+#.*)?$""", value)
    return quoted[2] if quoted else re.sub(r"(^|\s+)#.*$", "", value)


def load(root: Path, environment: Mapping[str, str]) -> Settings:
    """Read the settings that hold in `root`: the environment wins over `.env`, `.env` over the defaults.

    As in Compose, an empty value means the default.
    """
    defaults = declared((root / ".env.example").read_text(encoding="utf-8"))
    dotenv = root / ".env"
    written = assignments(dotenv.read_text(encoding="utf-8")) if dotenv.is_file() else {}
    values = {name: environment.get(name, written.get(name, "")) or default for name, default in defaults.items()}
    unreadable = tuple(name for name in defaults if name not in environment and "$" in written.get(name, ""))
    return Settings(values, root, unreadable)


def main(arguments: list[str]) -> int:
    """Print the value of one setting: `python3 -m preflight.settings BASE_IMAGE`."""
    held = load(ROOT, os.environ)
    if len(arguments) != 1 or arguments[0] not in held.values:
        print(f"FAIL: expected one setting that .env.example declares, found {' '.join(arguments)!r}", file=sys.stderr)
        print(f"next: choose one of {', '.join(held.values)}", file=sys.stderr)
        return 2
    print(held[arguments[0]])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
