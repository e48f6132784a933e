"""How a command is run: with what, and what happens to it when it is interrupted."""

from __future__ import annotations

import json
import signal
import sys
import threading
from pathlib import Path

import pytest

from saigen.recording import LARGEST, Command, Environment, Recording
from saigen.reproduce.execute import context_tags, execute, placed, storage_files, variables
from saigen.reproduce.lock import Lock
from saigen.reproduce.plan import Plan
from tests.waiting import eventually

SHELL = {
    "MLFLOW_TRACKING_USERNAME": "reviewer",
    "MLFLOW_TRACKING_PASSWORD": "tracking-secret",
    "AWS_ACCESS_KEY_ID": "reviewer",
    "AWS_SECRET_ACCESS_KEY": "storage-secret",
    "GIT_CONFIG_VALUE_1": "git-secret",
    "GITHUB_TOKEN": "forge-secret",
    "SSH_AUTH_SOCK": "/tmp/agent",
    "LANG": "C.UTF-8",
    "HTTPS_PROXY": "http://proxy",
    "HOME": "/home/reviewer",
    "PYTHONPATH": "/home/reviewer/lib",
}
PLAN = Plan("a" * 32, "author", "team/flights", "1" * 40, Command(("python", "train.py")), True)
HERE = Environment("0" * 64, "uv.lock", "3.11.9", "Linux", "x86_64")
LOCK = Lock("uv", "uv.lock", "0" * 64)


def test_command_gets_the_key_for_tracking_and_no_other() -> None:
    found = variables(SHELL, {}, recorded={}, storage=False)

    assert found["MLFLOW_TRACKING_PASSWORD"] == "tracking-secret"
    assert not {"storage-secret", "git-secret", "forge-secret", "/tmp/agent"} & set(found.values())
    assert "PYTHONPATH" not in found
    assert "HOME" not in found


def test_command_can_reach_the_network_as_the_person_does() -> None:
    assert variables(SHELL, {}, recorded={}, storage=False)["HTTPS_PROXY"] == "http://proxy"


def test_storage_keys_are_given_only_when_asked() -> None:
    assert variables(SHELL, {}, recorded={}, storage=True)["AWS_SECRET_ACCESS_KEY"] == "storage-secret"


def test_s3_profiles_are_found_in_the_persons_home(tmp_path: Path) -> None:
    assert storage_files(tmp_path) == {}
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").touch()
    assert storage_files(tmp_path) == {"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / ".aws" / "credentials")}


def test_recorded_variables_do_not_override_the_mark() -> None:
    found = variables(SHELL, {"saigen.reproduction": "m"}, recorded={"MLFLOW_RUN_CONTEXT": "{}"}, storage=False)

    assert json.loads(found["MLFLOW_RUN_CONTEXT"]) == {"saigen.reproduction": "m"}


def test_registry_and_home_are_thrown_away(tmp_path: Path) -> None:
    found = placed(tmp_path, tmp_path / "env" / "bin", tmp_path / "cache", "http://tracking", "/usr/bin")

    assert found["MLFLOW_REGISTRY_URI"].startswith(tmp_path.as_uri())
    assert found["HOME"] == str(tmp_path / "home")
    assert found["PATH"].split(":")[0] == str(tmp_path / "env" / "bin")


def test_runs_carry_a_whole_recording_of_their_own() -> None:
    recorded = Recording(data={"data/flights.csv": "0" * 32}, data_version="flights_v1", branch="main")
    found = Recording.from_tags(context_tags("m", PLAN, recorded, LOCK, HERE))

    assert found.commit == PLAN.commit
    assert found.repository == PLAN.repository
    assert found.command == PLAN.command
    assert found.data == recorded.data
    assert found.environment == HERE
    assert str(found.state) == "code=pushed; data=pushed"


def test_no_tag_is_longer_than_the_database_takes() -> None:
    recorded = Recording(data={f"data/{number}": "0" * 32 for number in range(1000)})

    assert all(len(value.encode()) <= LARGEST for value in context_tags("m", PLAN, recorded, LOCK, HERE).values())


def test_words_reach_the_program_as_they_are(tmp_path: Path) -> None:
    shown: list[bytes] = []
    words = [sys.executable, "-c", "import sys; print(sys.argv[1:])", "a b", "$HOME", "; ls", "*"]

    done = execute(words, tmp_path, {}, shown.append)

    assert done.code == 0
    assert b"".join(shown).decode().strip() == str(["a b", "$HOME", "; ls", "*"])
    assert done.tail.strip() == str(["a b", "$HOME", "; ls", "*"])


def test_exit_code_and_end_of_the_output_are_kept(tmp_path: Path) -> None:
    code = "import sys; print('x' * 100_000, flush=True); print('the end', file=sys.stderr); sys.exit(7)"
    done = execute([sys.executable, "-c", code], tmp_path, {}, lambda _: None)

    assert done.code == 7
    assert done.tail.endswith("the end\n")
    assert len(done.tail) <= 4000


def test_recorded_folder_is_made_where_it_is_not_there(tmp_path: Path) -> None:
    done = execute([sys.executable, "-c", "import os; print(os.getcwd())"], tmp_path / "a" / "b", {}, lambda _: None)

    assert done.tail.strip() == str(tmp_path / "a" / "b")


def test_what_the_command_leaves_behind_does_not_hold_it_up(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); print('done')"
    )

    assert execute([sys.executable, "-c", code], tmp_path, {}, lambda _: None).tail.strip() == "done"


def test_interruption_ends_the_command_and_all_that_it_started(tmp_path: Path) -> None:
    code = "import subprocess, time; print(subprocess.Popen(['sleep', '60']).pid, flush=True); time.sleep(60)"
    child: list[int] = []
    main = threading.main_thread().ident or 0

    def interrupt(chunk: bytes) -> None:
        if not child:
            child.append(int(chunk))
            signal.pthread_kill(main, signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        execute([sys.executable, "-c", code], tmp_path, {}, interrupt)

    eventually(lambda: has_ended(child[0]), within=30, every=0.05)  # a kill takes effect a moment after it was sent


def has_ended(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] == "Z"
    except OSError:
        return True
