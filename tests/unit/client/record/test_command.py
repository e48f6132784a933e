"""How a run was started, as it can be started again elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from saigen.record import notebook
from saigen.record.command import describe, names_read, variables

ROOT = Path("/home/ann/project")
PYTHON = "/home/ann/project/.venv/bin/python3.11"


def described(*words: str, directory: Path = ROOT, root: Path | None = ROOT) -> tuple[tuple[str, ...], str]:
    found = describe(words, directory, root, {}, programs=(Path("/home/ann/project/.venv/bin"),))
    return found.arguments, found.directory


def test_the_interpreter_is_a_bare_name() -> None:
    assert described(PYTHON, "src/train.py", "--lr", "0.1") == (("python", "src/train.py", "--lr", "0.1"), "")


def test_a_module_stays_one() -> None:
    assert described(PYTHON, "-m", "flights.train") == (("python", "-m", "flights.train"), "")


def test_a_program_of_the_environment_is_a_bare_name() -> None:
    words = (PYTHON, "/home/ann/project/.venv/bin/torchrun", "--nproc-per-node=2", "train.py")
    assert described(*words)[0] == ("torchrun", "--nproc-per-node=2", "train.py")


def test_the_folder_is_relative_to_the_root() -> None:
    assert described(PYTHON, "train.py", directory=ROOT / "src") == (("python", "train.py"), "src")


def test_absolute_paths_inside_the_repository_become_relative_ones() -> None:
    words = (PYTHON, f"{ROOT}/src/train.py", f"--data={ROOT}/data/a.csv", "/etc/hosts")
    assert described(*words, directory=ROOT / "src")[0] == ("python", "train.py", "--data=../data/a.csv", "/etc/hosts")


def test_started_outside_of_the_repository_it_is_told_from_its_root() -> None:
    found = described(PYTHON, f"{ROOT}/src/train.py", directory=Path("/tmp"))
    assert found == (("python", "src/train.py"), "")


def test_relative_paths_from_outside_lead_into_the_repository(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "train.py").touch()
    found = described(PYTHON, "project/train.py", directory=tmp_path, root=tmp_path / "project")
    assert found == (("python", "train.py"), "")


def test_outside_of_any_repository_words_stay_as_they_are() -> None:
    assert described(PYTHON, "/tmp/a.py", root=None) == (("python", "/tmp/a.py"), "")


def test_values_of_listed_and_of_plain_variables_are_recorded() -> None:
    environment = {
        "PYTHONHASHSEED": "0",
        "OPENBLAS_CORETYPE": "Haswell",
        "LEARNING_RATE": "0.1",
        "MODEL": "forest",
        "UNREAD": "1",
        "HOME": "/home/ann",
    }
    values, needs = variables(environment, read=("LEARNING_RATE", "MODEL", "HOME", "NOT_SET"))
    assert values == {"PYTHONHASHSEED": "0", "OPENBLAS_CORETYPE": "Haswell", "LEARNING_RATE": "0.1", "MODEL": "forest"}
    assert needs == ()


def test_secrets_and_long_values_are_needs_by_name() -> None:
    environment = {"DB_PASSWORD": "x", "DSN": "postgres://h/db", "NOTE": "a long text with spaces in it"}
    values, needs = variables(environment, read=environment)
    assert values == {}
    assert needs == ("DB_PASSWORD", "DSN", "NOTE")


def test_a_variable_that_is_not_utf8_is_recorded() -> None:
    folder = os.fsdecode(b"caf\xe9")
    assert variables({"PYTHONPATH": folder}, ()) == ({"PYTHONPATH": folder}, ())


def test_a_project_lists_further_names() -> None:
    values, needs = variables({"NOTE": "a long text with spaces"}, read=("NOTE",), allowed=("NOTE",))
    assert values == {"NOTE": "a long text with spaces"}
    assert needs == ()


@pytest.mark.parametrize(
    "source",
    [
        b'os.environ["RATE"]',
        b"os.environ.get('RATE', '1')",
        b'os.getenv("RATE")',
        b'getenv ( "RATE" )',
        b'environ.setdefault("RATE", "1")',
    ],
)
def test_names_of_variables_that_a_source_reads(source: bytes) -> None:
    assert names_read(source) == {"RATE"}


def test_cells_become_a_script_in_their_order() -> None:
    text = notebook.script(["", "import mlflow\n", "x = 1"])
    assert text.index("import mlflow") < text.index("x = 1")
    assert text.count("# %%") == 2


def test_a_notebook_is_run_where_it_was_started() -> None:
    words, folder = described(*notebook.arguments(ROOT), directory=ROOT / "notebooks")
    assert words == ("python", "-m", "IPython", "../.saigen/notebook.py")
    assert folder == "notebooks"


def test_a_word_longer_than_any_name_of_a_file_is_kept(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    words = ("python", "work/train.py", "--config", "x" * 5000)
    assert described(*words, directory=tmp_path, root=tmp_path / "work")[0][3] == "x" * 5000
