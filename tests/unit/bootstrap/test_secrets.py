"""`init`: every secret is random, written whole, and never overwritten; files of one secret agree."""

from __future__ import annotations

import base64
import json
import re
import stat
from pathlib import Path

import pytest
from saigen_bootstrap.errors import BlockedError
from saigen_bootstrap.secrets import store
from saigen_bootstrap.secrets.declared import DERIVED, FILES, PRIMARIES
from saigen_bootstrap.secrets.init import init
from saigen_bootstrap.tracking.access import Entry, parse_access

EVERY = {
    "postgres/bootstrap-password", "postgres/mlflow-password", "postgres/git-password",
    "storage/root-user", "storage/root-password", "storage/kms-key",
    "tracking/pgpass", "tracking/aws-credentials",
    "git/pgpass", "git/secret-key", "git/internal-token", "git/jwt-secret", "git/admin-password",
    "bootstrap/pgpass", "bootstrap/storage-root", "bootstrap/storage-tracking", "bootstrap/git-admin-password",
    "bootstrap/storage-gate", "bootstrap/tracking-token", "access/people.json", "git/gate-credentials",
}  # fmt: skip


def written(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): path.read_text() for path in root.glob("*/*")}


def run(root: Path) -> list[str]:
    said: list[str] = []
    init(root, said.append)
    return said


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A folder with every secret in it."""
    run(tmp_path)
    return tmp_path


def test_first_start_writes_every_declared_file(tmp_path: Path) -> None:
    said = run(tmp_path)
    assert set(written(tmp_path)) == EVERY
    assert said[0].startswith("secrets: 21 declared, 0 present -> write postgres/bootstrap-password, ")


def test_second_start_changes_nothing_and_says_so(made: Path) -> None:
    before = written(made)
    assert run(made)[0] == "secrets: 21 declared, 21 present, nothing to do"
    assert written(made) == before


def test_no_secret_is_said(made: Path) -> None:
    said = "\n".join(run(made))
    assert not [value for name, value in written(made).items() if value.strip() in said and name != "storage/root-user"]


def test_files_are_readable_by_their_owner_alone(made: Path) -> None:
    assert {stat.S_IMODE((made / file).stat().st_mode) for file in FILES} == {0o400}


def test_two_platforms_share_no_secret(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    run(tmp_path / "one")
    run(tmp_path / "two")
    one, two = written(tmp_path / "one"), written(tmp_path / "two")
    assert [name for name in one if one[name] == two[name]] == ["storage/root-user"]


def test_secrets_are_long_and_need_no_quoting(made: Path) -> None:
    for primary in PRIMARIES:
        text = (made / primary.file).read_text()
        assert primary.file == "storage/root-user" or re.fullmatch(r"[A-Za-z0-9_:+/=-]{40,}", text), primary.file


def test_encryption_key_is_32_bytes_with_a_name(made: Path) -> None:
    name, _, key = (made / "storage/kms-key").read_text().partition(":")
    assert name == "saigen-1"
    assert len(base64.b64decode(key)) == 32


def test_signing_key_is_unpadded(made: Path) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", (made / "git/jwt-secret").read_text())


def test_files_of_one_secret_agree(made: Path) -> None:
    files = written(made)
    assert files["tracking/pgpass"] == f"postgres:5432:mlflow:mlflow:{files['postgres/mlflow-password']}\n"
    assert files["git/pgpass"] == f"postgres:5432:git:git:{files['postgres/git-password']}\n"
    assert files["bootstrap/pgpass"] == f"postgres:5432:*:bootstrap:{files['postgres/bootstrap-password']}\n"
    assert files["bootstrap/git-admin-password"] == files["git/admin-password"]
    assert files["tracking/aws-credentials"].endswith(
        f"aws_secret_access_key = {files['bootstrap/storage-tracking']}\n"
    )
    root = {"user": files["storage/root-user"], "password": files["storage/root-password"]}
    assert json.loads(files["bootstrap/storage-root"]) == root


def test_only_the_platform_may_call_tracking_at_first(made: Path) -> None:
    token = (made / "bootstrap/tracking-token").read_text()
    assert parse_access((made / "access/people.json").read_text()) == {"saigen-platform": Entry.of("maintainer", token)}


@pytest.mark.parametrize("count", range(len(FILES)))
def test_init_goes_on_from_wherever_it_was_interrupted(made: Path, count: int) -> None:
    before = written(made)
    for file in FILES[count:]:
        (made / file).unlink()
    run(made)
    after = written(made)
    assert set(after) == EVERY
    assert {file: after[file] for file in FILES[:count]} == {file: before[file] for file in FILES[:count]}


def test_crash_while_writing_leaves_no_half_file(made: Path) -> None:
    (made / "git/.secret-key.x1y2z3ab").write_text("half")
    run(made)
    assert not list((made / "git").glob(".*"))


def test_empty_file_counts_as_missing(made: Path) -> None:
    (made / "git/internal-token").chmod(0o600)
    (made / "git/internal-token").write_text("")
    run(made)
    assert len((made / "git/internal-token").read_text()) == 40


@pytest.mark.parametrize(
    "derived", [item for item in DERIVED if item.file != "access/people.json"], ids=lambda d: d.file
)
def test_lost_secret_is_recovered_from_the_file_of_another_reader(made: Path, derived: object) -> None:
    primary = made / derived.primary  # type: ignore[attr-defined]
    before = primary.read_text()
    primary.unlink()
    run(made)
    assert primary.read_text() == before


@pytest.mark.parametrize("derived", DERIVED, ids=lambda d: d.file)
def test_files_that_disagree_are_refused_without_a_guess(made: Path, derived: object) -> None:
    primary = made / derived.primary  # type: ignore[attr-defined]
    primary.chmod(0o600)
    primary.write_text("x" * 40)
    before = written(made)
    with pytest.raises(BlockedError) as refused:
        run(made)
    assert derived.file in refused.value.what  # type: ignore[attr-defined]
    assert "x" * 40 not in str(refused.value)
    assert written(made) == before


@pytest.mark.parametrize("file", ["storage/kms-key", "git/secret-key"])
def test_lost_encryption_key_is_never_replaced_by_a_new_one(made: Path, file: str) -> None:
    (made / file).unlink()
    with pytest.raises(BlockedError) as refused:
        run(made)
    assert refused.value.exit_code == 3
    assert not (made / file).exists()


def test_missing_secret_blocks_with_the_next_command(tmp_path: Path) -> None:
    with pytest.raises(BlockedError) as refused:
        store.require(tmp_path / "pgpass")
    assert refused.value.next == "docker compose up -d --wait"
