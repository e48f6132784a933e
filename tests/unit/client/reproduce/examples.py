"""Runs as the tracking server shows them."""

from __future__ import annotations

from typing import Any

from saigen.recording import COMMAND, COMMIT, REPOSITORY, SESSION, Command
from saigen.tracking import Run

COMMIT_ID = "1" * 40
FILES = frozenset({"src/train.py", "src/model.py", "jobs/__main__.py", "params.yaml", "uv.lock"})


def a_run(tags: dict[str, str] | None = None, **changes: Any) -> Run:
    """A finished run of the author's, with these tags beside commit and repository."""
    values: dict[str, Any] = {
        "id": "a" * 32,
        "experiment_id": "1",
        "name": "calm-fox-1",
        "status": "FINISHED",
        "user": "author",
        "start": 1,
        "end": 2,
        "artifact_uri": "mlflow-artifacts:/1/a",
        "metrics": {"rmse": 1.5},
    }
    place = {COMMIT: COMMIT_ID, REPOSITORY: "team/flights"}
    return Run(**{**values, **changes, "tags": {**place, **(tags or {})}})


def recorded(*arguments: str, **said: Any) -> dict[str, str]:
    """The tag of a command."""
    return {COMMAND: Command(arguments, **said).to_json()}


def in_session(ordinal: int) -> dict[str, str]:
    """The tag of a session."""
    return {SESSION: f"s1:{ordinal}"}
