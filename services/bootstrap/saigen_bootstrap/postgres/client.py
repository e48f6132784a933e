"""Talks to PostgreSQL as the role `bootstrap`; the password is in the file that PGPASSFILE names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
from psycopg2 import errors, sql
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT, connection
from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from ..errors import UP, BlockedError, SilentServiceError
from ..plan import Change
from .state import Database, PostgresState, Role, wanted_postgres

_LOCK = 0x5A16E4  # any number of our own: two applies of one stack take the same advisory lock
_LOCK_SECONDS = 300

_DATABASES = """
SELECT d.datname, pg_get_userbyid(d.datdba),
       EXISTS (SELECT FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) AS a
               WHERE a.grantee = 0 AND a.privilege_type = 'CONNECT')
FROM pg_database AS d WHERE NOT d.datistemplate AND d.datname <> 'postgres'"""

# The cluster's own superuser (oid 10) belongs to the postgres service, which uses it over a local socket only.
_ROLES = """
SELECT rolname, rolcanlogin, rolcreatedb, rolcreaterole, rolsuper
FROM pg_roles WHERE rolname NOT LIKE 'pg\\_%' AND oid <> 10"""


class Postgres:
    """One connection to the maintenance database, with every statement in a transaction of its own."""

    def __init__(self, connected: connection) -> None:
        """Wrap an open connection."""
        self._connection = connected
        self._connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)

    def read(self) -> PostgresState:
        """The databases and roles that are there."""
        with self._connection.cursor() as cursor:
            cursor.execute(_DATABASES)
            databases = {name: Database(owner, public) for name, owner, public in cursor.fetchall()}
            cursor.execute(_ROLES)
            roles = {name: Role(*attributes) for name, *attributes in cursor.fetchall()}
        return PostgresState(databases, roles)

    def apply(self, changes: tuple[Change, ...]) -> None:
        """Carry the changes out. Raises BlockedError for what only the postgres service itself may do."""
        for change in changes:
            try:
                with self._connection.cursor() as cursor:
                    for statement in _statements(change):
                        cursor.execute(statement)
            except (errors.InsufficientPrivilege, errors.UndefinedObject) as error:
                raise BlockedError(
                    f"postgres: {change.render()}",
                    f"only the postgres service itself may do that ({str(error).splitlines()[0]})",
                    f"docker compose restart postgres (it sets roles and databases at every start), then {UP}",
                ) from error

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the lock of this stack. PostgreSQL frees it by itself when a process that holds it dies."""
        waiting = Retrying(
            stop=stop_after_delay(_LOCK_SECONDS), wait=wait_fixed(0.5), retry=retry_if_result(lambda held: not held)
        )
        try:
            waiting(self._try_lock)
        except RetryError as error:
            raise BlockedError(
                "expected no other apply",
                f"found one that has been running for {_LOCK_SECONDS} s",
                f"docker ps --filter name=bootstrap; wait for it or stop it, then {UP}",
            ) from error
        try:
            yield
        finally:
            if not self._connection.closed:
                with self._connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))

    def _try_lock(self) -> bool:
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,))
            (held,) = cursor.fetchone() or (False,)
        return bool(held)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


@contextmanager
def connect(pgpass: Path) -> Iterator[Postgres]:
    """A connection to the stack's PostgreSQL. Raises SilentServiceError when there is none."""
    postgres = Postgres(_open(pgpass, "postgres"))
    try:
        yield postgres
    except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:  # it was there, and is not any more
        raise SilentServiceError("postgres", str(error).strip().splitlines()[-1]) from error
    finally:
        postgres.close()


def end_sessions(pgpass: Path) -> None:
    """Sign everybody out of the forge's pages: the forge itself tells nobody whose a session is."""
    with closing(_open(pgpass, "git")) as forge, forge, forge.cursor() as cursor:
        cursor.execute("DELETE FROM session")


def _open(pgpass: Path, database: str) -> connection:
    try:
        return psycopg2.connect(
            host="postgres", dbname=database, user="bootstrap", passfile=str(pgpass), connect_timeout=10
        )
    except psycopg2.OperationalError as error:
        raise SilentServiceError("postgres", str(error).strip().splitlines()[-1]) from error


def _statements(change: Change) -> tuple[sql.Composable, ...]:
    name = sql.Identifier(change.name)
    wanted = wanted_postgres()
    if change.noun == "role":
        role = wanted.roles[change.name]
        attributes = {"LOGIN": role.login, "CREATEDB": role.createdb, "CREATEROLE": role.createrole}
        words = " ".join(word if on else f"NO{word}" for word, on in attributes.items())
        verb = "CREATE" if change.action == "create" else "ALTER"
        return (sql.SQL(f"{verb} ROLE {{}} {words}").format(name),)
    owner = sql.Identifier(wanted.databases[change.name].owner)
    revoke = sql.SQL("REVOKE CONNECT, TEMPORARY ON DATABASE {} FROM PUBLIC").format(name)
    if change.action == "create":
        return (sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(name, owner), revoke)
    return (sql.SQL("ALTER DATABASE {} OWNER TO {}").format(name, owner), revoke)
