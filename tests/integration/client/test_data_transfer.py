"""`saigen data push` and `pull` on the platform: with dvc on the other side, with damage, loss and refusals."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.integration.person import Person
from tests.integration.stack import Stack, free_ports
from tests.waiting import eventually

FILES = {
    "a.csv": b"x,y\n1,2\n",
    "empty": b"",
    "deep/er/b.bin": os.urandom(5000),
    "deep/name with spaces and ümlaut.txt": "schön\r\n".encode(),
    "twice/1": b"the same",
    "twice/2": b"the same",
}
LARGE = os.urandom(20 << 20)


@dataclass(frozen=True)
class Place:
    """A person's clone of a DVC project whose remote is a folder of the bucket of its own."""

    person: Person
    root: Path
    prefix: str

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self.person.run(*command, cwd=self.root, check=check)

    def saigen(self, verb: str, *options: str) -> dict[str, Any]:
        """What `saigen data VERB --json` printed."""
        result: dict[str, Any] = json.loads(self.run("saigen", "data", verb, "--json", *options).stdout)
        return result

    def colleague(self, other: Person) -> Place:
        """Another person's clone: the pointers and the configuration, neither cache nor data."""
        root = other.home / f"transfer-{secrets.token_hex(4)}"
        root.mkdir()
        other.run("git", "init", "--quiet", ".", cwd=root)
        for name in self.run("git", "ls-files", "--cached", "--others", "--exclude-standard").stdout.splitlines():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.root / name, root / name)
        return Place(other, root, self.prefix)

    def key(self, content: bytes) -> str:
        """Key in the bucket of an object with this content."""
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        return f"{self.prefix}/files/md5/{md5[:2]}/{md5[2:]}"

    def cached(self, content: bytes) -> Path:
        """Path in the cache of this content."""
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        return self.root / ".dvc" / "cache" / "files" / "md5" / md5[:2] / md5[2:]


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def assert_up_to_date(place: Place) -> None:
    """Plain dvc finds the workspace as its pointers say."""
    assert "up to date" in place.run("dvc", "status").stdout


def damage(path: Path) -> None:
    """Other content of the same length, as protected as before."""
    content = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(bytes(byte ^ 1 for byte in content))
    path.chmod(0o444)


@pytest.fixture(scope="module")
def root_s3(platform: Stack) -> Any:
    """S3 as the storage's own administrator, who alone can delete."""
    name, secret = (
        platform.compose("exec", "-T", "storage", "cat", f"/secrets/{file}").stdout.strip()
        for file in ("root-user", "root-password")
    )
    return boto3.client(
        "s3",
        endpoint_url=platform.urls["storage"],
        aws_access_key_id=name,
        aws_secret_access_key=secret,
        region_name="us-east-1",
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )


@pytest.fixture
def place(author: Person) -> Place:
    """The author's project: a directory and a file, added, not pushed."""
    name = f"transfer-{secrets.token_hex(4)}"
    root = author.home / name
    root.mkdir()
    found = Place(author, root, f"flights/{name}")
    found.run("git", "init", "--quiet", ".")
    found.run("dvc", "init", "--quiet")
    found.run("dvc", "remote", "add", "--quiet", "--default", "storage", f"s3://dvc/{found.prefix}")
    write(root / "data", FILES)
    write(root, {"large.bin": LARGE})
    found.run("dvc", "add", "--quiet", "data", "large.bin")
    return found


@pytest.fixture
def pushed(place: Place) -> Place:
    """The same, pushed."""
    place.saigen("push")
    return place


def test_dvc_reads_what_saigen_pushed(pushed: Place, reviewer: Person) -> None:
    assert "in sync" in pushed.run("dvc", "status", "--cloud").stdout
    other = pushed.colleague(reviewer)
    other.run("dvc", "pull")
    assert contents(other.root / "data") == FILES
    assert (other.root / "large.bin").read_bytes() == LARGE


def test_saigen_reads_what_dvc_pushed(place: Place, reviewer: Person) -> None:
    place.run("dvc", "push")
    assert place.saigen("push")["sent"] == 0
    other = place.colleague(reviewer)
    other.saigen("pull")
    assert contents(other.root / "data") == FILES
    assert (other.root / "large.bin").read_bytes() == LARGE
    assert_up_to_date(other)


def test_a_second_push_and_a_second_pull_do_nothing_and_say_so(pushed: Place, reviewer: Person) -> None:
    assert "nothing to push" in pushed.run("saigen", "data", "push").stdout
    other = pushed.colleague(reviewer)
    other.saigen("pull")
    assert "nothing to pull" in other.run("saigen", "data", "pull").stdout


def test_a_dry_run_changes_nothing(place: Place, reviewer: Person) -> None:
    assert place.saigen("push", "--dry-run")["sent"] == 7
    assert place.saigen("push")["sent"] == 7
    other = place.colleague(reviewer)
    assert other.saigen("pull", "--dry-run")["written"] == 7
    assert not (other.root / "data").exists()


def test_nothing_is_written_twice(pushed: Place, root_s3: Any) -> None:
    pushed.saigen("push")
    versions = root_s3.list_object_versions(Bucket="dvc", Prefix=f"{pushed.prefix}/")["Versions"]
    assert len(versions) == len({one["Key"] for one in versions}) == 7


def test_an_object_that_was_deleted_is_found_and_sent_again(pushed: Place, root_s3: Any) -> None:
    root_s3.delete_object(Bucket="dvc", Key=pushed.key(FILES["a.csv"]))
    assert "in sync" in pushed.run("dvc", "status", "--cloud").stdout  # dvc trusts the directory's list
    assert pushed.saigen("push")["sent"] == 1
    assert root_s3.get_object(Bucket="dvc", Key=pushed.key(FILES["a.csv"]))["Body"].read() == FILES["a.csv"]


def test_what_is_neither_here_nor_there_blocks_the_push(pushed: Place, root_s3: Any) -> None:
    root_s3.delete_object(Bucket="dvc", Key=pushed.key(FILES["a.csv"]))
    pushed.cached(FILES["a.csv"]).unlink()
    refused = pushed.run("saigen", "data", "push", check=False)
    assert refused.returncode == 3
    assert "data/a.csv" in refused.stderr


def test_a_missing_object_blocks_the_pull_and_is_named(pushed: Place, reviewer: Person, root_s3: Any) -> None:
    root_s3.delete_object(Bucket="dvc", Key=pushed.key(FILES["a.csv"]))
    refused = pushed.colleague(reviewer).run("saigen", "data", "pull", check=False)
    assert refused.returncode == 3
    assert "data/a.csv" in refused.stderr


def test_a_damaged_object_is_refused_and_the_rest_stays(pushed: Place, reviewer: Person) -> None:
    s3, key = pushed.person.s3(), pushed.key(FILES["deep/er/b.bin"])
    s3.put_object(Bucket="dvc", Key=key, Body=bytes(5000))
    other = pushed.colleague(reviewer)
    refused = other.run("saigen", "data", "pull", check=False)
    assert refused.returncode == 3
    assert "data/deep/er/b.bin" in refused.stderr
    assert not other.cached(FILES["deep/er/b.bin"]).exists()
    assert not (other.root / "data").exists()
    s3.put_object(Bucket="dvc", Key=key, Body=FILES["deep/er/b.bin"])
    assert other.saigen("pull")["fetched"] == 1
    assert contents(other.root / "data") == FILES


def test_an_object_of_another_size_is_named_by_push(pushed: Place) -> None:
    pushed.person.s3().put_object(Bucket="dvc", Key=pushed.key(FILES["a.csv"]), Body=b"short")
    refused = pushed.run("saigen", "data", "push", check=False)
    assert refused.returncode == 3
    assert "data/a.csv" in refused.stderr


def test_a_damaged_file_of_the_cache_is_not_pushed(place: Place) -> None:
    damage(place.cached(FILES["a.csv"]))
    refused = place.run("saigen", "data", "push", check=False)
    assert refused.returncode == 3
    assert str(place.cached(FILES["a.csv"])) in refused.stderr
    listed = place.person.s3().list_objects_v2(Bucket="dvc", Prefix=f"{place.prefix}/")
    keys = {one["Key"] for one in listed["Contents"]}
    assert place.key(FILES["a.csv"]) not in keys
    assert not any(key.endswith(".dir") for key in keys)


def test_a_damaged_file_of_the_cache_is_replaced_by_pull(pushed: Place, reviewer: Person) -> None:
    other = pushed.colleague(reviewer)
    other.saigen("pull")
    damage(other.cached(FILES["a.csv"]))
    shutil.rmtree(other.root / "data")
    assert other.saigen("pull")["replaced"] == 1
    assert contents(other.root / "data") == FILES
    assert other.cached(FILES["a.csv"]).read_bytes() == FILES["a.csv"]


def test_a_pull_follows_the_pointers_to_another_version(pushed: Place, reviewer: Person) -> None:
    other = pushed.colleague(reviewer)
    other.saigen("pull")
    (pushed.root / "data" / "a.csv").unlink()
    write(pushed.root / "data", {"new": b"new"})
    pushed.run("dvc", "add", "--quiet", "data")
    pushed.saigen("push")
    shutil.copyfile(pushed.root / "data.dvc", other.root / "data.dvc")
    pulled = other.saigen("pull")
    assert (pulled["fetched"], pulled["written"], pulled["removed"]) == (1, 1, 1)
    assert contents(other.root / "data") == contents(pushed.root / "data")
    assert_up_to_date(other)


def test_work_that_is_in_no_cache_is_not_lost(pushed: Place, reviewer: Person) -> None:
    other = pushed.colleague(reviewer)
    other.saigen("pull")
    write(other.root / "data", {"a.csv": b"mine", "notes.txt": b"mine"})
    refused = other.run("saigen", "data", "pull", check=False)
    assert refused.returncode == 3
    assert "data/a.csv, data/notes.txt" in refused.stderr
    other.saigen("pull", "--force")
    assert contents(other.root / "data") == FILES


def test_a_pull_that_was_killed_goes_on_where_it_was(place: Place, reviewer: Person) -> None:
    many = {f"{number:04}": f"{number}".encode() for number in range(3000)}
    write(place.root / "many", many)
    place.run("dvc", "add", "--quiet", "many")
    place.saigen("push")
    other = place.colleague(reviewer)
    cache = other.root / ".dvc" / "cache" / "files"
    process = subprocess.Popen(["saigen", "data", "pull", "many"], cwd=other.root, env=reviewer.environment)
    eventually(lambda: process.poll() is not None or sum(1 for _ in cache.rglob("*")) > 600, every=0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (other.root / "many").exists()
    assert other.saigen("pull", "many")["fetched"] < 3000
    assert contents(other.root / "many") == many


def test_data_in_the_layout_of_dvc_2(place: Place, reviewer: Person) -> None:
    content = b"text\r\nof\r\nWindows\r\n"
    md5 = hashlib.md5(content.replace(b"\r\n", b"\n"), usedforsecurity=False).hexdigest()
    write(place.root / ".dvc" / "cache", {f"{md5[:2]}/{md5[2:]}": content})
    write(place.root, {"old.txt.dvc": f"outs:\n- md5: {md5}\n  size: {len(content)}\n  path: old.txt\n".encode()})
    place.saigen("push", "old.txt")
    stored = place.person.s3().get_object(Bucket="dvc", Key=f"{place.prefix}/{md5[:2]}/{md5[2:]}")
    assert stored["Body"].read() == content
    ours, theirs = place.colleague(reviewer), place.colleague(reviewer)
    ours.saigen("pull", "old.txt")
    theirs.run("dvc", "pull", "old.txt")
    assert (ours.root / "old.txt").read_bytes() == (theirs.root / "old.txt").read_bytes() == content


def test_what_is_not_in_our_remotes_is_said(place: Place) -> None:
    write(place.root, {"local.txt": b"stays here"})
    place.run("dvc", "add", "--quiet", "local.txt")
    pointer = place.root / "local.txt.dvc"
    pointer.write_text(pointer.read_text().replace("  path:", "  push: false\n  path:"))
    assert place.saigen("push")["left_out"] == [{"path": "local.txt", "reason": "it is not pushed (push: false)"}]
    (place.root / "local.txt").unlink()
    assert place.saigen("pull")["left_out"] == []  # the cache has it
    assert (place.root / "local.txt").read_bytes() == b"stays here"


def test_a_viewer_may_pull_and_not_push(pushed: Place, watcher: Person) -> None:
    other = pushed.colleague(watcher)
    other.saigen("pull")
    write(other.root, {"mine.txt": b"mine"})
    other.run("dvc", "add", "--quiet", "mine.txt")
    refused = other.run("saigen", "data", "push", check=False)
    assert refused.returncode == 5, refused.stderr


def test_who_is_not_in_the_project_may_not_pull(pushed: Place, outsider: Person) -> None:
    refused = pushed.colleague(outsider).run("saigen", "data", "pull", check=False)
    assert refused.returncode == 5, refused.stderr


def test_a_storage_that_is_away_is_said(pushed: Place, author: Person) -> None:
    (port,) = free_ports(1)
    away = Person(author.name, author.home, {**author.exports, "AWS_ENDPOINT_URL_S3": f"http://localhost:{port}"}, {})
    refused = away.run("saigen", "data", "push", cwd=pushed.root, check=False)
    assert refused.returncode == 4, refused.stderr


def test_push_and_pull_are_functions(place: Place, reviewer: Person) -> None:
    code = "import saigen, sys; from pathlib import Path; print({}(folder=Path(sys.argv[1])))"
    sent = place.person.python(code.format("saigen.data_push"), str(place.root))
    assert "sent=7" in sent
    other = place.colleague(reviewer)
    fetched = reviewer.python(code.format("saigen.data_pull"), str(other.root))
    assert "fetched=6" in fetched
    assert_up_to_date(other)
