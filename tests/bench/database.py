"""A throwaway PostgreSQL of the shipped image: one MLflow database with our indexes, one with the stock schema."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy
from tenacity import retry, stop_after_delay, wait_fixed

VERSION = os.environ.get("SAIGEN_VERSION", "0.1.0")


def docker(*arguments: str) -> str:
    """Run one docker command and return its standard output."""
    return subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True).stdout.strip()


@contextmanager
def postgres() -> Iterator[tuple[str, str, str]]:
    """A running server: its network's name, its address from this machine, the password of its role `mlflow`."""
    name = f"saigen-bench-{secrets.token_hex(4)}"
    password = secrets.token_hex(20)
    with tempfile.TemporaryDirectory() as folder:
        for role in ("mlflow", "git", "bootstrap"):
            (Path(folder) / f"{role}-password").write_text(password)
        Path(folder).chmod(0o755)
        docker("network", "create", name)
        try:
            docker(
                "run",
                "--detach",
                "--name",
                name,
                "--network",
                name,
                "--network-alias",
                "postgres",
                "--shm-size",
                "256m",
                "--tmpfs",
                "/run/postgresql:uid=10001,gid=10001,mode=0700",
                "--volume",
                f"{folder}:/secrets:ro",
                f"saigen/postgres:{VERSION}",
            )
            wait_healthy(name)
            networks = json.loads(docker("inspect", "--format", "{{json .NetworkSettings.Networks}}", name))
            yield name, networks[name]["IPAddress"], password
        finally:
            docker("rm", "--force", "--volumes", name)
            docker("network", "rm", name)


@retry(stop=stop_after_delay(60), wait=wait_fixed(0.5), reraise=True)
def wait_healthy(container: str) -> None:
    """Wait until the server answers queries."""
    docker("exec", container, "saigen-postgres", "healthy")


def migrate(network: str, password: str) -> None:
    """Bring the database `mlflow` to the shipped schema with the shipped one-shot."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in {
            "pgpass": f"postgres:5432:mlflow:mlflow:{password}\n",
            "aws-credentials": "[default]\naws_access_key_id=bench\naws_secret_access_key=bench-unused\n",
        }.items():
            file = Path(folder) / name
            file.write_text(content)
            file.chmod(0o400)
            os.chown(file, 10001, 10001)
        Path(folder).chmod(0o755)
        mounts = ["--tmpfs", "/tmp", "--volume", f"{folder}:/secrets:ro"]
        docker("run", "--rm", "--network", network, "--read-only", *mounts, f"saigen/tracking:{VERSION}", "migrate")


@contextmanager
def databases(fill: Callable[[str], None]) -> Iterator[tuple[str, str]]:
    """URLs of (ours, stock), filled alike by `fill(url)`."""
    with postgres() as (name, address, password):
        migrate(name, password)
        url = f"postgresql+psycopg2://bootstrap:{password}@{address}:5432"  # may connect to every database
        fill(f"{url}/mlflow")
        admin(name, "CREATE DATABASE stock TEMPLATE mlflow OWNER mlflow")
        drop_our_indexes(f"{url}/stock")
        yield f"{url}/mlflow", f"{url}/stock"


def admin(container: str, statement: str) -> None:
    """One statement as the cluster's owner."""
    docker("exec", container, "psql", "-h", "/run/postgresql", "-U", "saigen", "-d", "postgres", "-qc", statement)


def drop_our_indexes(url: str) -> None:
    """Leave only the indexes that MLflow itself makes."""
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        ours = connection.execute(sqlalchemy.text("SELECT indexname FROM pg_indexes WHERE indexname LIKE 'saigen%'"))
        for (index,) in list(ours):
            connection.execute(sqlalchemy.text(f'DROP INDEX "{index}"'))
        connection.execute(sqlalchemy.text("VACUUM ANALYZE"))
    engine.dispose()
