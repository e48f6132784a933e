"""One error root: what failed, what was expected and found, and the next command to run."""

from __future__ import annotations


class SaigenError(Exception):
    """Something a person can act on.

    Args:
        what: what failed, in one line.
        why: what was expected and what was found.
        next: the next command to run, or the next thing to do.

    `exit_code` is the documented code of its class: 1 the answer is no, 2 wrong usage or configuration,
    3 something needed is missing, 4 a service is unreachable, 5 not permitted.
    """

    exit_code = 1

    def __init__(self, what: str, why: str, next: str) -> None:
        super().__init__(what, why, next)
        self.what = what
        self.why = why
        self.next = next

    def __str__(self) -> str:
        return f"{self.what}\n  {self.why}\n  next: {self.next}"


class UsageError(SaigenError):
    """Wrong usage or configuration."""

    exit_code = 2


class BlockedError(SaigenError):
    """Something that is needed is missing."""

    exit_code = 3


class UnreachableError(SaigenError):
    """A service does not answer."""

    exit_code = 4


class NotPermittedError(SaigenError):
    """The service knows who asks, and says no."""

    exit_code = 5
