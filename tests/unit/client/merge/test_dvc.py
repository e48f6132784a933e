"""DVC itself takes a merged pointer for its own: it checks the data out, and would write the same pointer."""

from __future__ import annotations

import shutil
from collections.abc import Mapping

from saigen.data.dvc_program import dvc
from tests.unit.client.data_versions.project import Checkout
from tests.unit.client.merge.branches import Branches, Change
from tests.unit.client.merge.test_git import assert_merged, rows


def added(table: bytes, files: Mapping[str, bytes]) -> Change:
    """A table and a directory as they are now, added by DVC."""

    def change(checkout: Checkout) -> None:
        shutil.rmtree(checkout.root / "data" / "photos", ignore_errors=True)
        (checkout.root / "data" / "birds.csv").unlink(missing_ok=True)
        checkout.write("data/birds.csv", table)
        for name, content in files.items():
            checkout.write(f"data/photos/{name}", content)
        dvc(checkout.repository, "add", "data/birds.csv", "data/photos")

    return change


def test_dvc_would_write_what_the_merge_wrote(branches: Branches) -> None:
    branches.diverge(
        added(rows(1), {"a.png": b"a", "b.png": b"b"}),
        added(rows(1, 2), {"a.png": b"a", "deep/c.png": b"ccc"}),
        added(rows(1, 3), {"a.png": b"a", "b.png": b"b", "d.png": b"dd"}),
    )
    assert_merged(branches, "merge", "other")
    dvc(branches.checkout.repository, "checkout")
    assert branches.read("data/birds.csv") == rows(1, 2, 3)
    assert branches.read("data/photos/d.png") == b"dd"
    assert not (branches.checkout.root / "data/photos/b.png").exists()
    dvc(branches.checkout.repository, "add", "data/birds.csv", "data/photos")
    assert branches.checkout.git("diff", "--", "data") == ""
