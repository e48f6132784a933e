"""Folders that go when their work ends, however it does."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from saigen.scratch import scratch


def test_a_folder_goes_with_what_was_made_read_only_in_it(tmp_path: Path) -> None:
    with scratch(tmp_path) as place:
        (place / "locked").mkdir()
        (place / "locked" / "file").write_text("1")
        (place / "locked").chmod(0o500)

    assert not place.exists()


def test_what_a_link_in_a_folder_names_stays_as_it_is(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    (shared / "data.csv").touch()
    with scratch(tmp_path / "work") as place:
        (place / "data").symlink_to(shared)

    assert not place.exists()
    assert stat.S_IMODE(shared.stat().st_mode) == 0o755
    assert (shared / "data.csv").exists()


def test_a_folder_goes_when_it_is_interrupted(tmp_path: Path) -> None:
    def interrupted() -> Path:
        with scratch(tmp_path) as place:
            places.append(place)
            raise KeyboardInterrupt

    places: list[Path] = []
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not places[0].exists()


def test_what_a_killed_process_left_goes_at_the_next(tmp_path: Path) -> None:
    with scratch(tmp_path) as first:
        abandoned = first.parent / "killed"
        abandoned.mkdir()
        (abandoned / "owner").touch()
        with scratch(tmp_path):
            assert first.exists()
            assert not abandoned.exists()
