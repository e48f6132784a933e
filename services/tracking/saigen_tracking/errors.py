"""Two ways to say no: to a request (`Refusal`) and to an operator (`TrackingError`)."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - it is an answer, not a fault
    """A request that is not carried out.

    Args:
        status: HTTP status of the answer.
        reason: one sentence for the person who asked: what was refused and why.
        code: MLflow's error code, so that plain clients show the reason as they show MLflow's own.
    """

    def __init__(self, status: int, reason: str, code: str = "") -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.code = code or _CODES.get(status, "INTERNAL_ERROR")


_CODES = {
    400: "INVALID_PARAMETER_VALUE",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "RESOURCE_DOES_NOT_EXIST",
    413: "INVALID_PARAMETER_VALUE",
    503: "TEMPORARILY_UNAVAILABLE",
}


class TrackingError(Exception):
    """Something an operator can act on: what failed, expected and found, what to do next.

    `exit_code` follows the project's table: 2 wrong configuration, 3 something needed is missing, 4 unreachable.
    """

    def __init__(self, what: str, why: str, next_step: str, exit_code: int = 3) -> None:
        super().__init__(what, why, next_step)
        self.what = what
        self.why = why
        self.next_step = next_step
        self.exit_code = exit_code

    def __str__(self) -> str:
        return f"FAIL: {self.what}\n  {self.why}\n  next: {self.next_step}"
