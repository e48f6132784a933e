"""`saigen data push` and `pull` where objects or files are gone or damaged, and where they are interrupted."""

from __future__ import annotations

import shutil
import signal
import subprocess
from typing import Any

from tests.integration.client.transfer.places import FILES, Place, contents, damage, write
from tests.integration.person import Person
from tests.waiting import eventually


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
