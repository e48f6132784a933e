"""What migrate does to the database, and that nothing starts without its secrets."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from saigen_tracking.schema import INDEXES

from tests.integration.tracking.stack import TrackingStack
from tests.shipped import docker, run

# What MLflow does first for an empty database; it commits that before it runs its migrations.
KILLED = """
import os, sqlalchemy
from mlflow.store.tracking.dbmodels.initial_models import Base
from saigen_tracking.settings import read_settings
os.environ["PGPASSFILE"] = "/secrets/pgpass"
Base.metadata.create_all(sqlalchemy.create_engine(read_settings().store_uri))
"""


def test_a_second_migration_changes_nothing_and_says_so(tracking: TrackingStack) -> None:
    said = tracking.migrate().splitlines()

    assert "nothing to do" in said[-2]
    assert said[-1] == f"indexes: {len(INDEXES)} declared, all present, nothing to do"


def test_an_index_that_is_gone_or_broken_is_made_again(tracking: TrackingStack) -> None:
    tracking.sql("DROP INDEX saigen_runs_newest")
    tracking.sql("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'saigen_tags_value'::regclass")

    said = tracking.migrate()

    assert "ran 3 statements" in said
    valid = tracking.sql(
        "SELECT count(*) FROM pg_index WHERE indisvalid AND indexrelid::regclass::text LIKE 'saigen_%'"
    )
    assert valid == str(len(INDEXES))


def test_a_newer_database_is_refused_with_the_reason(tracking: TrackingStack) -> None:
    revision = tracking.sql("SELECT version_num FROM alembic_version")
    tracking.sql("UPDATE alembic_version SET version_num = 'from-the-future'")
    try:
        with pytest.raises(AssertionError, match="newer than this version") as refusal:
            tracking.migrate()
    finally:
        tracking.sql(f"UPDATE alembic_version SET version_num = '{revision}'")  # noqa: S608

    assert "exit 3" in str(refusal.value)


def test_a_first_start_that_was_killed_between_two_transactions_is_finished(tracking: TrackingStack) -> None:
    tracking.sql("CREATE SCHEMA interrupted AUTHORIZATION mlflow")
    there = "--env=SAIGEN_DATABASE_URL=postgresql://mlflow@postgres:5432/mlflow?options=-csearch_path%3Dinterrupted"
    tracking.migrate(there, "--entrypoint=/opt/tracking/bin/python", command=("-c", KILLED))

    said = tracking.migrate(there).splitlines()

    assert "schema: the making of it was interrupted, finished it" in said[0]
    assert tracking.sql("SELECT version_num FROM interrupted.alembic_version") == tracking.sql(
        "SELECT version_num FROM alembic_version"
    )
    assert tracking.sql("SELECT name FROM interrupted.experiments") == "Default"
    assert "nothing to do" in tracking.migrate(there).splitlines()[0]


@pytest.mark.parametrize("where", ["experiment_id IN (0) AND", ""])
def test_postgresql_reads_the_newest_runs_from_an_index_without_sorting(tracking: TrackingStack, where: str) -> None:
    newest = f"""SET enable_seqscan = off; EXPLAIN
        SELECT *, CASE WHEN (runs.start_time IS NULL) THEN 1 ELSE 0 END AS clause_1 FROM runs
        WHERE {where} runs.lifecycle_stage IN ('active')
        ORDER BY clause_1, runs.start_time DESC, runs.run_uuid LIMIT 100"""  # noqa: S608

    plan = tracking.sql(newest)

    assert "Index Scan using saigen_runs_" in plan
    assert "Sort" not in plan


def test_postgresql_finds_a_value_by_its_hash(tracking: TrackingStack) -> None:
    plan = tracking.sql("SET enable_seqscan = off; EXPLAIN SELECT 1 FROM params WHERE value = 'x'")

    assert "saigen_params_value" in plan


@pytest.mark.parametrize(("verb", "secret"), [("serve", "pgpass"), ("migrate", "pgpass")])
def test_without_a_secret_nothing_starts(verb: str, secret: str) -> None:
    with pytest.raises(AssertionError, match=f"FAIL: expected secret /secrets/{secret}, found none") as refusal:
        run("tracking", command=(verb,))

    assert "exit 3" in str(refusal.value)


def test_no_secret_is_in_the_servers_environment_arguments_or_log(tracking: TrackingStack) -> None:
    container = tracking.container("tracking")
    processes = "for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/environ; tr '\\0' ' ' <$p/cmdline; done"
    asked = [("exec", container, "bash", "-c", processes), ("logs", container), ("inspect", container)]
    seen = "".join(docker(*question).output for question in asked)

    assert [secret for secret in (*tracking.keys.values(), *tracking.secrets.values()) if secret in seen] == []


def test_the_server_writes_nowhere_but_to_its_temporary_folder(tracking: TrackingStack) -> None:
    found = docker("diff", tracking.container("tracking"))

    assert [line for line in found.stdout.splitlines() if not line.endswith(("/secrets", "/access", "/tmp"))] == []


@pytest.mark.parametrize("library", ["uvloop", "httptools"])
def test_each_worker_serves_with_the_fast_loop_and_parser(tracking: TrackingStack, library: str) -> None:
    script = f"grep --files-with-matches {library} /proc/[0-9]*/maps | wc -l"
    found = docker("exec", tracking.container("tracking"), "bash", "-c", script).stdout
    assert int(found) >= tracking.workers


def test_connections_to_the_database_stay_after_a_burst(tracking: TrackingStack) -> None:
    def ask(_: int) -> int:
        return tracking.api("author", "experiments/search", {"max_results": 1}).status_code

    with ThreadPoolExecutor(24) as pool:
        assert set(pool.map(ask, range(240))) == {200}
    kept = tracking.sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'mlflow' AND state = 'idle'")
    assert int(kept) > 2 * 5  # what two workers would keep by default
