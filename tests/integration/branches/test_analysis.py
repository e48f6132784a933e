"""A forward test on the real platform: what two models said of real flights, judged by a colleague."""

from __future__ import annotations

import json
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas
import pytest

from tests.integration.flights_data import write_v1
from tests.integration.person import Person

PARTS = ("inputs", "predictions", "labels")
INPUTS = ["month", "day", "dep_delay", "carrier", "origin", "dest", "distance"]
WEEKS = (range(1, 15), range(15, 29))  # days of February: what was in production, in two batches


@dataclass
class Production:
    """Two released models and an environment, with names that no other test has; the author's clone."""

    author: Person
    clone: Path
    line: str
    environment: str

    def git(self, *words: str) -> str:
        return self.author.run("git", *words, cwd=self.clone).stdout.strip()

    def model(self, number: int) -> str:
        return f"{self.line}-{number}"

    def release(self) -> None:
        """Two tags, as two releases make them."""
        for number in (1, 2):
            self.git("tag", "--annotate", "--message", f"Release {number}", self.model(number))
        self.git("push", "--quiet", "origin", self.model(1), self.model(2))

    def record(self, model: int, rows: pandas.DataFrame) -> None:
        """One batch of a model, handed in as three files."""
        tables = (rows[["id", *INPUTS]], rows[["id", f"model_{model}"]], rows[["id", "arr_delay"]])
        words = ["saigen", "monitor", "record", self.environment, "--model", self.model(model), "--key", "id"]
        for part, table in zip(PARTS, tables, strict=True):
            file = self.author.home / f"{part}.parquet"
            table.rename(columns={f"model_{model}": "prediction"}).to_parquet(file, index=False)
            words += [f"--{part}", str(file)]
        self.author.run(*words, cwd=self.clone)


def served(folder: Path) -> pandas.DataFrame:
    """Flights of February with what two models, made from January, said; `candidate`: one of a hundred flights.

    The first model says what the carrier's delay was on average; the second knows by how much this flight left late.
    """
    write_v1(folder / "flights.csv")
    flights = pandas.read_csv(folder / "flights.csv").dropna(subset=["arr_delay", "dep_delay"])
    january, february = flights[flights.month == 1], flights[flights.month == 2].copy()
    february["id"] = [f"f{row:06}" for row in february.index]
    february["model_1"] = february.carrier.map(january.groupby("carrier").arr_delay.mean()).fillna(0)
    february["model_2"] = february.dep_delay + (january.arr_delay - january.dep_delay).mean()
    february["candidate"] = february.index % 100 == 7
    return february


@pytest.fixture(scope="module")
def february(tmp_path_factory: pytest.TempPathFactory) -> pandas.DataFrame:
    return served(tmp_path_factory.mktemp("flights"))


@pytest.fixture(scope="module")
def production(author: Person, february: pandas.DataFrame) -> Production:
    """Both models at work on flights of February: the candidate on 1 % of them."""
    mark = uuid.uuid4().hex[:6]
    clone = author.home / f"production-{mark}"
    author.run("git", "clone", "--quiet", f"{author.exports['SAIGEN_GIT_URL']}/flights.git", str(clone))
    made = Production(author, clone, f"late{mark}x", f"prod{mark}x")
    made.release()
    for days in WEEKS:
        week = february[february.day.isin(days)]
        made.record(1, week[~week.candidate])
        made.record(2, week[week.candidate])
    return made


@pytest.fixture(scope="module")
def colleague(reviewer: Person, production: Production) -> Path:
    """The reviewer's clone, without any data."""
    clone = reviewer.home / production.clone.name
    reviewer.run("git", "clone", "--quiet", f"{reviewer.exports['SAIGEN_GIT_URL']}/flights.git", str(clone))
    return clone


def analyse(
    person: Person, clone: Path, production: Production, *words: str, code: int = 0
) -> subprocess.CompletedProcess[str]:
    """`saigen analyse forward` of both models; its exit code must be `code`."""
    command = ["saigen", "analyse", "forward", "--control", production.model(1), "--candidate", production.model(2)]
    done = person.run(*command, *words, cwd=clone, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def test_a_forward_test_is_judged_published_and_logged(
    reviewer: Person, colleague: Path, production: Production, february: pandas.DataFrame
) -> None:
    found: dict[str, Any] = json.loads(analyse(reviewer, colleague, production, "--metric", "mae", "--json").stdout)
    effect = found["effect"]

    errors = [(february[f"model_{model}"] - february.arr_delay).abs() for model in (1, 2)]
    assert effect["control"] == pytest.approx(errors[0][~february.candidate].mean())
    assert effect["candidate"] == pytest.approx(errors[1][february.candidate].mean())
    assert found["units"] == [int((~february.candidate).sum()), int(february.candidate.sum())]
    assert found["split"]["holds"]
    assert found["verdict"] == "better"
    assert effect["low"] < errors[1].mean() - errors[0].mean() < effect["high"] < 0  # what all flights say

    author_sees = production.git("ls-remote", "origin", f"refs/heads/{found['branch']}").split()[0]
    assert author_sees == found["commit"]
    production.git("fetch", "--quiet", "origin", found["branch"])
    assert "## Records" in production.git("show", "FETCH_HEAD:report.md")
    records = production.git("log", "-1", "--format=%(trailers:key=Record,valueonly)", "FETCH_HEAD").split()
    assert len(records) == 4

    run = reviewer.api("GET", "runs/get", params={"run_id": found["run"]}).json()["run"]
    tags = {tag["key"]: tag["value"] for tag in run["data"]["tags"]}
    assert tags["saigen.commit"] == found["commit"]
    assert tags["saigen.branch"] == found["branch"]
    assert tags["saigen.repository"].endswith("/flights")
    assert tags["mlflow.user"] == "reviewer"
    assert {metric["key"] for metric in run["data"]["metrics"]} >= {"difference", "low", "high", "p", "detectable"}

    audited = json.loads(reviewer.run("saigen", "audit", "--json", "--experiment", "flights-analysis").stdout)
    assert audited["runs"] == []
    assert [kind for kind, count in audited["left_out"].items() if count] == ["analyses"]

    again = json.loads(analyse(reviewer, colleague, production, "--metric", "mae", "--json").stdout)
    assert (again["new"], again["commit"], again["run"]) == (False, found["commit"], found["run"])


def test_a_split_that_was_not_meant_is_refused(reviewer: Person, colleague: Path, production: Production) -> None:
    done = analyse(reviewer, colleague, production, "--metric", "rmse", "--split", "97/3", code=1)
    assert "DOES NOT HOLD" in done.stdout
    assert production.git("ls-remote", "origin", "refs/heads/ds/*rmse").split() == []
