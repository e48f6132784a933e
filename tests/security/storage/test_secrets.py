"""Without its secrets the storage does not start, neither by our command nor by MinIO's (patch 9)."""

from __future__ import annotations

import pytest

from tests import shipped
from tests.security.storage.container import fresh_secrets
from tests.shipped import DockerError, volume

NAMES = ["root-user", "root-password", "kms-key"]
COMPLETE = {
    "MINIO_ROOT_USER_FILE": "/secrets/root-user",
    "MINIO_ROOT_PASSWORD_FILE": "/secrets/root-password",
    "MINIO_KMS_SECRET_KEY_FILE": "/secrets/kms-key",
}


def run(secrets: dict[str, bytes], *options: str, command: tuple[str, ...] = ()) -> None:
    """Run the image until it ends by itself; one that starts to serve is ended after ten seconds, with code 137."""
    ending = ("--signal=KILL", "10", *command)
    with volume("storage", secrets) as mount:
        shipped.run("storage", "--entrypoint=timeout", mount, *options, command=ending)


def run_saigen(secrets: dict[str, bytes]) -> None:
    """Run our own command."""
    run(secrets, command=("saigen-storage", "serve"))


def run_minio(secrets: dict[str, bytes], environment: dict[str, str]) -> None:
    """Run MinIO itself, without our command before it."""
    options = [f"--env={name}={value}" for name, value in environment.items()]
    run(secrets, *options, command=("minio", "server", "/data"))


@pytest.mark.parametrize("name", NAMES)
def test_missing_secret_is_a_refusal_to_start(name: str) -> None:
    secrets = fresh_secrets()
    del secrets[name]
    with pytest.raises(DockerError, match=f"FAIL: expected secret /secrets/{name}, found none\nNext: ") as refusal:
        run_saigen(secrets)
    assert refusal.value.code == 3


@pytest.mark.parametrize("name", NAMES)
def test_empty_secret_is_a_refusal_to_start(name: str) -> None:
    with pytest.raises(DockerError, match=f"FAIL: expected secret /secrets/{name}, found none\nNext: ") as refusal:
        run_saigen({**fresh_secrets(), name: b""})
    assert refusal.value.code == 3


@pytest.mark.parametrize("variable", COMPLETE)
def test_minio_does_not_start_when_a_named_secret_file_is_missing(variable: str) -> None:
    with pytest.raises(DockerError) as refusal:
        run_minio(fresh_secrets(), {**COMPLETE, variable: "/secrets/nothing"})
    assert refusal.value.code == 1


@pytest.mark.parametrize("variable", COMPLETE)
def test_minio_does_not_start_when_a_named_secret_file_is_empty(variable: str) -> None:
    with pytest.raises(DockerError) as refusal:
        run_minio({**fresh_secrets(), "empty": b""}, {**COMPLETE, variable: "/secrets/empty"})
    assert refusal.value.code == 1


def test_minio_does_not_start_when_both_names_of_root_are_missing() -> None:
    nothing = {"MINIO_ROOT_USER_FILE": "/secrets/nothing", "MINIO_ROOT_PASSWORD_FILE": "/secrets/nothing"}
    with pytest.raises(DockerError) as refusal:
        run_minio(fresh_secrets(), {**COMPLETE, **nothing})
    assert refusal.value.code == 1


def test_minio_does_not_start_with_its_default_credentials() -> None:
    with pytest.raises(DockerError) as refusal:
        run_minio(fresh_secrets(), {})
    assert refusal.value.code == 1


def test_unknown_verb_is_wrong_usage() -> None:
    with pytest.raises(DockerError, match="FAIL: expected serve or healthy, found 'other'") as refusal:
        run({}, command=("saigen-storage", "other"))
    assert refusal.value.code == 2
