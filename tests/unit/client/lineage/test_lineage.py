"""What is read for the lineage of one thing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from saigen.lineage.lineage import lineage
from saigen.recording import DATA, DATA_VERSION
from saigen.tracking import Tracking
from tests.unit.client.data_versions.project import QUIET, Checkout
from tests.unit.conftest import NewDatabase


def test_a_version_has_the_runs_from_before_it_got_its_name(
    tmp_path: Path, new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**QUIET, "HOME": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    checkout = Checkout(tmp_path / "birds")
    monkeypatch.chdir(checkout.root)
    md5 = checkout.add("data/penguins.csv", b"one")
    tracking = Tracking(new_database(tmp_path / "mlflow.db"))
    tags = {DATA_VERSION: f"penguins_v0+{md5[:7]}"}
    early = tracking.client.create_run("0", tags={**tags, DATA: json.dumps({"data/penguins.csv": md5})}).info.run_id
    digested = tracking.client.create_run("0", tags=tags).info.run_id
    tracking.client.create_run("0", tags={DATA_VERSION: "penguins_v0+0000000"})
    checkout.commit("First", "penguins_v1")
    found = lineage("penguins_v1", tracking=tracking)
    assert {id for id in found.graph.nodes if id.startswith("run:")} == {f"run:{early}", f"run:{digested}"}
