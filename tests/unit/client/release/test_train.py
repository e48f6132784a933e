"""A release from end to end, without any server: local remotes, a database for tracking, real commands."""

from __future__ import annotations

import json

import pytest
import yaml

from saigen.errors import SaigenError
from tests.unit.client.release.project import Birds


def test_a_release_is_one_commit_with_everything_under_its_tag(birds: Birds) -> None:
    found = birds.release()
    assert found.tag == "acme-1"
    files = birds.git("ls-tree", "-r", "--name-only", "acme-1", where=birds.remote).splitlines()
    assert {"MODEL_CARD.md", "metrics.json", "release/release.json", "models/model.dvc"} <= set(files)
    assert birds.git("cat-file", "-t", "acme-1", where=birds.remote) == "tag"
    assert birds.published()["birds.acme/1"] == "acme-1"
    print(birds.git("show", "acme-1:MODEL_CARD.md"))
    assert birds.local()
