"""The database's container refuses to start without a secret of its own."""

from __future__ import annotations

import pytest

from tests.shipped import run, volume

SECRETS = ("mlflow-password", "git-password", "bootstrap-password")


@pytest.mark.parametrize("content", [None, ""])
@pytest.mark.parametrize("name", SECRETS)
def test_a_missing_secret_is_a_refusal(name: str, content: str | None) -> None:
    files = {**dict.fromkeys(SECRETS, "x" * 40), name: content}
    with volume("postgres", {key: value for key, value in files.items() if value is not None}) as mount:
        done = run("postgres", "--network=none", mount, check=False)
    assert done.code == 3
    assert f"FAIL: expected secret /secrets/{name}, found none\nnext: " in done.stderr
