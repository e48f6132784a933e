"""The errors of bootstrap: those of the platform's one root, saigen.errors, and two that say more."""

from __future__ import annotations

from saigen.errors import BlockedError, NotPermittedError, SaigenError, UnreachableError, UsageError

__all__ = [
    "UP",
    "BlockedError",
    "DriftLeftError",
    "NotPermittedError",
    "SaigenError",
    "SilentServiceError",
    "TeamFileError",
    "UnreachableError",
    "UsageError",
]

UP = "docker compose up -d --wait"


class TeamFileError(UsageError):
    """Everything that is wrong with the team file, at once."""

    def __init__(self, problems: tuple[str, ...], path: str) -> None:
        """Take the problems as printable lines, each with its path and line."""
        count = f"{len(problems)} problem" + ("s" if len(problems) != 1 else "")
        super().__init__(f"{path} declares no team", f"found {count}; nothing was changed", f"edit {path}, then {UP}")
        self.problems = problems


class SilentServiceError(UnreachableError):
    """A service did not answer, or not as it should, within its time."""

    def __init__(self, service: str, found: str) -> None:
        """Name the service as the Compose file does."""
        super().__init__(f"{service} does not answer", f"found {found}", f"docker compose logs {service}, then {UP}")


class DriftLeftError(SaigenError):
    """After an apply something still differs from what is declared."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        """Take the plan lines that are left."""
        super().__init__(
            "apply left something undone", "; ".join(lines), f"{UP}; if it comes back: docker compose logs"
        )
