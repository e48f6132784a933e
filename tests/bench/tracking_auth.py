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
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from saigen_tracking.serve import server_command, server_environment
from saigen_tracking.settings import Settings

from tests.bench.ratio import Row, paired, seconds
from tests.integration.tracking.stack import TrackingStack, running
from tests.shipped import LABEL, docker, hardening, image
from tests.waiting import eventually

GENERATIONS = 4
ROUNDS = 6  # of each generation
STOCK_ROUNDS = 5
BAR = "median >= 0.95, low >= 0.90"
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


@dataclass(frozen=True)
class Load:
    """So many clients; in a round so many slices, in each of which every client does so many requests."""

    clients: int
    slices: int
    each: int


LOADS = [Load(1, slices=30, each=1), Load(8, slices=12, each=1)]
STOCK_LOADS = [Load(1, slices=4, each=1), Load(8, slices=2, each=1)]
Operation = Callable[[Server, http.client.HTTPConnection, str], object]
OPERATIONS: dict[str, Operation] = {
    "get run": lambda server, link, run: server.ask(link, "GET", f"runs/get?run_id={run}", None),
    "create run": lambda server, link, _: server.ask(link, "POST", "runs/create", RUN),
    "log batch": lambda server, link, run: server.ask(
        link, "POST", "runs/log-batch", {"run_id": run, "metrics": METRICS}
    ),
}


class Clients:
    """So many clients of one server, each on its own open connection."""

    def __init__(self, server: Server, count: int) -> None:
        self.server = server
        self.connections = [server.connect() for _ in range(count)]
        self.pool = ThreadPoolExecutor(count)

    def take(self, operation: Operation, run_id: str, each: int) -> float:
        """Seconds in which every client does `each` requests, on connections that are open already."""
        for connection in self.connections:
            connection.close()
            connection.connect()

        def client(connection: http.client.HTTPConnection) -> None:
            for _ in range(each):
                operation(self.server, connection, run_id)

        return seconds(lambda: list(self.pool.map(client, self.connections)))


def round_of(ours: Clients, other: Clients, operation: Operation, run_id: str, load: Load) -> tuple[float, float]:
    """Seconds of ours and of the other in one round: short slices in turn, so that both meet the same machine."""
    sums = [0.0, 0.0]
    for number in range(load.slices):
        order = (0, 1) if number % 2 else (1, 0)
        for side in order:
            sums[side] += (ours, other)[side].take(operation, run_id, load.each)
    return sums[0], sums[1]


Times = dict[tuple[str, Load], list[tuple[float, float]]]


def timed_rounds(ours: Server, other: Server, rounds: int, loads: list[Load]) -> Times:
    """Seconds of ours and of the other, for each operation and load, in so many rounds after one that warms both."""
    run_id = ours.new_run()
    times: Times = {}
    for name, operation in OPERATIONS.items():
        for load in loads:
            sides = Clients(ours, load.clients), Clients(other, load.clients)
            rows = [round_of(*sides, operation, run_id, load) for _ in range(rounds + 1)]
            times[name, load] = rows[1:]
    return times


def rows_of(times: Times, what: str, bar: str) -> Iterator[Row]:
    """A row for each operation and number of clients: requests a second, ours over the other's."""
    for (name, load), pairs in times.items():
        value, low, high = paired([theirs for _, theirs in pairs], [mine for mine, _ in pairs])
        met = (value >= 0.95 and low >= 0.90) if bar else None
        yield Row(f"{name}, {load.clients} client(s): {what}", value, low, high, "x", len(pairs), bar, met)


@contextmanager
def server_beside(
    stack: TrackingStack, part: str, base: str, app: list[str], environment: dict[str, str]
) -> Iterator[str]:
    """The shipped server with another app, on the same database; its URL."""
    command = [word for word in server_command(Settings(), stack.workers) if word not in ("--app-name", "saigen")]
    told = [f"--env={key}={value}" for key, value in {**server_environment(Settings()), **environment}.items()]
    volumes = [f"--volume={stack.name}-tracking-secrets:/secrets:ro", f"--volume={stack.name}-access:/access:ro"]
    name = stack.container(part)
    place = ["--name", name, "--network", stack.name, "--publish=127.0.0.1::5000", "--no-healthcheck", *volumes]
    options = [LABEL, *place, *hardening("tracking"), *told, "--entrypoint=mlflow"]
    docker("run", "--detach", *options, base, *command[1:], *app)
    try:
        url = f"http://{docker('port', name, '5000').stdout.splitlines()[0]}"
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
    dockerfile = f"""FROM {image("tracking")}
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


def merged(parts: Iterable[Times]) -> Times:
    """All rounds of several generations of servers."""
    whole: Times = {}
    for part in parts:
        for key, pairs in part.items():
            whole.setdefault(key, []).extend(pairs)
    return whole


def measure() -> list[Row]:
    """The rows for `scripts/bench`.

    Two servers that are equal differ by a few per cent from start to start (where their memory lies, which worker takes
    which connection), so the pair is started anew several times and the rounds of all count.
    """
    password = secrets.token_urlsafe(30)
    with running() as stack:
        docker("rm", "--force", stack.container("tracking"))
        shipped = image("tracking")

        def layer_on_and_off(_: int) -> Times:
            with (
                server_beside(stack, "ours", shipped, ["--app-name", "saigen"], {}) as ours,
                server_beside(stack, "open", shipped, [], {}) as other,
            ):
                signed_in = Server(ours, "author", stack.secrets["author"])
                return timed_rounds(signed_in, Server(other, "author", "none"), ROUNDS, LOADS)

        rows = list(rows_of(merged(map(layer_on_and_off, range(GENERATIONS))), "the layer on / off", BAR))
        app = ["--app-name", "basic-auth"]
        with (
            server_beside(stack, "ours", shipped, ["--app-name", "saigen"], {}) as ours,
            server_beside(stack, "stock", build_stock_image(), app, stock_environment(password)) as stock,
        ):
            sides = Server(ours, "author", stack.secrets["author"]), Server(stock, "admin", password)
            rows += rows_of(timed_rounds(*sides, STOCK_ROUNDS, STOCK_LOADS), "ours / stock basic auth", "")
    return rows
