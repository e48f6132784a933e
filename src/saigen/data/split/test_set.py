"""Each look at the test set is recorded on the run that took it."""

from __future__ import annotations

from pathlib import Path

from saigen.data.hashing import Hashes
from saigen.data.project import DvcProject
from saigen.errors import BlockedError, UsageError
from saigen.recording import TEST_SET

TEST_FOLDER = "data/split/test"


def open_test(path: str | Path = TEST_FOLDER, *, run_id: str | None = None) -> Path:
    """Where the test set is; the run says afterwards, in its tag `saigen.test_set`, that it looked at it.

    Args:
        path: a file or directory that DVC tracks, relative to the project's root. run_id: the run; by default the one
            that is active in MLflow.

    Raises:
        UsageError: no run is active, or this one looked at another test set before: begin a nested one.
        BlockedError: DVC does not know the path, the data is not here, or it is not what its pointer says.
    """
    import mlflow

    project = DvcProject.containing(Path.cwd())
    wanted = Path(path).as_posix()
    output = next((one for one in project.outputs() if one.path == wanted), None)
    if output is None or output.md5 is None:
        raise BlockedError(
            f"{wanted} is not data of this project", "DVC does not know it", "saigen data take data/split " + wanted
        )
    found = Hashes().output(project.root, output)
    if found is None:
        raise BlockedError(
            f"{wanted} is not here", "its pointer is in Git, the data is not", f"saigen data pull {wanted}"
        )
    if found != output.md5 and not output.legacy:
        raise BlockedError(
            f"{wanted} is not the test set",
            f"expected {output.md5}, which its pointer says, found {found}",
            "dvc checkout",
        )
    active = mlflow.active_run()
    chosen = run_id or (active.info.run_id if active else None)
    if chosen is None:
        raise UsageError(
            "nobody would know of this look at the test set",
            "expected an active run, found none",
            "with mlflow.start_run():",
        )
    client = mlflow.MlflowClient()
    before = client.get_run(chosen).data.tags.get(TEST_SET)
    if before not in {None, output.md5}:
        raise UsageError(
            f"the run {chosen} looked at another test set before",
            f"it has {before}, this is {output.md5}",
            "a nested run for each",
        )
    if before is None:
        client.set_tag(chosen, TEST_SET, output.md5)
    return project.root / wanted
