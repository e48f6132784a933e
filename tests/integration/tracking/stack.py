"""The shipped tracking image with the shipped PostgreSQL and storage behind it, and no gateway in front."""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import requests
from minio import Minio, MinioAdmin
from minio.credentials import StaticProvider

from tests.shipped import LABEL, ROOT, docker, image, new_name, run, start, tar_of
from tests.waiting import eventually

PEOPLE = {"author": "member", "reviewer": "member", "watcher": "viewer", "captain": "maintainer"}


@dataclass
class TrackingStack:
    """PostgreSQL, storage and tracking, each the shipped image, hardened as the compose file says."""

    workers: int = 2
    name: str = field(default_factory=lambda: new_name("tracking"))
    secrets: dict[str, str] = field(default_factory=lambda: {name: secrets.token_hex(20) for name in PEOPLE})
    keys: dict[str, str] = field(
        default_factory=lambda: {name: secrets.token_hex(20) for name in ("mlflow", "root", "tracking")}
    )

    @cached_property
    def url(self) -> str:
        """Where tracking is reached from this machine."""
        return f"http://{self._port('tracking', 5000)}"

    def _port(self, part: str, port: int) -> str:
        return docker("port", self.container(part), str(port)).stdout.splitlines()[0]

    def container(self, part: str) -> str:
        """The container of one part."""
        return f"{self.name}-{part}"

    def start(self) -> None:
        """Bring everything up, in order."""
        docker("network", "create", LABEL, self.name)
        self._put(
            "postgres-secrets", {f"{role}-password": self.keys["mlflow"] for role in ("mlflow", "git", "bootstrap")}
        )
        kms = "saigen-1:" + b64encode(secrets.token_bytes(32)).decode()
        root = {"root-user": "saigen-root", "root-password": self.keys["root"], "kms-key": kms}
        self._put("storage-secrets", root)
        credentials = f"[default]\naws_access_key_id = tracking\naws_secret_access_key = {self.keys['tracking']}\n"
        pgpass = f"postgres:5432:mlflow:mlflow:{self.keys['mlflow']}\n"
        self._put("tracking-secrets", {"aws-credentials": credentials, "pgpass": pgpass})
        self.set_people(PEOPLE)
        self._run("postgres", *self._volumes("postgres"))
        self._run("storage", "--publish=127.0.0.1::9000", *self._volumes("storage"))
        for part in ("postgres", "storage"):
            self.wait_healthy(part)
        self._make_bucket()
        self.migrate()
        self.run_tracking()

    def run_tracking(self, *options: str) -> None:
        """Start tracking and wait until it is ready."""
        self.__dict__.pop("url", None)  # a new container has a new port
        storage = f"http://{self._port('storage', 9000)}"
        self._run(
            "tracking",
            f"--volume={self.name}-tracking-secrets:/secrets:ro",
            f"--volume={self.name}-access:/access:ro",
            f"--env=SAIGEN_TRACKING_WORKERS={self.workers}",
            f"--env=SAIGEN_S3_PUBLIC_URL={storage}",
            "--publish=127.0.0.1::5000",
            *options,
        )
        self.wait_healthy("tracking")

    def migrate(self, *options: str, command: tuple[str, ...] = ()) -> str:
        """Run the one-shot; what it printed."""
        volume = f"--volume={self.name}-tracking-secrets:/secrets:ro"
        return run("migrate", f"--network={self.name}", volume, *options, command=command).stdout

    def wait_healthy(self, part: str) -> None:
        """Wait until a part's own health check succeeds."""

        def healthy() -> bool:
            state = docker("inspect", "--format", "{{.State.Status}}", self.container(part)).stdout.strip()
            assert state == "running", docker("logs", "--tail", "60", self.container(part)).output
            docker("exec", self.container(part), f"saigen-{part}", "healthy")
            return True

        eventually(healthy)

    def set_people(self, roles: Mapping[str, str]) -> None:
        """Write the people file as bootstrap does."""
        people = {
            name: {"role": role, "sha256": hashlib.sha256(self.secrets[name].encode()).hexdigest()}
            for name, role in roles.items()
        }
        self._put("access", {"people.json": json.dumps({"version": 1, "people": people})})

    def sql(self, statement: str) -> str:
        """What psql prints for a statement on the tracking database."""
        psql = ["psql", "--no-psqlrc", "-h", "/run/postgresql", "-U", "saigen", "-d", "mlflow", "-Atc", statement]
        return docker("exec", self.container("postgres"), *psql).stdout.strip()

    def call(self, name: str | None, method: str, path: str, **options: Any) -> requests.Response:
        """One request as a person, or as nobody."""
        credentials = (name, self.secrets[name]) if name else None
        return requests.request(method, self.url + path, auth=credentials, timeout=60, **options)

    def api(self, name: str, path: str, body: Mapping[str, Any]) -> requests.Response:
        """POST to MLflow's REST API as a person."""
        return self.call(name, "POST", f"/api/2.0/mlflow/{path}", json=body)

    def new_run(self, name: str = "author", **fields: Any) -> str:
        """The id of a new run of a person."""
        response = self.api(name, "runs/create", {"experiment_id": "0", **fields})
        assert response.status_code == 200, response.text
        return str(response.json()["run"]["info"]["run_id"])

    def run_tags(self, run_id: str) -> dict[str, str]:
        """A run's tags."""
        run = self.call("watcher", "GET", "/api/2.0/mlflow/runs/get", params={"run_id": run_id}).json()["run"]
        return {tag["key"]: tag["value"] for tag in run["data"].get("tags", [])}

    def storage_client(self) -> Minio:
        """The storage, as its root."""
        return Minio(self._port("storage", 9000), "saigen-root", self.keys["root"], secure=False)

    def remove(self) -> None:
        """Remove every container, volume and network of this stack."""
        for listing, removal in (
            (("ps", "--all"), ("rm", "--force", "--volumes")),
            (("volume", "ls"), ("volume", "rm")),
            (("network", "ls"), ("network", "rm")),
        ):
            if found := docker(*listing, "--quiet", "--filter", f"name={self.name}").stdout.split():
                docker(*removal, *found)

    def _run(self, part: str, *options: str) -> None:
        place = [f"--name={self.container(part)}", f"--network={self.name}", f"--network-alias={part}"]
        start(part, *place, *options)

    def _volumes(self, part: str) -> list[str]:
        return [f"--volume={self.name}-{part}-secrets:/secrets:ro", f"--volume={self.name}-{part}-data:/data"]

    def _put(self, volume: str, files: Mapping[str, str]) -> None:
        keeper = self.container(f"keeper-{volume}")
        if not docker("ps", "--all", "--quiet", "--filter", f"name=^{keeper}$").stdout:
            mount = f"--volume={self.name}-{volume}:/secrets"
            docker("create", LABEL, "--name", keeper, mount, image("tracking"), "healthy")
        docker("cp", "-", f"{keeper}:/secrets", stdin=tar_of(files))

    def _make_bucket(self) -> None:
        self.storage_client().make_bucket("mlflow")
        root = StaticProvider("saigen-root", self.keys["root"])
        admin = MinioAdmin(endpoint=self._port("storage", 9000), credentials=root, secure=False)
        admin.user_add("tracking", self.keys["tracking"])
        admin.policy_add("tracking", str(ROOT / "infra" / "policies" / "tracking.json"))
        admin.attach_policy(["tracking"], user="tracking")


@contextmanager
def running(workers: int = 2) -> Iterator[TrackingStack]:
    """A stack that is removed whatever happens."""
    stack = TrackingStack(workers)
    with ExitStack() as cleanup:
        cleanup.callback(stack.remove)
        stack.start()
        yield stack
