"""What a training opened, and what of it nobody tracks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from saigen.record.unrecorded import Opened, parse, render, untracked_reads, used

PROGRAM = """
import os, sys, sqlite3
from saigen.record.unrecorded import Watch
root = sys.argv[1]
watch = Watch((f"{root}/",))
watch.begin()
os.chdir(root)
open("before.csv").close()
watch.keep_in(sys.argv[2], ["data/images"])
open("after.csv").close()
open(root + "/data/images/1.png", "rb").close()
open(root + "/data/images/2.png", "rb").close()
open("result.txt", "w").close()
sqlite3.connect("store.db").close()
open(root + "/../outside.csv").close()
open(root + "/../outside.conf").close()
sys.path.insert(0, root)
import module
assert watch.loaded("module.py") is not None
assert watch.loaded("before.csv") is None
os.kill(os.getpid(), 9)
"""


def test_what_is_opened_is_on_disk_at_once(tmp_path: Path) -> None:
    root = tmp_path.resolve() / "work"
    (root / "data/images").mkdir(parents=True)
    for name in (
        "before.csv",
        "after.csv",
        "data/images/1.png",
        "data/images/2.png",
        "../outside.csv",
        "../outside.conf",
    ):
        (root / name).touch()
    (root / "module.py").write_text("x = 1\n")
    subprocess.run([sys.executable, "-c", PROGRAM, str(root), str(tmp_path / "opened")], check=False)
    with (tmp_path / "opened").open("rb") as file:
        found = parse(file)
    assert {"before.csv", "after.csv", "data/images", "store.db"} <= found.read
    assert "data/images/1.png" not in found.read
    assert found.written == {"result.txt"}


TEMPORARY = """
import os, shutil, sys, tempfile
from saigen.record.unrecorded import Watch
watch = Watch((f"{sys.argv[1]}/",))
watch.begin()
with tempfile.TemporaryDirectory(dir="/tmp") as folder:
    os.system(f"echo 1 > {folder}/mine.csv")  # as a library that is not Python writes
    open(f"{folder}/mine.csv").close()
    shutil.copy2(f"{sys.argv[2]}/there.json", f"{folder}/copy.csv")
    open(f"{folder}/copy.csv").close()
for name in ("there.csv", "there.json", "gone.csv"):
    try:
        open(f"{sys.argv[2]}/{name}").close()
    except FileNotFoundError:
        pass
print(*sorted(watch.opened().read))
"""


def test_data_that_lay_among_temporary_files_is_told_and_what_the_run_made_there_is_not(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        for name in ("there.csv", "there.json"):
            (Path(folder) / name).touch()
        time.sleep(1.1)  # of these times nobody can set the one that counts
        words = [sys.executable, "-c", TEMPORARY, str(tmp_path / "work"), folder]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        assert done.stdout.split() == [f"{folder}/there.csv"]


def test_only_reads_that_nobody_tracks_are_told() -> None:
    opened = Opened(frozenset({"a.py", "notes.csv", "data/a.csv", "made.csv", "../up.csv"}), frozenset({"made.csv"}))
    assert untracked_reads(opened, tracked=["a.py"], outputs=["data"]) == ["notes.csv"]


def test_the_first_names_are_told_with_the_count() -> None:
    assert render(["a.csv"]) == "1: a.csv"
    assert render([f"{n:02}.csv" for n in range(12)]).startswith("12: 00.csv, 01.csv")
    assert len(render([f"{n}.csv" for n in range(10_000)])) < 4096
    assert render([os.fsdecode(b"caf\xe9.csv")]) == "1: caf\\udce9.csv"


def test_data_counts_as_used_when_any_of_it_was_read() -> None:
    opened = Opened(frozenset({"data/images/1.png", "src/train.py"}))
    assert used(opened, ["data/images", "data/other.csv"]) == {"data/images"}


def test_a_line_that_was_cut_off_says_nothing() -> None:
    assert parse([b"r a.csv\n", b"r b.c"]).read == {"a.csv"}


@given(
    name=st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="/\\\0"), min_size=1).filter(
        lambda n: n.strip(".") == n
    )
)
def test_any_name_survives(name: str) -> None:
    code = json.dumps(name)
    line = b"r " + json.loads(code).encode().replace(b"\n", b"\\n") + b"\n"
    assert parse([line]).read == {name}
