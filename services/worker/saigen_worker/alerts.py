"""Variables for the channels of alerts, from a file that the operator keeps: only `monitor watch` is given them.

That keeps them out of what a training logs. It hides nothing from code of a project, which runs as the same user.
"""

from __future__ import annotations

import re
from pathlib import Path

from saigen.errors import UsageError

FILE = Path("/alerts/alerts.env")
_LINE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)")


def read_alerts(path: Path) -> dict[str, str]:
    """The variables of the file; none where there is no file. See `parse_alerts`."""
    try:
        return parse_alerts(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except PermissionError:
        raise UsageError(
            f"{path.name} cannot be read", "expected it to be readable for user 10001", f"chown 10001 {path.name}"
        ) from None


def parse_alerts(text: str) -> dict[str, str]:
    """The variables of lines `NAME=VALUE`; the value is what follows, without quotes around it. Pure.

    Raises:
        UsageError: a line is neither that, nor empty, nor a comment. Its text is not told: it may hold a password.
    """
    found = {}
    for number, line in enumerate(map(str.strip, text.splitlines()), start=1):
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise UsageError(
                "alerts.env cannot be read", f"line {number}: expected NAME=VALUE", "edit it in SAIGEN_ALERTS_DIR"
            )
        value = match[2].strip()
        found[match[1]] = value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value
    return found
