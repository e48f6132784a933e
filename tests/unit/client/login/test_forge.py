"""What a forge is asked for, and what its silence means."""

from __future__ import annotations

from pathlib import Path

import pytest

from saigen.errors import BlockedError
from saigen.login.forge import repositories
from saigen.login.profile import Profile


def test_authorities_that_cannot_be_read_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_SSL_CAINFO", str(tmp_path / "ca.crt"))
    with pytest.raises(BlockedError, match=r"ca\.crt"):
        repositories(Profile("ada", "https://127.0.0.1:9", "https://127.0.0.1:9", "https://127.0.0.1:9", "team"))
