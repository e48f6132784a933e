"""Who may reach what: storage and Git are separated by project, and nobody is anonymous."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.integration.person import Person
from tests.integration.stack import Stack, docker

KEY = "flights/access/object"


def assert_denied(call: Callable[..., Any], **arguments: Any) -> None:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


@pytest.fixture(scope="module")
def stored(author: Person) -> str:
    """An object below the prefix of the project flights."""
    author.s3().put_object(Bucket="dvc", Key=KEY, Body=b"flights")
    return KEY


def test_member_of_another_project_cannot_read_objects(outsider: Person, stored: str) -> None:
    assert_denied(outsider.s3().get_object, Bucket="dvc", Key=stored)


def test_member_of_another_project_cannot_write_objects(outsider: Person) -> None:
    assert_denied(outsider.s3().put_object, Bucket="dvc", Key="flights/access/mine", Body=b"x")


def test_member_of_another_project_cannot_list_objects(outsider: Person) -> None:
    assert_denied(outsider.s3().list_objects_v2, Bucket="dvc", Prefix="flights/")


def test_member_of_another_project_cannot_copy_objects_out(outsider: Person, stored: str) -> None:
    source = {"Bucket": "dvc", "Key": stored}
    assert_denied(outsider.s3().copy_object, Bucket="dvc", Key="demo/stolen", CopySource=source)


def test_nobody_lists_the_whole_bucket(author: Person) -> None:
    assert_denied(author.s3().list_objects_v2, Bucket="dvc")


def test_member_cannot_delete_objects(author: Person, stored: str) -> None:
    assert_denied(author.s3().delete_object, Bucket="dvc", Key=stored)


def test_member_cannot_delete_versions(author: Person, stored: str) -> None:
    version = author.s3().get_object(Bucket="dvc", Key=stored)["VersionId"]
    assert_denied(author.s3().delete_object, Bucket="dvc", Key=stored, VersionId=version)


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("put_bucket_versioning", {"VersioningConfiguration": {"Status": "Suspended"}}),
        ("put_bucket_policy", {"Policy": "{}"}),
        ("delete_bucket", {}),
        ("delete_bucket_encryption", {}),
        ("delete_bucket_lifecycle", {}),
    ],
)
def test_member_cannot_change_the_bucket(author: Person, operation: str, arguments: dict[str, Any]) -> None:
    assert_denied(getattr(author.s3(), operation), Bucket="dvc", **arguments)


def test_member_cannot_reach_artifacts_around_the_server(author: Person) -> None:
    assert_denied(author.s3().list_objects_v2, Bucket="mlflow")
    assert_denied(author.s3().put_object, Bucket="mlflow", Key="0/forged", Body=b"x")


def test_viewer_reads_but_cannot_write_objects(watcher: Person, stored: str) -> None:
    assert watcher.s3().get_object(Bucket="dvc", Key=stored)["Body"].read() == b"flights"
    assert_denied(watcher.s3().put_object, Bucket="dvc", Key=stored, Body=b"changed")


def test_wrong_secret_is_refused_by_storage(platform: Stack, author: Person) -> None:
    client = boto3.client(
        "s3",
        endpoint_url=platform.urls["storage"],
        aws_access_key_id="author",
        aws_secret_access_key="w" * 40,
        region_name="us-east-1",
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    assert author.name == "author"
    assert_denied(client.list_objects_v2, Bucket="dvc", Prefix="flights/")


@pytest.mark.parametrize("path", ["/", "/dvc", "/dvc?list-type=2", "/dvc/" + KEY, "/mlflow", "/mlflow/0"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "POST", "OPTIONS"])
def test_storage_knows_no_anonymous(platform: Stack, method: str, path: str) -> None:
    assert requests.request(method, platform.urls["storage"] + path, timeout=10).status_code in {401, 403, 405}


def test_unsigned_client_reads_nothing(platform: Stack, stored: str) -> None:
    client = boto3.client(
        "s3", endpoint_url=platform.urls["storage"], config=Config(signature_version=UNSIGNED), region_name="us-east-1"
    )
    assert_denied(client.get_object, Bucket="dvc", Key=stored)


def test_an_object_is_encrypted_and_has_a_version(captain: Person, author: Person, stored: str) -> None:
    answer = author.s3().get_object(Bucket="dvc", Key=stored)
    assert answer["ServerSideEncryption"] in {"AES256", "aws:kms"}
    assert answer["VersionId"] != "null"
    assert captain.s3().get_object(Bucket="dvc", Key=stored)["Body"].read() == b"flights"


@pytest.mark.parametrize(("bucket", "days"), [("dvc", None), ("mlflow", 90)])
def test_a_bucket_encrypts_and_keeps_versions_of_data_for_good(platform: Stack, bucket: str, days: int | None) -> None:
    storage = platform.containers()["storage"]["Name"].lstrip("/")
    name, secret = (
        docker("exec", storage, "cat", f"/secrets/{file}").strip() for file in ("root-user", "root-password")
    )
    root = boto3.client(
        "s3",
        endpoint_url=platform.urls["storage"],
        aws_access_key_id=name,
        aws_secret_access_key=secret,
        region_name="us-east-1",
    )
    assert root.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    (encryption,) = root.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert encryption["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] in {"AES256", "aws:kms"}
    if days is None:
        with pytest.raises(ClientError, match="NoSuchLifecycleConfiguration"):
            root.get_bucket_lifecycle_configuration(Bucket=bucket)
    else:
        (rule,) = root.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
        assert (rule["Status"], rule["NoncurrentVersionExpiration"]["NoncurrentDays"]) == ("Enabled", days)


def test_member_of_another_project_cannot_clone(outsider: Person) -> None:
    refused = outsider.run("git", "ls-remote", f"{outsider.exports['SAIGEN_GIT_URL']}/flights.git", check=False)
    assert refused.returncode != 0
    assert "not found" in refused.stderr.lower()


def test_git_knows_no_anonymous(platform: Stack, author: Person) -> None:
    organisation = author.exports["SAIGEN_GIT_URL"].rsplit("/", 1)[1]
    for path in (
        "demo.git/info/refs?service=git-upload-pack",
        "demo",
        "demo.git/HEAD",
        "demo/raw/branch/main/README.md",
    ):
        answer = requests.get(f"{platform.urls['git']}/{organisation}/{path}", timeout=10, allow_redirects=False)
        assert answer.status_code in {303, 302, 401, 404}, path
        assert "login" in answer.headers.get("Location", "login"), path


def test_viewer_cannot_push(watcher: Person) -> None:
    clone = watcher.clone("flights")
    (clone / "note.txt").write_text("mine\n")
    watcher.run("git", "add", "note.txt", cwd=clone)
    watcher.run("git", "commit", "--quiet", "-m", "Note", cwd=clone)
    refused = watcher.run("git", "push", "origin", "HEAD:refs/heads/mine", cwd=clone, check=False)
    assert refused.returncode != 0


def test_released_data_tag_can_neither_move_nor_go(author: Person, tmp_path: Path) -> None:
    clone = tmp_path / "demo"
    author.run("git", "clone", "--quiet", f"{author.exports['SAIGEN_GIT_URL']}/demo.git", str(clone))
    (clone / "note.txt").write_text("another commit\n")
    author.run("git", "add", "note.txt", cwd=clone)
    author.run("git", "commit", "--quiet", "-m", "Note", cwd=clone)
    author.run("git", "tag", "--force", "penguins_v1", cwd=clone)
    moved = author.run("git", "push", "--force", "origin", "penguins_v1", cwd=clone, check=False)
    deleted = author.run("git", "push", "origin", ":refs/tags/penguins_v1", cwd=clone, check=False)
    assert moved.returncode != 0
    assert "immutable" in moved.stderr
    assert deleted.returncode != 0
    assert "immutable" in deleted.stderr


@pytest.mark.parametrize("who", ["author", "captain"])
def test_released_data_tag_cannot_go_by_the_api(request: pytest.FixtureRequest, who: str) -> None:
    person: Person = request.getfixturevalue(who)
    organisation = person.exports["SAIGEN_GIT_URL"].rsplit("/", 1)[1]
    person.request("DELETE", "git", f"/api/v1/repos/{organisation}/demo/tags/penguins_v1")
    tags = person.request("GET", "git", f"/api/v1/repos/{organisation}/demo/tags").json()
    assert "penguins_v1" in {tag["name"] for tag in tags}
