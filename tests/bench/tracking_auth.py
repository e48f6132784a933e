"""What our authentication layer costs: the shipped server against the same server and app with the layer taken off.

All three servers are the shipped image with its settings on one database, started alike: with our app; without it, so
that MLflow's own is left; and with MLflow's stock basic auth, which is shown for comparison. Requests are those that a
plain client sends.
"""

from __future__ import annotations

import base64
import http.client
import json
import secrets
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from saigen_tracking.serve import server_command, server_environment
from saigen_tracking.settings import Settings

from tests.bench.ratio import Row, alternate, paired, seconds
from tests.integration.stack import eventually
from tests.integration.tracking.stack import VERSION, TrackingStack, docker, hardening, running

ROUNDS = 24
STOCK_ROUNDS = 5
BAR = "median >= 0.95, low >= 0.90"
REQUESTS = {1: 40, 8: 120}
STOCK_REQUESTS = {1: 4, 8: 16}
METRICS = [{"key": f"m{number}", "value": number / 7, "timestamp": 1, "step": 0} for number in range(20)]
RUN = {
    "experiment_id": "0",
    "user_id": "author",
    "start_time": 1_795_000_000_000,
    "run_name": "bench",
    "tags": [
        {"key": "mlflow.user", "value": "author"},
        {"key": "mlflow.source.name", "value": "train.py"},
        {"key": "mlflow.source.type", "value": "LOCAL"},
        {"key": "mlflow.source.git.commit", "value": "0" * 40},
    ],
}
STOCK_IMAGE = "saigen/bench-stock-auth:latest"


@dataclass(frozen=True)
class Server:
    """A running server, and the name and secret it wants."""

    url: str
    name: str
    secret: str

    def connect(self) -> http.client.HTTPConnection:
        """A connection that stays open."""
        return http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)

    def ask(self, connection: http.client.HTTPConnection, method: str, path: str, body: object) -> bytes:
        """One request; AssertionError unless it is answered 200."""
        given = base64.b64encode(f"{self.name}:{self.secret}".encode()).decode()
        headers = {"Authorization": f"Basic {given}", "Content-Type": "application/json"}
        connection.request(method, f"/api/2.0/mlflow/{path}", json.dumps(body) if body else None, headers)
        answer = connection.getresponse()
        text = answer.read()
        assert answer.status == 200, f"{method} {path}: {answer.status} {text[:200]!r}"
        return text

    def new_run(self) -> str:
        """The id of a new run."""
        made = self.ask(self.connect(), "POST", "runs/create", RUN)
        return str(json.loads(made)["run"]["info"]["run_id"])


Operation = Callable[[Server, http.client.HTTPConnection, str], object]
OPERATIONS: dict[str, Operation] = {
    "get run": lambda server, link, run: server.ask(link, "GET", f"runs/get?run_id={run}", None),
    "create run": lambda server, link, _: server.ask(link, "POST", "runs/create", RUN),
    "log batch": lambda server, link, run: server.ask(
        link, "POST", "runs/log-batch", {"run_id": run, "metrics": METRICS}
    ),
}


def rate(server: Server, run_id: str, operation: Operation, clients: int, requests: int) -> float:
    """Requests a second of so many clients, each on its own open connection."""

    def client(_: int) -> None:
        connection = server.connect()
        for _ in range(requests // clients):
            operation(server, connection, run_id)
        connection.close()

    with ThreadPoolExecutor(clients) as pool:
        return requests / seconds(lambda: list(pool.map(client, range(clients))))


def compare(ours: Server, other: Server, what: str, rounds: int, requests: dict[int, int], bar: str) -> Iterator[Row]:
    """A row for each operation and number of clients: requests a second, ours over the other's."""
    own_run, other_run = ours.new_run(), other.new_run()
    for name, operation in OPERATIONS.items():
        for clients, number in requests.items():

            def of(server: Server, run: str, does: Operation = operation, at: int = clients, n: int = number) -> float:
                return rate(server, run, does, at, n)

            of(ours, own_run), of(other, other_run)  # warm both
            found, reference = alternate(lambda of=of: of(ours, own_run), lambda of=of: of(other, other_run), rounds)
            value, low, high = paired(found, reference)
            met = (value >= 0.95 and low >= 0.90) if bar else None
            yield Row(f"{name}, {clients} client(s): {what}", value, low, high, "x", rounds, bar, met)


@contextmanager
def server_beside(
    stack: TrackingStack, part: str, image: str, app: list[str], environment: dict[str, str]
) -> Iterator[str]:
    """The shipped server with another app, on the same database; its URL."""
    command = [word for word in server_command(Settings(), stack.workers) if word not in ("--app-name", "saigen")]
    told = [f"--env={key}={value}" for key, value in {**server_environment(Settings()), **environment}.items()]
    volumes = [f"--volume={stack.name}-tracking-secrets:/secrets:ro", f"--volume={stack.name}-access:/access:ro"]
    name = stack.container(part)
    place = ["--name", name, "--network", stack.name, "--publish=127.0.0.1::5000", "--no-healthcheck", *volumes]
    docker("run", "--detach", *place, *hardening("tracking"), *told, "--entrypoint=mlflow", image, *command[1:], *app)
    try:
        url = f"http://{docker('port', name, '5000').splitlines()[0]}"
        eventually(lambda: answers(url), within=120)
        yield url
    finally:
        docker("rm", "--force", name)


def answers(url: str) -> bool:
    """Whether the server is up."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def build_stock_image() -> str:
    """The shipped image with what MLflow's stock basic auth needs besides."""
    dockerfile = f"""FROM saigen/tracking:{VERSION}
USER root
RUN apt-get update && apt-get install -y --no-install-recommends python3-pip \\
    && /usr/bin/python3 -m pip install --break-system-packages --target /opt/stock --no-deps 'Flask-WTF<2' WTForms
ENV PYTHONPATH=/opt/stock
USER 10001:10001
"""
    subprocess.run(["docker", "build", "--quiet", "--tag", STOCK_IMAGE, "-"], input=dockerfile.encode(), check=True)
    return STOCK_IMAGE


def stock_environment(password: str) -> dict[str, str]:
    """What the stock app wants to be told."""
    return {
        "MLFLOW_FLASK_SERVER_SECRET_KEY": secrets.token_hex(20),
        "MLFLOW_AUTH_ADMIN_PASSWORD": password,
    }


def measure() -> list[Row]:
    """The rows for `scripts/bench`."""
    password = secrets.token_urlsafe(30)
    with running() as stack:
        docker("rm", "--force", stack.container("tracking"))
        shipped = f"saigen/tracking:{VERSION}"
        with server_beside(stack, "ours", shipped, ["--app-name", "saigen"], {}) as address:
            ours = Server(address, "author", stack.secrets["author"])
            with server_beside(stack, "open", shipped, [], {}) as url:
                open_server = Server(url, "author", "none")
                rows = list(compare(ours, open_server, "the layer on / off", ROUNDS, REQUESTS, BAR))
            app = ["--app-name", "basic-auth"]
            with server_beside(stack, "stock", build_stock_image(), app, stock_environment(password)) as url:
                stock = Server(url, "admin", password)
                rows += compare(ours, stock, "ours / stock basic auth", STOCK_ROUNDS, STOCK_REQUESTS, "")
    return rows
