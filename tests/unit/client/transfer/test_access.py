"""Where endpoint, keys and certificate authority of a remote come from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from saigen.data.bucket import Bucket
from saigen.data.remote import Remote, read_remotes
from saigen.data.transfer.access import Access, Keys, access
from saigen.errors import BlockedError

REMOTE = Remote("storage", "s3://dvc/flights", "dvc", "flights")
VARIABLES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_CA_BUNDLE",
    "AWS_PROFILE",
)


@pytest.fixture(autouse=True)
def nothing(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """No variable of the machine's, no metadata service."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    home.mkdir()


def test_the_environment_says_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "author")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://ml.example.org:9000")
    monkeypatch.setenv("AWS_CA_BUNDLE", "/ca.pem")
    assert access(REMOTE) == Access("https://ml.example.org:9000", None, Keys("author", "secret"), "/ca.pem")


def test_what_is_configured_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "author")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of other keys")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://other.example.org")
    text = """
        ['remote "storage"']
            url = s3://dvc/flights
            endpointurl = https://ml.example.org:9000
            region = eu-central-1
            access_key_id = mine
            secret_access_key = hidden
            ssl_verify = false
    """
    remote = read_remotes([text]).by_name["storage"]
    found = access(remote)
    assert found == Access("https://ml.example.org:9000", "eu-central-1", Keys("mine", "hidden"), None, verify=False)


def test_the_rest_comes_from_the_files_of_aws(home: Path) -> None:
    (home / ".aws").mkdir()
    (home / ".aws" / "credentials").write_text("[default]\naws_access_key_id = a\naws_secret_access_key = b\n")
    (home / ".aws" / "config").write_text(
        "[default]\nregion = eu-west-1\nca_bundle = /ca.pem\nservices = platform\n"
        "[services platform]\ns3 =\n  endpoint_url = https://ml.example.org:9000\n"
    )
    assert access(REMOTE) == Access("https://ml.example.org:9000", "eu-west-1", Keys("a", "b"), "/ca.pem")


def test_no_credentials_anywhere_is_blocked() -> None:
    with pytest.raises(BlockedError, match="there are no credentials"):
        access(REMOTE)


def test_an_unknown_profile_is_blocked() -> None:
    with pytest.raises(BlockedError, match="cannot be used"):
        access(Remote("storage", "s3://dvc/flights", "dvc", "flights", profile="nobody"))


@pytest.mark.parametrize(("setting", "value"), [("profile", "nobody"), ("endpoint", "localhost:9000")])
def test_a_bucket_that_cannot_be_asked_so_is_blocked(setting: str, value: str) -> None:
    bucket = Bucket(replace(REMOTE, **{setting: value}))
    with pytest.raises(BlockedError, match=value):
        list(bucket.list("flights/"))


def test_no_secret_is_shown() -> None:
    remote = Remote("storage", "s3://dvc/x", "dvc", "x", access_key="a", secret_key="hidden", session_token="hidden")
    shown = repr(remote) + repr(Access("https://x", None, Keys("a", "hidden", "hidden")))
    assert "hidden" not in shown
