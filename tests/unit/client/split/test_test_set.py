"""A look at the test set is on the run that took it."""

from __future__ import annotations

from pathlib import Path

import mlflow
import pytest

from saigen.data.split import open_test
from saigen.errors import BlockedError, UsageError
from saigen.lineage.uses import test_uses as uses_of
from saigen.recording import TEST_SET
from tests.unit.client.data_versions.project import QUIET, Checkout
from tests.unit.conftest import NewDatabase


@pytest.fixture
def checkout(tmp_path: Path, new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A project with a test set, and a tracking database."""
    for name, value in {**QUIET, "HOME": str(tmp_path / "home"), "SAIGEN_RECORD": "off"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", new_database(tmp_path / "runs.db"))
    made = Checkout(tmp_path / "birds")
    made.write(".gitignore", "/.dvc/cache\n/data/split/test\n")
    made.add("data/split/test", {"1.csv": b"id\n1\n"})
    monkeypatch.chdir(made.root)
    return made


def test_every_look_is_on_its_run_and_can_be_asked_for(checkout: Checkout) -> None:
    md5 = checkout.add("data/split/test", {"1.csv": b"id\n1\n"})
    with pytest.raises(UsageError, match="expected an active run"):
        open_test()
    mlflow.set_experiment("looks")
    with mlflow.start_run() as run:
        mlflow.log_param("release_tag", "acme-1")
        assert (open_test() / "1.csv").read_bytes() == b"id\n1\n"
        open_test()
    assert mlflow.get_run(run.info.run_id).data.tags[TEST_SET] == md5
    checkout.add("data/split/test", {"1.csv": b"id\n2\n"})
    with pytest.raises(UsageError, match="another test set"):
        open_test(run_id=run.info.run_id)
    (checkout.root / "data/split/test/1.csv").write_text("id\n3\n")
    with pytest.raises(BlockedError, match="is not the test set"):
        open_test(run_id=run.info.run_id)
    assert [[one.id for one in uses_of(target)] for target in ("acme", md5, "other")] == [[run.info.run_id]] * 2 + [[]]
    mlflow.delete_run(run.info.run_id)
    assert len(uses_of("acme")) == 1


def test_what_dvc_does_not_know_is_no_test_set(checkout: Checkout) -> None:
    with pytest.raises(BlockedError, match="saigen data take data/split data/none"):
        open_test("data/none")
    assert checkout.root == Path.cwd()
