"""The data of a release: what the phases need comes in, and what they made goes out, under DVC."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from saigen.data.dvc_program import dvc
from saigen.data.project import DvcProject
from saigen.data.pull import data_pull
from saigen.data.push import data_push
from saigen.errors import BlockedError, UsageError
from saigen.git.repository import Repository
from saigen.release.manifest import MODELS, Model, Phase
from saigen.tracking import LoggedModel, Tracking
from saigen.tracking.errors import our_errors

Say = Callable[[str], None]


def bring(root: Path, paths: Sequence[str]) -> None:
    """Bring data into a checkout, each file verified: these paths, or all but the models.

    Raises:
        As `saigen.data.pull.data_pull` does.
    """
    project = DvcProject.containing(root)
    wanted = list(paths) or sorted({one.path for one in project.outputs() if not _is_model(one.path)})
    if not wanted:
        return
    left_out = [left.path for left in data_pull(wanted, folder=root).left_out]
    if away := [path for path in left_out if not (root / path).exists()]:  # in a remote that only DVC knows: not S3
        dvc(Repository(root), "pull", *away)


def choose_model(models: Sequence[LoggedModel], name: str | None, phase: Phase) -> LoggedModel:
    """The logged model that ships. Raises BlockedError where there is none, UsageError where it is not clear. Pure."""
    found = [one for one in models if name in {None, one.name}]
    if len(found) == 1 or (found and len({one.name for one in found}) == 1):
        return found[-1]  # the last of one name: earlier ones are checkpoints of it
    names = ", ".join(sorted({one.name for one in models})) or "none"
    if not found:
        raise BlockedError(
            f"the run of {phase.name} logged no model{f' named {name}' if name else ''}",
            f"run {phase.run}: expected one, found {names}",
            'log it, for example with mlflow.sklearn.log_model(model, name="model")',
        )
    raise UsageError(
        f"the run of {phase.name} logged several models", f"run {phase.run}: {names}", "name one: [release] model = ..."
    )


def fetch_model(tracking: Tracking, model: LoggedModel, root: Path) -> Model:
    """Put a logged model into `models/<its name>` of a checkout, in place of what is there."""
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    from mlflow.artifacts import download_artifacts

    folder = root / MODELS
    folder.mkdir(exist_ok=True)
    target = folder / model.name
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as place, our_errors(tracking.uri, model.uri):
        found = Path(download_artifacts(artifact_uri=model.uri, dst_path=place, tracking_uri=tracking.uri))
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(found, target)
    return Model(model.name, model.uri, f"{MODELS}/{model.name}")


def keep_models(root: Path) -> list[str]:
    """Put everything that lies in `models/` under DVC: the model, checkpoints; returns the paths.

    What Git tracks, and what a stage of dvc.yaml makes, stays as it is. Pointers whose data was not made this time are
    those of an earlier model: they go.
    """
    repository = Repository(root)
    folder = root / MODELS
    in_git = set(repository.run("ls-files", "--", MODELS).splitlines())
    made = {one.path for one in DvcProject.containing(root).outputs() if not one.pointer.endswith(".dvc")}
    for pointer in sorted(folder.glob("*.dvc")):
        if not pointer.with_suffix("").exists():
            pointer.unlink()
    entries = [f"{MODELS}/{one.name}" for one in sorted(folder.iterdir()) if _is_kept(one)]
    wanted = [path for path in entries if path not in in_git | made]
    if wanted:
        dvc(repository, "add", *wanted)
    return entries


def send(root: Path, say: Say) -> None:
    """Push everything that the release's models need. Raises as `saigen.data.push.data_push` does."""
    say(f"push the data of {MODELS}/")
    if left_out := [left.path for left in data_push([MODELS], folder=root).left_out]:  # in a remote that only DVC knows
        dvc(Repository(root), "push", *left_out)


def _is_model(path: str) -> bool:
    return path.split("/", 1)[0] == MODELS


def _is_kept(path: Path) -> bool:
    return not path.name.startswith(".") and path.suffix != ".dvc"
