"""The real flights data of the integration tests: its two versions, and that training on it is repeatable."""

from __future__ import annotations

import csv
import filecmp
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
    (project.root / "params.yaml").write_text(PARAMS.replace("iterations: 100", "iterations: 30"))
    write_v1(project.root / "data" / "flights.csv")
    project.run("dvc", "add", "data/flights.csv")
    project.commit("Add flights", tag="flights_v1")
    return project


@pytest.fixture(scope="module")
def update(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The second version of the data."""
    path = tmp_path_factory.mktemp("update") / "flights.csv"
    write_v2(path)
    return path


def columns_of(path: Path) -> dict[str, tuple[str, ...]]:
    """Values of each column."""
    with path.open(newline="") as file:
        header, *rows = csv.reader(file)
    return dict(zip(header, zip(*rows, strict=True), strict=True))


def test_training_twice_on_all_flights_gives_the_same_metrics(flights: Project) -> None:
    first, second = flights.train(), flights.train()
    assert first.data.metrics == second.data.metrics
    assert first.data.metrics["r2"] > 0.8
    assert first.data.tags["data_version"] == second.data.tags["data_version"] == "flights_v1"


def test_first_version_is_every_flight_of_the_package(flights: Project) -> None:
    assert len(columns_of(flights.root / "data" / "flights.csv")["flight"]) == V1_ROWS


def test_second_version_has_only_arrived_flights_and_their_weather(update: Path) -> None:
    columns = columns_of(update)
    assert len(columns["flight"]) == V2_ROWS
    assert "NA" not in columns["arr_delay"]
    assert V2_ROWS - columns["temp"].count("NA") > 0.99 * V2_ROWS
    assert tuple(columns)[-len(WEATHER) :] == WEATHER


def test_versions_are_the_same_bytes_each_time(update: Path, tmp_path: Path) -> None:
    write_v2(tmp_path / "again.csv")
    assert filecmp.cmp(update, tmp_path / "again.csv", shallow=False)
