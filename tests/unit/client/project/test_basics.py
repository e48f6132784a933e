"""What recording reads of `saigen.toml`: its own sections, with few modules."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from saigen.errors import UsageError
from saigen.project import Basics, parse_basics, parse_project, read_basics

TEXT = '[project]\nname = "flights"\n[datasets]\nflights = "data/flights.csv/"\n[record]\nenvironment = ["DEPTH"]\n'


def test_the_basics_are_those_of_the_whole_project() -> None:
    found, project = parse_basics(TEXT), parse_project(TEXT)
    assert (found.name, found.datasets) == ("flights", {"flights": "data/flights.csv"})
    assert found == Basics(project.name, project.datasets, project.record)


def test_a_mistake_in_another_section_does_not_keep_runs_from_being_recorded() -> None:
    text = TEXT + "[release]\nthresholds = 3\n[gate]\nlargest_file = 7\n"
    with pytest.raises(UsageError, match="is wrong"):
        parse_project(text)
    assert parse_basics(text).name == "flights"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[project", "end of a table declaration"),
        ("project = 1\n", r"\[project\]: expected a table, found 1"),
        ('[project]\nname = " "\n', r"\[project\] name: expected a name"),
        (TEXT.replace("environment", "largest_total"), r"\[record\] largest_total: expected a size"),
        (TEXT.replace("data/flights.csv/", "/data"), r"\[datasets\] flights: expected a path inside"),
    ],
)
def test_what_is_wrong_in_its_own_sections_is_said(text: str, said: str) -> None:
    for read in (parse_basics, parse_project):
        with pytest.raises(UsageError, match=said):
            read(text)


def test_a_repository_without_the_file_has_none(tmp_path: Path) -> None:
    assert read_basics(tmp_path) is None


def test_recording_loads_no_section_that_it_does_not_read() -> None:
    code = "import sys, saigen.record.recorder, saigen.record.gather; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "saigen.project.record" in loaded
    assert not {"saigen.project.project", "saigen.project.branches", "saigen.project.release"} & set(loaded)
