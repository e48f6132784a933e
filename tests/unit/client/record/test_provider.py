"""What a training's own process answers when MLflow asks for tags."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from saigen import pins
from saigen.record import spool
from saigen.record.command import ALLOWED
from saigen.recording import Command, Recording
from tests.unit.client.record.checkouts import Checkout

# As MLflow does it: the provider is imported at the top, and asked by `resolve_tags`.
ASK = """
import json, os, sys
from saigen.record.provider import RunContext
context = RunContext()
def resolve_tags():
    return context.tags() if context.in_context() else {}
def say():
    print(json.dumps(resolve_tags()), flush=True)
"""


def answers(checkout: Checkout, *words: str, cwd: Path | None = None, **variables: str) -> list[dict[str, str]]:
    """The tags that a program in the checkout gets, for each time that it asks."""
    done = subprocess.run(
        [sys.executable, *words],
        cwd=cwd or checkout.root,
        env={**{key: value for key, value in os.environ.items() if key not in ALLOWED}, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def recorded(checkout: Checkout, *words: str, cwd: Path | None = None, **variables: str) -> Recording:
    """What the first answer says."""
    return Recording.from_tags(answers(checkout, *words, cwd=cwd, **variables)[0])


@pytest.fixture
def train(checkout: Checkout) -> Checkout:
    """A checkout whose committed train.py asks for tags."""
    checkout.write("src/train.py", ASK + "say()\n")
    checkout.write("src/__init__.py", "")
    checkout.commit()
    return checkout


def test_a_script_says_commit_branch_command_and_environment(train: Checkout) -> None:
    found = recorded(train, "src/train.py", "--lr", "0.1")
    assert found.command == Command(("python", "src/train.py", "--lr", "0.1"))
    assert found.branch == "main"
    assert found.commit is not None
    assert train.git("rev-parse", f"{found.commit}^") == train.git("rev-parse", "HEAD")
    assert found.environment is not None
    assert found.environment.lock_path == ".saigen/environment.lock"


def test_a_module_a_folder_below_and_an_absolute_path(train: Checkout, tmp_path: Path) -> None:
    assert recorded(train, "-m", "src.train").command == Command(("python", "-m", "src.train"))
    assert recorded(train, "train.py", cwd=train.root / "src").command == Command(("python", "train.py"), "src")
    outside = recorded(train, str(train.root / "src/train.py"), cwd=tmp_path)
    assert outside.command == Command(("python", "src/train.py"))


def test_names_that_are_not_utf8_are_recorded_and_told_with_their_bytes_written_out(train: Checkout) -> None:
    train.git("checkout", "--quiet", "-b", os.fsdecode(b"caf\xe9"))
    data = os.fsdecode(b"data-\xe9.bin")
    train.write(data, b"0" * 20_000_000)
    found = recorded(train, "src/train.py", data)
    assert found.branch == "caf\\udce9"
    assert found.command == Command(("python", "src/train.py", data))
    assert found.state is not None
    assert "data-\\udce9.bin (20.0 MB)" in found.state.notes[0]


def test_a_repository_that_was_reached_through_a_link_is_recorded_by_its_own_paths(
    train: Checkout, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(train.root)
    train.write("settings.csv", "1")
    train.write("src/helper.py", "import os\nDEPTH = os.environ.get('DEPTH')\n")
    read = "import pathlib, helper\n(pathlib.Path(__file__).parents[1] / 'settings.csv').read_text()\n"
    train.write("src/train.py", ASK + read + "say()\n")
    train.commit()
    words = (str(link / "src/train.py"), f"--data={link}/settings.csv")
    for where in (link, tmp_path):
        found = recorded(train, *words, cwd=where, PWD=str(where), DEPTH="3")
        assert found.command == Command(("python", "src/train.py", "--data=settings.csv"), environment={"DEPTH": "3"})
        opened = "".join((spool.folder(one.record) / "opened").read_text() for one in spool.pending())
        assert "r settings.csv\n" in opened
        assert "link" not in opened


def test_every_run_of_a_command_has_the_same_commit_and_the_next_ordinal(train: Checkout) -> None:
    train.write("src/train.py", ASK + "say()\nsay()\nsay()\n")
    found = answers(train, "src/train.py")
    assert len({tags["saigen.record"] for tags in found}) == 1
    assert [int(tags["saigen.session"].split(":")[1]) for tags in found] == [0, 1, 2]


def test_a_result_that_a_run_writes_makes_no_other_commit(train: Checkout) -> None:
    train.write("src/train.py", ASK + "say()\nopen('result.json', 'w').write('{}')\nsay()\n")
    assert len({tags["saigen.commit"] for tags in answers(train, "src/train.py")}) == 1


def test_data_that_changes_between_two_runs_makes_another_recording(train: Checkout) -> None:
    pointer = "outs:\\n- md5: %s\\n  size: 1\\n  hash: md5\\n  path: a.csv\\n"
    write = "open('a.csv.dvc', 'w').write('" + pointer + "' % ('{0}' * 32))\n"
    train.write("a.csv", "1")
    train.write(".gitignore", "/a.csv\n")
    train.write("a.csv.dvc", (pointer % ("a" * 32)).replace("\\n", "\n"))
    train.write("src/train.py", ASK + "say()\n" + write.format("b") + "say()\n")
    first, second = answers(train, "src/train.py")
    assert first["saigen.record"] != second["saigen.record"]
    assert json.loads(second["saigen.data"]) == {"a.csv": "b" * 32}
    assert second["saigen.session"].endswith(":1")


def test_a_folder_that_the_program_moves_to_does_not_matter(train: Checkout, tmp_path: Path) -> None:
    train.write("src/moved.py", f"import os\nos.chdir({str(tmp_path)!r})\n" + ASK + "say()\n")
    found = recorded(train, "src/moved.py", PWD=str(train.root))
    assert found.command == Command(("python", "src/moved.py"))


def test_a_forked_child_has_a_recording_of_its_own_in_the_same_session(train: Checkout) -> None:
    train.write(
        "src/train.py",
        ASK + "say()\nchild = os.fork()\nif child == 0:\n    say()\n    os._exit(0)\nos.waitpid(child, 0)\n",
    )
    parent, child = answers(train, "src/train.py")
    assert parent["saigen.record"] != child["saigen.record"]
    assert parent["saigen.command"] == child["saigen.command"]
    assert [tags["saigen.session"].split(":")[1] for tags in (parent, child)] == ["0", "1"]
    assert len({tags["saigen.session"].split(":")[0] for tags in (parent, child)}) == 1


def test_a_module_that_was_edited_after_it_was_loaded_is_said(train: Checkout) -> None:
    train.write("src/model.py", "value = 1\n")
    code = "import model, time\nos.utime(model.__file__, (time.time() + 9,) * 2)\n"
    train.write("src/train.py", ASK + code + "say()\n")
    state = recorded(train, "src/train.py").state
    assert state is not None
    assert state.code.value == "partial"
    assert "src/model.py changed after it was loaded" in state.notes


def test_what_a_run_context_of_mlflow_says_is_left_to_it(train: Checkout) -> None:
    tags = answers(train, "src/train.py", MLFLOW_RUN_CONTEXT='{"saigen.session": "abc:0"}')[0]
    assert "saigen.session" not in tags
    assert "saigen.commit" in tags


def test_switched_off_it_says_nothing(train: Checkout) -> None:
    assert answers(train, "src/train.py", SAIGEN_RECORD="off") == [{}]


def test_in_an_image_without_a_repository_the_build_says_the_commit(tmp_path: Path, checkout: Checkout) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/train.py").write_text(ASK + "say()\n")
    found = recorded(checkout, "train.py", cwd=tmp_path / "app", SAIGEN_COMMIT="a" * 40, SAIGEN_REPOSITORY="team/x")
    assert (found.commit, found.repository) == ("a" * 40, "team/x")
    (entry,) = spool.pending()
    assert found.environment is not None
    assert hashlib.sha256(entry.artifacts[pins.ARTIFACT].encode()).hexdigest() == found.environment.lock
    assert "numpy==" in entry.artifacts[pins.ARTIFACT]


def test_the_command_of_an_image_is_as_the_repository_has_it(tmp_path: Path, checkout: Checkout) -> None:
    app = tmp_path / "app"
    (app / "src").mkdir(parents=True)
    (app / "saigen.toml").write_text('[project]\nname = "x"\n')
    (app / "src/train.py").write_text(ASK + "say()\n")
    said = {"SAIGEN_COMMIT": "a" * 40, "SAIGEN_REPOSITORY": "team/x"}
    absolute = recorded(checkout, str(app / "src/train.py"), cwd=tmp_path, **said)
    assert absolute.command == Command(("python", "src/train.py"))
    below = recorded(checkout, "train.py", cwd=app / "src", **said)
    assert below.command == Command(("python", "train.py"), "src")


def test_without_git_a_training_goes_on(train: Checkout) -> None:
    found = recorded(train, "src/train.py", PATH="/nowhere")
    assert found.command is not None
    assert found.state is not None
    assert found.state.code.value == "partial"


def test_without_a_folder_for_its_state_a_training_goes_on(train: Checkout) -> None:
    assert answers(train, "src/train.py", XDG_STATE_HOME="/proc/nowhere") == [{}]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_a_checkout_of_somebody_else_that_cannot_be_written_to(train: Checkout) -> None:
    train.write("src/new.py", "x = 1\n")
    for path in (train.root, *train.root.rglob("*")):
        os.chown(path, 12345, 12345, follow_symlinks=False)
    found = recorded(train, "src/train.py")
    assert found.commit is not None
    assert found.commit != train.git("-c", f"safe.directory={train.root}", "rev-parse", "HEAD")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_programs_in_somebody_elses_configuration_are_not_run(train: Checkout, tmp_path: Path) -> None:
    train.git("config", "filter.evil.clean", f"touch {tmp_path}/ran; cat")
    train.write(".gitattributes", "* filter=evil\n")
    for path in (train.root, *train.root.rglob("*")):
        os.chown(path, 12345, 12345, follow_symlinks=False)
    found = recorded(train, "src/train.py")
    assert not (tmp_path / "ran").exists()
    assert found.state is not None
    assert found.state.code.value == "partial"
    assert any("belongs to somebody else" in note for note in found.state.notes)


def test_what_the_recording_looks_at_itself_is_not_what_the_training_read(train: Checkout) -> None:
    for name in ("read.txt", "notes.txt"):
        train.write(name, "new, and looked at for secrets\n")
    say_read = "print(json.dumps({'read': sorted(context._recorder._started.watch.opened().read)}), flush=True)\n"
    train.write("src/train.py", ASK + "open('read.txt').close()\nsay()\n" + say_read)
    _, opened = answers(train, "src/train.py")
    assert "read.txt" in opened["read"]
    assert "notes.txt" not in opened["read"]
