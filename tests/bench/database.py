"""A throwaway PostgreSQL of the shipped image: one MLflow database with our indexes, one with the stock schema."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlalchemy

from tests.shipped import Container, docker, network, run, started, volume
from tests.waiting import eventually


@contextmanager
def postgres() -> Iterator[tuple[Container, str, str, str]]:
    """A running server, its network's name, its address from this machine, the password of its role `mlflow`."""
    password = secrets.token_hex(20)
    files = {f"{role}-password": password for role in ("mlflow", "git", "bootstrap")}
    with (
        network() as net,
        volume("postgres", files) as mount,
        started("postgres", mount, f"--network={net}", "--network-alias=postgres", "--volume=/data") as server,
    ):
        eventually(lambda: server.execute("saigen-postgres", "healthy").code == 0, within=60)
        networks = json.loads(docker("inspect", "--format={{json .NetworkSettings.Networks}}", server.name).stdout)
        yield server, net, networks[net]["IPAddress"], password


def migrate(net: str, password: str) -> None:
    """Bring the database `mlflow` to the shipped schema with the shipped one-shot."""
    files = {
        "pgpass": f"postgres:5432:mlflow:mlflow:{password}\n",
        "aws-credentials": "[default]\naws_access_key_id=bench\naws_secret_access_key=bench-unused\n",
    }
    with volume("tracking", files) as mount:
        run("migrate", f"--network={net}", mount)


@contextmanager
def databases(fill: Callable[[str], None]) -> Iterator[tuple[str, str]]:
    """URLs of (ours, stock), filled alike by `fill(url)`."""
    with postgres() as (server, net, address, password):
        migrate(net, password)
        url = f"postgresql+psycopg2://bootstrap:{password}@{address}:5432"  # may connect to every database
        fill(f"{url}/mlflow")
        admin(server, "CREATE DATABASE stock TEMPLATE mlflow OWNER mlflow")
        drop_our_indexes(f"{url}/stock")
        yield f"{url}/mlflow", f"{url}/stock"


def admin(server: Container, statement: str) -> None:
    """One statement as the cluster's owner."""
    server.execute("psql", "-h", "/run/postgresql", "-U", "saigen", "-d", "postgres", "-qc", statement)


def drop_our_indexes(url: str) -> None:
    """Leave only the indexes that MLflow itself makes."""
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        ours = connection.execute(sqlalchemy.text("SELECT indexname FROM pg_indexes WHERE indexname LIKE 'saigen%'"))
        for (index,) in list(ours):
            connection.execute(sqlalchemy.text(f'DROP INDEX "{index}"'))
        connection.execute(sqlalchemy.text("VACUUM ANALYZE"))
    engine.dispose()
