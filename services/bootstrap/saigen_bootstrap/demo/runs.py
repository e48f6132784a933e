"""Asks tracking, as one person, for the runs of one experiment."""

from __future__ import annotations

from typing import Any

import httpx

from ..errors import UP, SaigenError, SilentServiceError
from ..settings import INNER

_UNFINISHED = ("RUNNING", "SCHEDULED")


class Runs:
    """MLflow's REST API with one account's name and secret."""

    def __init__(self, name: str, secret: str, url: str = INNER.tracking) -> None:
        """Calls are made in this account's name."""
        self._http = httpx.Client(base_url=f"{url}/api/2.0/mlflow", auth=(name, secret), timeout=30)

    def of_version(self, experiment: str, version: str) -> list[dict[str, Any]]:
        """All runs on one data version, deleted ones too; none when there is no such experiment."""
        answer = self._send("GET", "experiments/get-by-name", params={"experiment_name": experiment})
        if answer.status_code == httpx.codes.NOT_FOUND:
            return []
        query = {
            "experiment_ids": [self._good(answer)["experiment"]["experiment_id"]],
            "filter": f"tags.data_version = '{version}'",
            "run_view_type": "ALL",
            "max_results": 100,
        }
        runs: list[dict[str, Any]] = self._good(self._send("POST", "runs/search", json=query)).get("runs", [])
        return runs

    def trained(self, experiment: str, version: str) -> bool:
        """Whether a run on this version came to its end, whatever became of it later."""
        return any(run["info"]["status"] == "FINISHED" for run in self.of_version(experiment, version))

    def delete_unfinished(self, experiment: str, version: str, owner: str) -> None:
        """Delete what an interrupted training of this owner left running."""
        for run in self.of_version(experiment, version):
            info = run["info"]
            stale = info["status"] in _UNFINISHED and info["lifecycle_stage"] == "active"
            if stale and info.get("user_id", owner) == owner:
                self._good(self._send("POST", "runs/delete", json={"run_id": info["run_id"]}))

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return self._http.request(method, f"/{path}", **options)
        except httpx.TransportError as error:
            raise SilentServiceError("tracking", type(error).__name__) from error

    def _good(self, answer: httpx.Response) -> dict[str, Any]:
        if not answer.is_success:
            why = f"{answer.status_code} {answer.text[:300]}"
            raise SaigenError(
                "tracking: the demo's runs cannot be read", why, f"docker compose logs tracking, then {UP}"
            )
        content: dict[str, Any] = answer.json()
        return content
