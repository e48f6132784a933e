"""The real flights data of the integration tests: its two versions, and that training on it is repeatable."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import pytest

from tests.integration.flights_data import PARAMS, V1_ROWS, V2_ROWS, WEATHER, write_v1, write_v2
from tests.unit.template.generated import Project


@pytest.fixture(scope="module")
def flights(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose only changes are params.yaml, the dataset's name in saigen.toml, and the data."""
    project = Project.generate(tmp_path_factory.mktemp("made") / "flights", "flights")
    settings = project.root / "saigen.toml"
    settings.write_text(settings.read_text().replace('example = "data/example.csv"', 'flights = "data/flights.csv"'))
    (project.root / "params.yaml").write_text(PARAMS)
    write_v1(project.root / "data" / "flights.csv")
    project.run("dvc", "add", "data/flights.csv")
    project.commit("Add flights", tag="flights_v1")
    return project


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_training_twice_on_all_flights_gives_the_same_metrics(flights: Project) -> None:
    first, second = flights.train(), flights.train()
    assert first.data.metrics == second.data.metrics
    assert first.data.metrics["r2"] > 0.8
    assert first.data.tags["data_version"] == second.data.tags["data_version"] == "flights_v1"


def test_first_version_is_every_flight_of_the_package(tmp_path: Path) -> None:
    write_v1(tmp_path / "flights.csv")
    assert len(rows_of(tmp_path / "flights.csv")) == V1_ROWS


def test_second_version_has_only_arrived_flights_and_their_weather(tmp_path: Path) -> None:
    write_v2(tmp_path / "flights.csv")
    rows = rows_of(tmp_path / "flights.csv")
    assert len(rows) == V2_ROWS
    assert all(row["arr_delay"] != "NA" for row in rows)
    assert sum(row["temp"] != "NA" for row in rows) > 0.99 * V2_ROWS
    assert tuple(rows[0])[-len(WEATHER) :] == WEATHER


def test_versions_are_the_same_bytes_each_time(tmp_path: Path) -> None:
    write_v2(tmp_path / "once.csv")
    write_v2(tmp_path / "again.csv")
    once, again = ((tmp_path / name).read_bytes() for name in ("once.csv", "again.csv"))
    assert hashlib.sha256(once).digest() == hashlib.sha256(again).digest()
