"""The one shape of a refusal."""

from __future__ import annotations

from dataclasses import dataclass

CONFIGURATION, MISSING, UNREACHABLE, NOT_PERMITTED = 2, 3, 4, 5


@dataclass(frozen=True)
class Failure:
    """What was expected and found, the command to run next, and the exit code that says it."""

    expected: str
    found: str
    next: str
    code: int

    def __str__(self) -> str:
        return f"FAIL: expected {self.expected}, found {self.found}\nnext: {self.next}"


def wrong(expected: str, found: str, next_command: str) -> Failure:
    """A failure that a setting mends."""
    return Failure(expected, found, next_command, CONFIGURATION)


def missing(expected: str, found: str, next_command: str) -> Failure:
    """A failure of something that is needed and is not there."""
    return Failure(expected, found, next_command, MISSING)
