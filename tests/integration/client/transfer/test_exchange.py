"""`saigen data push` and `pull` on the platform, with dvc on the other side."""

from __future__ import annotations

import hashlib
import os
import shutil
from typing import Any

from tests.integration.client.transfer.places import FILES, LARGE, Place, assert_up_to_date, contents, damage, write
from tests.integration.person import Person
from tests.integration.stack import Stack


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


def test_many_small_files_travel_together_and_dvc_reads_them(
    platform: Stack, place: Place, reviewer: Person, root_s3: Any
) -> None:
    files = {f"{number:03}": os.urandom(3000) for number in range(400)} | {"larger": os.urandom(300 << 10)}
    write(place.root / "many", files)
    place.run("dvc", "add", "--quiet", "many")
    assert place.saigen("push", "many")["sent"] == len(files) + 1
    log = platform.compose("logs", "--no-color", "gateway").stdout
    put = [line for line in log.splitlines() if f"/dvc/{place.prefix}/" in line and '"PUT"' in line]
    assert 2 <= len(put) < 10  # archives, the larger file, and the list
    versions = root_s3.list_object_versions(Bucket="dvc", Prefix=f"{place.prefix}/")["Versions"]
    assert len(versions) == len({one["Key"] for one in versions}) == len(files) + 1
    other = place.colleague(reviewer)
    other.run("dvc", "pull", "many")
    assert contents(other.root / "many") == files


def test_a_damaged_file_among_many_is_not_pushed(place: Place) -> None:
    files = {f"{number:03}": os.urandom(30) for number in range(40)}
    write(place.root / "many", files)
    place.run("dvc", "add", "--quiet", "many")
    damage(place.cached(files["007"]))
    refused = place.run("saigen", "data", "push", "many", check=False)
    assert refused.returncode == 3
    assert place.cached(files["007"]).name in refused.stderr
    there = {
        one["Key"] for one in place.person.s3().list_objects_v2(Bucket="dvc", Prefix=f"{place.prefix}/")["Contents"]
    }
    assert there == {place.key(content) for name, content in files.items() if name != "007"}


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


def test_push_and_pull_are_functions(place: Place, reviewer: Person) -> None:
    code = "import saigen, sys; from pathlib import Path; print({}(folder=Path(sys.argv[1])))"
    sent = place.person.python(code.format("saigen.data_push"), str(place.root))
    assert "sent=7" in sent
    other = place.colleague(reviewer)
    fetched = reviewer.python(code.format("saigen.data_pull"), str(other.root))
    assert "fetched=6" in fetched
    assert_up_to_date(other)
