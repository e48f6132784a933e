"""`saigen model serve`: MLflow's scoring server for a released model, in the environment that it was released with."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from saigen.model.find import find_release
from saigen.model.pull import bring_release, kept_folder
from saigen.release.registry import Registry
from saigen.tracking import Tracking

PORT = 5001  # 5000 is the tracking server's
_NOT_NEEDED = ("AWS_", "MLFLOW_TRACKING_", "SAIGEN_")


@dataclass(frozen=True)
class Serving:
    """A server that is ready to be started: `command`, in `folder`, with `environment`."""

    tag: str
    url: str
    folder: Path
    command: tuple[str, ...]
    environment: Mapping[str, str]


def prepare_serving(
    target: str,
    *,
    host: str = "127.0.0.1",
    port: int = PORT,
    project: str | None = None,
    tracking: Tracking | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Serving:
    """Bring a release here, unless it is, and say how it is served.

    Args:
        target: LINE (its newest release) or LINE-N. host, port: where to listen.

    Raises:
        As `saigen.model.pull.pull_model` does.
    """
    version = find_release(Registry(tracking or Tracking()), target, project)
    pulled = bring_release(version, kept_folder(version), environment=True, say=say)
    folder = pulled.folder.absolute()
    return Serving(
        tag=pulled.tag,
        url=f"http://{host}:{port}",
        folder=folder,
        command=(str(pulled.python), *serve_words(pulled.model, host, port)),
        environment=serve_variables(os.environ, folder),
    )


def serve_words(model: str, host: str, port: int) -> list[str]:
    """What an interpreter is told to serve a model. Pure."""
    where = ["--host", host, "--port", str(port), "--workers", "1"]
    return ["-m", "mlflow", "models", "serve", "--model-uri", model, "--env-manager", "local", *where]


def serve_variables(shell: Mapping[str, str], folder: Path) -> dict[str, str]:
    """The variables of the server: no credentials, and the project's code where a model may ask for it. Pure."""
    kept = {name: value for name, value in shell.items() if not name.startswith(_NOT_NEEDED)}
    programs = folder / ".venv" / "bin"
    path = f"{programs}{os.pathsep}{kept.get('PATH', os.defpath)}"
    return {**kept, "PATH": path, "PYTHONPATH": str(folder / "src"), "MLFLOW_DISABLE_TELEMETRY": "true"}
