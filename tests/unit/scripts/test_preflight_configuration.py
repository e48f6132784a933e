"""Settings that cannot hold are refused before anything is changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from preflight import rules
from preflight.facts import is_private
from tests.unit.scripts.machines import machine, only_failure, settings

HOST = "a host name or an IP address, without scheme or port, as SAIGEN_HOST"
WIDE = "a choice of SAIGEN_TLS (off, internal, files), for SAIGEN_BIND=0.0.0.0 is wider than this machine"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("SAIGEN_HOST", "https://saigen.example.com", HOST),
        ("SAIGEN_HOST", "saigen:5000", HOST),
        ("SAIGEN_BIND", "everywhere", "an IPv4 address as SAIGEN_BIND"),
        ("SAIGEN_BIND", "0.0.0.0", WIDE),
        ("SAIGEN_TLS", "on", "one of off, internal, files as SAIGEN_TLS"),
        ("SAIGEN_TRACKING_PORT", "http", "a port from 1 to 65535 as SAIGEN_TRACKING_PORT"),
        ("SAIGEN_STORAGE_PORT", "09000", "a port from 1 to 65535 as SAIGEN_STORAGE_PORT"),
        ("SAIGEN_STORAGE_PORT", "65536", "a port from 1 to 65535 as SAIGEN_STORAGE_PORT"),
        ("SAIGEN_GIT_PORT", "5000", "different ports for SAIGEN_TRACKING_PORT and SAIGEN_GIT_PORT"),
        ("SAIGEN_TRACKING_WORKERS", "0", "a number of workers as SAIGEN_TRACKING_WORKERS"),
        ("SAIGEN_CPUS", "all", "a number of processors as SAIGEN_CPUS"),
        ("SAIGEN_FOLD_SECONDS", "0", "a number of seconds as SAIGEN_FOLD_SECONDS"),
        ("SAIGEN_WORKER_SECONDS", "5m", "a number of seconds as SAIGEN_WORKER_SECONDS"),
        ("COMPOSE_PROJECT_NAME", "My Team", "lower-case letters, digits, - and _ as COMPOSE_PROJECT_NAME"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_hold_is_refused(name: str, value: str, expected: str) -> None:
    failure = only_failure(settings(**{name: value}), machine())
    assert (failure.expected, failure.code) == (expected, 2)


@pytest.mark.parametrize("choice", ["off", "internal"])
def test_a_wide_address_with_a_choice_of_encryption_is_accepted(choice: str) -> None:
    assert rules.failures(settings(SAIGEN_BIND="0.0.0.0", SAIGEN_TLS=choice), machine()) == []


def test_any_loopback_address_needs_no_choice_of_encryption() -> None:
    assert rules.failures(settings(SAIGEN_BIND="127.0.0.2"), machine()) == []


def test_files_that_only_their_owner_can_read_are_named(tmp_path: Path) -> None:
    folder, file = tmp_path / "infra", tmp_path / "infra" / "policy.json"
    folder.mkdir(mode=0o755)
    file.touch(mode=0o644)
    assert not is_private(folder)
    for path, mode in ((file, 0o640), (folder, 0o754)):
        before = path.stat().st_mode
        path.chmod(mode)
        assert is_private(folder)
        path.chmod(before)
    failure = only_failure(settings(), machine(private=("'/opt/my saigen/infra/policies'",)))
    assert failure.next == "chmod -R a+rX '/opt/my saigen/infra/policies'"


def test_own_certificates_have_to_be_there() -> None:
    lacking = machine(missing_tls_files=("cert.pem", "key.pem"))
    failure = only_failure(settings(SAIGEN_TLS="files"), lacking)
    assert failure.expected == "cert.pem and key.pem in ./infra/gateway/tls (SAIGEN_TLS_DIR)"


def test_certificates_are_not_asked_for_by_other_choices() -> None:
    assert rules.failures(settings(SAIGEN_TLS="internal"), machine(missing_tls_files=("cert.pem",))) == []
