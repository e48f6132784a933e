"""What outputs need from their remotes, and what is left out and why."""

from __future__ import annotations

from saigen.data.need import needs, place
from saigen.data.pointer import Entry, Output
from saigen.data.remote import location, read_remotes

REMOTES = read_remotes(
    [
        """
        [core]
            remote = storage
        ['remote "storage"']
            url = s3://dvc/flights
        ['remote "second"']
            url = s3://other
        ['remote "versions"']
            url = s3://dvc/versions
            version_aware = true
        ['remote "folder"']
            url = /mnt/data
        """
    ]
)
A, B, C = "a" * 32, "b" * 32, "c" * 32


def output(path: str, md5: str | None = A, **options: object) -> Output:
    return Output(path, f"{path}.dvc", md5, **options)  # type: ignore[arg-type]


def test_every_reason_to_leave_out_is_said() -> None:
    outputs = [
        output("imported", elsewhere="it is imported from https://example.org/x at 1a2b"),
        output("uncached", elsewhere="it is not cached (cache: false)"),
        output("local", elsewhere="it is not pushed (push: false)"),
        output("versions", remote="versions"),
        output("folder", remote="folder"),
        output("unknown", remote="nowhere"),
        output("unsaved", md5=None),
    ]
    placed, left_out = place(outputs, REMOTES)
    assert placed == []
    reasons = {one.path: reason for one, reason in left_out}
    assert set(reasons) == {one.path for one in outputs}
    assert reasons["versions"] == "its remote 'versions' keeps versions by path (version_aware)"
    assert reasons["folder"] == "its remote 'folder' is not S3 (a folder)"


def test_needs_are_by_remote_and_layout() -> None:
    outputs = [output("x"), output("y", B, remote="second"), output("z", C, legacy=True)]
    placed, _ = place(outputs, REMOTES)
    found = needs(placed, {})
    assert [(one.remote.name, one.legacy, one.files) for one in found] == [
        ("storage", False, {A: "x"}),
        ("second", False, {B: "y"}),
        ("storage", True, {C: "z"}),
    ]


def test_a_directory_needs_its_list_and_each_content_once() -> None:
    placed, _ = place([output("d", f"{C}.dir"), output("e", A)], REMOTES)
    (found,) = needs(placed, {(f"{C}.dir", False): [Entry("1", A), Entry("2", B), Entry("3", A)]})
    assert found.files == {A: "d/1", B: "d/2"}
    assert found.lists == {f"{C}.dir": "d"}
    assert found.members == {f"{C}.dir": [A, B, A]}


def test_the_two_layouts_in_a_remote() -> None:
    storage, second = REMOTES.by_name["storage"], REMOTES.by_name["second"]
    assert location(storage) == "s3://dvc/flights/files/md5/"
    assert location(storage, legacy=True) == "s3://dvc/flights/"
    assert location(second, legacy=True) == "s3://other/"
