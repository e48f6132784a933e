"""What the gate reads: roles that bootstrap wrote, and the credentials that `init` wrote. Without them it is closed."""

from __future__ import annotations

from pathlib import Path

import pytest
from saigen_bootstrap.gate.roles import render_roles
from saigen_bootstrap.secrets.declared import DERIVED
from saigen_gate.roles import role_of
from saigen_gate.storage import reach_storage

from saigen.errors import BlockedError

SECRET = "s" * 40


def test_a_role_is_what_bootstrap_wrote(tmp_path: Path) -> None:
    file = tmp_path / "roles.json"
    file.write_text(render_roles({"author": "member", "captain": "maintainer"}))
    assert [role_of(name, file) for name in ("author", "captain", "stranger")] == ["member", "maintainer", "viewer"]


@pytest.mark.parametrize(
    "text",
    [None, "", "[]", '{"version": 2, "roles": {}}', '{"version": 1}', '{"version": 1, "roles": {"author": "god"}}'],
)
def test_nobody_has_a_role_in_what_is_no_such_file(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "roles.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(BlockedError, match="not known who may do what"):
        role_of("author", file)


def test_the_storage_is_reached_with_what_init_wrote(tmp_path: Path) -> None:
    (derived,) = [one for one in DERIVED if one.file == "git/gate-credentials"]
    file = tmp_path / "gate-credentials"
    file.write_text(derived.render(SECRET))
    environment = {"AWS_SECRET_ACCESS_KEY": "another", "AWS_ENDPOINT_URL_S3": "http://elsewhere"}
    reach_storage(environment, file)
    assert environment == {
        "AWS_ACCESS_KEY_ID": "gate",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_ENDPOINT_URL_S3": "http://storage:9000",
        "AWS_REGION": "us-east-1",
    }


@pytest.mark.parametrize("text", [None, "", "[default]\naws_access_key_id = gate\n", "no file of that kind"])
def test_without_credentials_the_gate_is_closed(tmp_path: Path, text: str | None) -> None:
    file = tmp_path / "gate-credentials"
    if text is not None:
        file.write_text(text)
    with pytest.raises(BlockedError, match="no account at the storage"):
        reach_storage({}, file)
