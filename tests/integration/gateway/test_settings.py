"""What the gateway refuses to start with, and that the shipped configuration is valid and formatted."""

from __future__ import annotations

import pytest

from tests.integration.gateway.containers import Gateway, ended
from tests.security.storage.certificate import self_signed
from tests.shipped import Answer, volume


def assert_refused(answer: Answer, code: int, expected: str) -> None:
    assert answer.code == code, answer.output
    assert answer.output.startswith("FAIL: expected ")
    assert expected in answer.output
    assert "\nnext: " in answer.output


@pytest.mark.parametrize("bind", ["0.0.0.0", "::", "127.evil.example"])
def test_open_to_the_network_it_wants_a_choice_of_encryption(bind: str) -> None:
    assert_refused(ended({"SAIGEN_BIND": bind}), 2, f"because SAIGEN_BIND={bind} opens the platform to the network")


@pytest.mark.parametrize("bind", ["127.0.0.53", "[::1]"])
def test_on_loopback_it_does_not(bind: str) -> None:
    assert ended({"SAIGEN_BIND": bind}, command=("check",)).code == 0


def test_an_unknown_choice_is_named() -> None:
    assert_refused(ended({"SAIGEN_TLS": "letsencrypt"}), 2, "found 'letsencrypt'")


@pytest.mark.parametrize(
    "host",
    [
        "ml.example.org:5000",
        "a{env.HOME}",
        "a\nadmin",
        "a" * 254,
    ],
)
def test_a_host_that_is_no_name_is_refused(host: str) -> None:
    assert_refused(ended({"SAIGEN_HOST": host}), 2, "SAIGEN_HOST to be a host name or an IP address")


@pytest.mark.parametrize("port", ["0", "65536", "5000 }"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    assert_refused(ended({"SAIGEN_GIT_PORT": port}), 2, "SAIGEN_GIT_PORT to be a port")


def test_trusted_proxies_that_are_no_addresses_are_refused() -> None:
    assert_refused(ended({"SAIGEN_TRUSTED_PROXIES": "proxy.example.org"}), 2, "SAIGEN_TRUSTED_PROXIES")


def test_files_without_a_certificate_are_refused() -> None:
    assert_refused(ended({"SAIGEN_TLS": "files"}), 3, "cert.pem in SAIGEN_TLS_DIR")


def test_files_without_a_key_are_refused() -> None:
    with volume("storage", {"cert.pem": self_signed()["public.crt"]}, "/tls") as mount:
        assert_refused(ended({"SAIGEN_TLS": "files"}, mount), 3, "key.pem in SAIGEN_TLS_DIR")


@pytest.mark.parametrize("host", ["ML.Example.ORG", "fd00::5"])
@pytest.mark.parametrize("mode", ["off", "internal"])
def test_the_shipped_configuration_is_valid_and_formatted(mode: str, host: str) -> None:
    answer = ended({"SAIGEN_TLS": mode, "SAIGEN_HOST": host}, command=("check",))
    assert answer.code == 0, answer.output
    assert "Valid configuration" in answer.output


def test_an_unknown_verb_is_wrong_usage(gateway: Gateway) -> None:
    assert gateway.run("sever").code == 2


def test_without_an_authority_there_is_none_to_print(gateway: Gateway) -> None:
    answer = gateway.run("ca")
    assert_refused(answer, 3, "the gateway's own certificate authority")


def test_health_is_red_when_nothing_listens() -> None:
    assert ended({}, command=("healthy",)).code != 0


def test_it_answers_no_administration(gateway: Gateway) -> None:
    listening = gateway.execute("cat", "/proc/net/tcp", "/proc/net/tcp6").stdout
    ports = {int(line.split()[1].rpartition(":")[2], 16) for line in listening.splitlines() if " 0A " in line}
    assert {5000, 9000, 3000} <= ports
    assert 2019 not in ports


def test_it_runs_as_the_services_user_without_capabilities(gateway: Gateway) -> None:
    status = gateway.execute("cat", "/proc/1/status").stdout
    assert "Uid:\t10001\t10001\t10001\t10001" in status
    assert "CapEff:\t0000000000000000" in status
