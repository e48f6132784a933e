"""SAIGEN_TLS=internal and files: plain clients with nothing but the authority's certificate."""

from __future__ import annotations

import datetime
import os
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from cryptography import x509

from saigen.errors import BlockedError
from saigen.platform import discover
from tests.bench.storage_through_gateway import S5CMD
from tests.integration.gateway.containers import Gateway, launched, s3_client
from tests.security.storage.certificate import self_signed
from tests.shipped import fill, volume
from tests.waiting import eventually

SERVICES = ["tracking", "storage", "git"]


def handshake(gateway: Gateway, service: str, trust: ssl.SSLContext, name: str, address: str) -> x509.Certificate:
    """Connect to a loopback address as a client that expects `name`, and return the certificate that it accepted."""
    with (
        socket.create_connection((address, gateway.ports[service]), timeout=10) as wire,
        trust.wrap_socket(wire, server_hostname=name) as secure,
    ):
        der = secure.getpeercert(binary_form=True)
    assert der
    return x509.load_der_x509_certificate(der)


def strict(ca: Path) -> ssl.SSLContext:
    """What Python 3.13 and later ask of a certificate."""
    context = ssl.create_default_context(cafile=str(ca))
    context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


@pytest.mark.parametrize("name", ["ml.example.org", "localhost", "127.0.0.1", "::1"])
@pytest.mark.parametrize("service", SERVICES)
def test_one_certificate_verifies_for_every_name(secured: Gateway, ca: Path, service: str, name: str) -> None:
    handshake(secured, service, strict(ca), name, "127.0.0.1")


def test_it_is_not_trusted_without_the_authority(secured: Gateway) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(secured.url("tracking"), timeout=10)


def test_a_foreign_name_does_not_verify(secured: Gateway, ca: Path) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        handshake(secured, "tracking", strict(ca), "evil.example", "127.0.0.1")


def test_lifetimes_are_a_week_and_ten_years(secured: Gateway, ca: Path) -> None:
    server = handshake(secured, "tracking", strict(ca), "localhost", "127.0.0.1")
    root = x509.load_pem_x509_certificate(ca.read_bytes())
    assert server.not_valid_after_utc - server.not_valid_before_utc < datetime.timedelta(days=8)
    assert root.not_valid_after_utc - root.not_valid_before_utc >= datetime.timedelta(days=3600)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_1_2_and_1_3_are_spoken(secured: Gateway, ca: Path, version: ssl.TLSVersion) -> None:
    context = strict(ca)
    context.minimum_version = context.maximum_version = version
    handshake(secured, "storage", context, "localhost", "127.0.0.1")


def test_tls_1_1_is_not(secured: Gateway, ca: Path) -> None:
    context = strict(ca)
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError):
        handshake(secured, "storage", context, "localhost", "127.0.0.1")


def test_plain_http_is_told_so(secured: Gateway) -> None:
    answer = requests.get(f"http://localhost:{secured.ports['tracking']}/", timeout=10)
    assert answer.status_code == 400


def test_the_authority_is_downloaded_as_discovery_says(secured: Gateway, ca: Path) -> None:
    url = discover(secured.url("tracking"), ca).ca_certificate
    assert url
    path = url.partition("ml.example.org")[2].partition("/")[2]
    answer = requests.get(f"{secured.url('tracking')}/{path}", verify=ca, timeout=10)
    assert answer.content == ca.read_bytes()
    assert b"PRIVATE KEY" not in answer.content


def test_a_client_without_the_authority_is_told_what_to_do(secured: Gateway) -> None:
    with pytest.raises(BlockedError, match="--ca FILE"):
        discover(secured.url("tracking"))


def test_requests_needs_only_the_authority(secured: Gateway, ca: Path) -> None:
    assert requests.get(secured.url("git"), verify=str(ca), timeout=10).status_code == 200


def test_boto3_needs_only_the_authority(secured: Gateway, ca: Path, root_password: str) -> None:
    s3 = s3_client(secured.url("storage"), root_password, verify=str(ca))
    s3.put_object(Bucket="dvc", Key="demo/tls", Body=b"over tls")
    assert s3.get_object(Bucket="dvc", Key="demo/tls")["Body"].read() == b"over tls"


def test_signed_artifact_urls_work_over_tls(secured: Gateway, ca: Path, root_password: str) -> None:
    signer = s3_client(secured.url("tracking"), root_password)
    url = signer.generate_presigned_url("put_object", Params={"Bucket": "mlflow", "Key": "1/tls"})
    assert requests.put(url, data=b"1", verify=str(ca), timeout=10).status_code == 200


def test_s5cmd_needs_only_the_authority(secured: Gateway, ca: Path, root_password: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(os.urandom(1 << 20))
    environment = {
        "SSL_CERT_FILE": str(ca),
        "AWS_ACCESS_KEY_ID": "saigen-root",
        "AWS_SECRET_ACCESS_KEY": root_password,
        "AWS_REGION": "us-east-1",
    }
    command = [S5CMD, "--endpoint-url", secured.url("storage"), "cp", tmp_path / "file", "s3://dvc/demo/s5cmd"]
    subprocess.run(command, env=environment, check=True, timeout=60)


def ls_remote(gateway: Gateway, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """What plain git says of a repository, in an environment of its own."""
    return subprocess.run(
        ["git", "ls-remote", gateway.url("git") + "/team/demo.git"],
        env={"PATH": os.environ["PATH"], "GIT_TERMINAL_PROMPT": "0", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def test_git_needs_only_the_authority(secured: Gateway, ca: Path) -> None:
    done = ls_remote(secured, {"GIT_SSL_CAINFO": str(ca)})
    assert (done.returncode, done.stderr) == (0, "")  # what stands for the forge here has no branches


def test_git_refuses_without_it(secured: Gateway) -> None:
    assert "certificate verification failed" in ls_remote(secured, {}).stderr


def test_the_authority_survives_a_restart(front: str) -> None:
    with volume("storage", {}, "/data") as mount:
        kept = mount.removesuffix(":ro")
        with launched(front, {"SAIGEN_TLS": "internal"}, kept) as first:
            before = first.run("ca").output
        with launched(front, {"SAIGEN_TLS": "internal"}, kept) as second:
            assert second.run("ca").output == before


def test_health_is_asked_over_tls(secured: Gateway) -> None:
    assert secured.run("healthy").code == 0


def files() -> dict[str, bytes]:
    """A certificate that the team brought, and its key."""
    made = self_signed()
    return {"cert.pem": made["public.crt"], "key.pem": made["private.key"]}


def served(gateway: Gateway, service: str = "tracking") -> bytes:
    """The certificate that a listener shows, as PEM."""
    return ssl.get_server_certificate(("127.0.0.1", gateway.ports[service]), timeout=10).encode()


@pytest.fixture(scope="module")
def own_files() -> dict[str, bytes]:
    """What the team brought for all tests."""
    return files()


@pytest.fixture(scope="module")
def with_files(front: str, own_files: dict[str, bytes]) -> Iterator[Gateway]:
    """A gateway with the team's own certificate."""
    with volume("storage", own_files, "/tls") as mount, launched(front, {"SAIGEN_TLS": "files"}, mount) as started:
        yield started


@pytest.mark.parametrize("service", SERVICES)
def test_the_teams_own_certificate_is_used(
    with_files: Gateway, own_files: dict[str, bytes], service: str, tmp_path: Path
) -> None:
    authority = tmp_path / "cert.pem"
    authority.write_bytes(own_files["cert.pem"])
    answer = requests.get(
        with_files.url(service, host="127.0.0.1") + "/.well-known/saigen/health", verify=authority, timeout=10
    )
    assert answer.text == "ok"


def test_no_authority_is_offered_for_the_teams_own_certificate(
    with_files: Gateway, own_files: dict[str, bytes], tmp_path: Path
) -> None:
    authority = tmp_path / "cert.pem"
    authority.write_bytes(own_files["cert.pem"])
    assert discover(with_files.url("tracking", host="127.0.0.1"), authority).ca_certificate is None


def test_a_renewed_certificate_is_used_from_the_next_connection_on(front: str) -> None:
    first, second = files(), files()
    half = {"cert.pem": second["cert.pem"]}
    with (
        volume("storage", first, "/tls") as mount,
        launched(front, {"SAIGEN_TLS": "files"}, mount) as gateway,
    ):
        assert served(gateway) == first["cert.pem"]
        fill(mount, "storage", half)
        assert [served(gateway) for _ in range(3)] == [first["cert.pem"]] * 3
        eventually(lambda: gateway.logs().count("the certificate before stays in use") == 1, within=30)
        fill(mount, "storage", second)
        assert [served(gateway, service) for service in SERVICES] == [second["cert.pem"]] * 3
