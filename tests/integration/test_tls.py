"""SAIGEN_TLS=internal and files: plain clients (mlflow, boto3, dvc, git) with nothing but a certificate to trust."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.integration.conftest import run_stack, team_with_flights
from tests.integration.person import Person
from tests.integration.stack import ROOT, Stack
from tests.security.storage.certificate import self_signed
from tests.shipped import OWNER


@pytest.fixture(scope="module")
def secured(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of its own with TLS by the platform's own CA."""
    yield from run_stack(
        request, Stack(tmp_path_factory.mktemp("tls"), {"SAIGEN_TLS": "internal"}, team_with_flights())
    )


@pytest.fixture(scope="module", params=["internal", "files"])
def certificate(request: pytest.FixtureRequest, secured: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What clients trust: the platform's own authority, downloaded as discovery says, or what the team brought."""
    target = tmp_path_factory.mktemp("ca") / "ca.crt"
    if request.param == "files":
        made = self_signed()
        target.write_bytes(made["public.crt"])
        secured.change(SAIGEN_TLS="files", SAIGEN_TLS_DIR=str(brought(target.parent / "tls", made)))
        return target
    found = requests.get(secured.urls["tracking"] + "/.well-known/saigen", verify=False, timeout=10).json()
    target.write_text(requests.get(found["ca_certificate"], verify=False, timeout=10).text)
    return target


@pytest.fixture(scope="module")
def person(secured: Stack, certificate: Path, tmp_path_factory: pytest.TempPathFactory) -> Person:
    """The author, whose clients know the CA by the variables that README names."""
    found = Person.of(secured, "author", tmp_path_factory.mktemp("tls-author"))
    names = ("MLFLOW_TRACKING_SERVER_CERT_PATH", "AWS_CA_BUNDLE", "GIT_SSL_CAINFO", "REQUESTS_CA_BUNDLE")
    return dataclasses.replace(found, exports={**found.exports, **dict.fromkeys(names, str(certificate))})


def brought(folder: Path, made: dict[str, bytes]) -> Path:
    """A certificate and its key, for the gateway's user to read."""
    folder.mkdir(mode=0o755)
    (folder / "cert.pem").write_bytes(made["public.crt"])
    (folder / "key.pem").write_bytes(made["private.key"])
    os.chown(folder / "key.pem", OWNER, OWNER)
    return folder


def test_credentials_make_a_shell_that_trusts_the_platform(secured: Stack, tmp_path: Path) -> None:
    """What README says: `eval "$(./scripts/credentials author)"`, and then plain commands."""
    typed = 'exports=$("$1"/scripts/credentials author) && eval "$exports" && git ls-remote "$SAIGEN_GIT_URL/demo.git"'
    kept = {name: os.environ[name] for name in ("PATH", "DOCKER_HOST") if name in os.environ}
    done = subprocess.run(
        ["bash", "-c", typed, "bash", str(ROOT)],
        env={**kept, **secured.settings, "HOME": str(tmp_path), "GIT_TERMINAL_PROMPT": "0"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, "refs/tags/penguins_v1" in done.stdout) == (0, True), done.stderr
    assert len(list((tmp_path / ".cache/saigen").glob("*-ca.crt"))) == 1


def test_certificate_is_not_trusted_without_the_ca(secured: Stack) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(secured.urls["tracking"] + "/health", timeout=10)


@pytest.mark.parametrize("service", ["tracking", "storage", "git"])
def test_ca_covers_every_service(secured: Stack, certificate: Path, service: str) -> None:
    assert requests.get(secured.urls[service], verify=str(certificate), timeout=10).status_code < 500


def test_mlflow_logs_and_reads_an_artifact(person: Person) -> None:
    printed = person.python(
        "import mlflow, pathlib\n"
        "pathlib.Path('note.txt').write_text('over tls')\n"
        "mlflow.set_experiment('tls')\n"
        "with mlflow.start_run() as run: mlflow.log_artifact('note.txt')\n"
        "print(mlflow.artifacts.load_text(run.info.artifact_uri + '/note.txt'))"
    )
    assert "over tls" in printed


def test_git_and_dvc_bring_the_demo_data(person: Person) -> None:
    clone = person.clone("demo")
    person.run("dvc", "pull", cwd=clone)
    assert (clone / "data" / "penguins.csv").stat().st_size > 10_000


def test_boto3_reads_an_object(person: Person) -> None:
    person.python(
        "import boto3; s3 = boto3.client('s3'); s3.put_object(Bucket='dvc', Key='demo/tls', Body=b'1');"
        "assert s3.get_object(Bucket='dvc', Key='demo/tls')['Body'].read() == b'1'"
    )


def test_the_client_trusts_what_mlflow_is_told_to_trust_and_nothing_else(person: Person) -> None:
    found = person.run("saigen", "lineage", "penguins_v1", "--json")
    assert "penguins_v1" in found.stdout
    told = {name: value for name, value in person.exports.items() if not name.endswith(("CERT_PATH", "CA_BUNDLE"))}
    stranger = dataclasses.replace(person, exports=told)
    refused = stranger.run("saigen", "lineage", "penguins_v1", check=False)
    assert (refused.returncode, "certificate verify failed" in refused.stderr) == (4, True)


def test_doctor_says_where_certificates_are_not_looked_at(person: Person) -> None:
    careless = dataclasses.replace(person, exports={**person.exports, "MLFLOW_TRACKING_INSECURE_TLS": "true"})
    for who, expected in ((person, False), (careless, True)):
        checks = json.loads(who.run("saigen", "doctor", "--json", check=False).stdout)["checks"]
        notes = [one["found"] for one in checks if one["name"] == "TLS localhost" and one["level"] == "note"]
        assert any("MLFLOW_TRACKING_INSECURE_TLS" in note for note in notes) is expected, notes


def test_doctor_trusts_what_one_logged_in_with(person: Person, certificate: Path, tmp_path: Path) -> None:
    """`saigen login --ca` writes the authority where git and dvc look; no variable names it."""
    told = {key: person.exports[key] for key in ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD")}
    alone = dataclasses.replace(person, home=tmp_path, exports=told)
    login = ["saigen", "login", person.exports["MLFLOW_TRACKING_URI"], "--ca", str(certificate)]
    assert "before --ca" not in alone.run(*login).stderr
    found = alone.run("saigen", "doctor", "--json", check=False)
    levels = {one["level"] for one in json.loads(found.stdout)["checks"] if one["name"] == "TLS localhost"}
    assert levels == {"good"}, found.stdout
    warned = alone.run("env", f"AWS_CA_BUNDLE={certificate}", *login).stderr
    assert "the file in AWS_CA_BUNDLE is believed before --ca" in warned
