"""Newest 100 runs among 100,000: SQL time with our indexes, against MLflow's stock schema.

The queries are MLflow's own, sent by its SqlAlchemyStore; only the time inside PostgreSQL's driver counts.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy
from mlflow.entities import ViewType
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

from tests.bench.ratio import Row, alternate, paired

RUNS = 100_000
EXPERIMENTS = 200
ROUNDS = 20

# One big experiment of 20,000 runs, the rest spread evenly; 4 metrics, 4 params and 5 tags a run.
FILL = f"""
INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, creation_time, last_update_time,
                         workspace)
SELECT n, 'bench-' || n, 'mlflow-artifacts:/' || n, 'active', 0, 0, 'default'
FROM generate_series(1, {EXPERIMENTS}) AS n;
INSERT INTO runs (run_uuid, name, source_type, user_id, status, start_time, end_time, lifecycle_stage, artifact_uri,
                  experiment_id)
SELECT md5(n::text), 'run-' || n, 'LOCAL', 'author', 'FINISHED', 1700000000000 + (n * 7919 % {RUNS}) * 1000,
       1800000000000, 'active', 'mlflow-artifacts:/x/' || n,
       CASE WHEN n <= 20000 THEN 1 ELSE 2 + n % {EXPERIMENTS - 1} END
FROM generate_series(1, {RUNS}) AS n;
INSERT INTO params (key, value, run_uuid) SELECT 'p' || k, (n % 100)::text, md5(n::text)
FROM generate_series(1, {RUNS}) AS n, generate_series(1, 4) AS k;
INSERT INTO tags (key, value, run_uuid) SELECT 'tag' || k, (n % 1000)::text, md5(n::text)
FROM generate_series(1, {RUNS}) AS n, generate_series(1, 5) AS k;
INSERT INTO latest_metrics (key, value, timestamp, step, is_nan, run_uuid)
SELECT 'm' || k, n % 997, 0, 0, false, md5(n::text)
FROM generate_series(1, {RUNS}) AS n, generate_series(1, 4) AS k;
"""  # noqa: S608 - made of the constants above


@contextmanager
def timed(engine: sqlalchemy.Engine) -> Iterator[list[float]]:
    """Seconds of each statement that the engine sends inside the block."""
    spent: list[float] = []

    def before(*_: Any) -> None:
        spent.append(time.perf_counter())

    def after(*_: Any) -> None:
        spent[-1] = time.perf_counter() - spent[-1]

    sqlalchemy.event.listen(engine, "before_cursor_execute", before)
    sqlalchemy.event.listen(engine, "after_cursor_execute", after)
    try:
        yield spent
    finally:
        sqlalchemy.event.remove(engine, "before_cursor_execute", before)
        sqlalchemy.event.remove(engine, "after_cursor_execute", after)


def fill(url: str) -> None:
    """Put 100,000 runs into an initialised MLflow database."""
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text(FILL))
        connection.execute(sqlalchemy.text("VACUUM ANALYZE"))
    engine.dispose()


def search_seconds(store: SqlAlchemyStore, experiments: list[str]) -> float:
    """Time inside PostgreSQL for the newest 100 runs of these experiments.

    The first statement of a search is the one that finds the runs; what follows loads the 100 found ones by key.
    """
    with timed(store.engine) as spent:
        found = store.search_runs(experiments, "", ViewType.ACTIVE_ONLY, 100, ["attributes.start_time DESC"])
    assert len(found) == 100
    return max(spent)


def measure(ours_url: str, stock_url: str) -> list[Row]:
    """Compare the two databases, which hold the same runs."""
    ours, stock = (SqlAlchemyStore(url, "mlflow-artifacts:/") for url in (ours_url, stock_url))
    rows = []
    every = [str(number) for number in range(1, EXPERIMENTS + 1)]
    for what, experiments, bar in (("one experiment", ["1"], 0.40), ("all experiments", every, 0.15)):
        pair = alternate(
            lambda wanted=experiments: search_seconds(ours, wanted),
            lambda wanted=experiments: search_seconds(stock, wanted),
            ROUNDS + 2,
        )
        value, low, high = paired(*(series[2:] for series in pair))
        rows.append(
            Row(
                f"newest 100 of 100,000 runs, {what}: SQL time / stock schema",
                value,
                low,
                high,
                "x",
                ROUNDS,
                f"<= {bar:.2f}",
                value <= bar,
            )
        )
    return rows
