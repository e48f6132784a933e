"""`migrate`: bring the tracking database to this version's schema and add our indexes; then exit.

The server itself would initialise an empty database only, behind a lock file that replicas do not share. Here one
migration at a time holds a lock in the database.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2

from saigen_tracking.errors import TrackingError
from saigen_tracking.schema import INDEXES, Found, plan_indexes, plan_schema
from saigen_tracking.serve import SECRETS, require_files
from saigen_tracking.settings import Settings, read_settings

_LOCK = 0x5A16E4
_PATIENCE_SECONDS = 600
_INDEXES = """SELECT c.relname, i.indisvalid FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
              WHERE c.relname = ANY(%s) AND pg_table_is_visible(c.oid)"""


def migrate(settings: Settings) -> list[str]:
    """Do what is needed, and say what that was.

    Raises:
        TrackingError: see `plan_schema`; or the database does not answer.
        psycopg2.Error: it refused a statement.
    """
    with _connected(settings) as connection, _alone(connection):
        head, known = _revisions()
        step = plan_schema(read_found(connection), head, known, _first_tables())
        if step in ("initialise", "resume"):
            _initialise(settings)
        elif step == "upgrade":
            _upgrade(settings)
        did = [_SAID[step].format(head=head)]
        statements = plan_indexes(read_found(connection).indexes)
        for statement in statements:
            _execute(connection, statement)
        happened = f"ran {len(statements)} statements: {statements}" if statements else "all present, nothing to do"
        return [*did, f"indexes: {len(INDEXES)} declared, {happened}"]


_SAID = {
    "initialise": "schema: the database was empty, made it at revision {head}",
    "resume": "schema: the making of it was interrupted, finished it at revision {head}",
    "upgrade": "schema: upgraded to revision {head}",
    "nothing": "schema: at revision {head}, nothing to do",
}


def read_found(connection: Any) -> Found:
    """What the database looks like now."""
    tables = _rows(connection, "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()")
    versioned = ("alembic_version",) in tables
    revisions = _rows(connection, "SELECT version_num FROM alembic_version") if versioned else []
    indexes = dict(_rows(connection, _INDEXES, (list(INDEXES),)))
    return Found(frozenset(name for (name,) in tables), str(revisions[0][0]) if revisions else None, indexes)


@contextmanager
def _connected(settings: Settings) -> Iterator[Any]:
    try:
        connection = psycopg2.connect(settings.database_url, connect_timeout=10, application_name="saigen-migrate")
    except psycopg2.OperationalError as error:
        raise TrackingError(
            "the tracking database does not answer", str(error).strip(), "docker compose up -d postgres", 4
        ) from error
    connection.autocommit = True
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _alone(connection: Any) -> Iterator[None]:
    # Asking again and again, because one that waits inside the database would hold up CREATE INDEX CONCURRENTLY.
    until = time.monotonic() + _PATIENCE_SECONDS
    while not _rows(connection, "SELECT pg_try_advisory_lock(%s)", (_LOCK,))[0][0]:
        if time.monotonic() > until:
            raise TrackingError(
                "another migration does not finish",
                f"waited {_PATIENCE_SECONDS} s for it",
                "docker compose logs migrate",
            )
        time.sleep(0.5)
    yield


def _revisions() -> tuple[str, frozenset[str]]:
    import mlflow
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(Path(mlflow.__file__).parent / "store" / "db_migrations"))
    return str(scripts.get_current_head()), frozenset(revision.revision for revision in scripts.walk_revisions())


def _first_tables() -> frozenset[str]:
    from mlflow.store.tracking.dbmodels.initial_models import Base

    return frozenset(Base.metadata.tables)


def _initialise(settings: Settings) -> None:
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    # Makes every table that is missing, and the experiment "Default" with its artifacts in the served store.
    SqlAlchemyStore(settings.store_uri, "mlflow-artifacts:/")


def _upgrade(settings: Settings) -> None:
    subprocess.run([str(Path(sys.executable).with_name("mlflow")), "db", "upgrade", settings.store_uri], check=True)


def _execute(connection: Any, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _rows(connection: Any, statement: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def main() -> int:
    """Migrate, print what was done, and exit."""
    logging.basicConfig(level=logging.WARNING)
    try:
        settings = read_settings()
        require_files(SECRETS / "pgpass")
        os.environ["PGPASSFILE"] = str(SECRETS / "pgpass")
        for line in migrate(settings):
            print(line)
    except TrackingError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
