"""One 1 GiB artifact: a plain mlflow client through the gateway, against raw boto3 straight to the storage."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.ratio import Row, alternate, paired
from tests.bench.startup import absolute
from tests.integration.person import Person
from tests.integration.stack import Stack

SIZE = 1 << 30
ROUNDS = 5

# Both print the seconds that the transfer itself took: starting Python and importing are not what is compared.
MLFLOW = """
import mlflow, pathlib, sys, tempfile, time
verb, file, run_id = sys.argv[1:]
start = time.perf_counter()
if verb == "up":
    mlflow.MlflowClient().log_artifact(run_id, file)
else:
    with tempfile.TemporaryDirectory(dir=pathlib.Path(file).parent) as folder:
        mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=pathlib.Path(file).name, dst_path=folder)
print(time.perf_counter() - start)
"""
BOTO3 = """
import boto3, pathlib, sys, tempfile, time
verb, file, endpoint = sys.argv[1:]
s3 = boto3.client("s3", endpoint_url=endpoint)
start = time.perf_counter()
if verb == "up":
    s3.upload_file(file, "dvc", "demo/bench/big")
else:
    with tempfile.TemporaryDirectory(dir=pathlib.Path(file).parent) as folder:
        s3.download_file("dvc", "demo/bench/big", folder + "/big")
print(time.perf_counter() - start)
"""
PEAKS = "grep -h VmHWM /proc/[0-9]*/status | sort -k2 -n | tail -n 1"


def new_run(person: Person) -> str:
    """An empty run in the experiment `bench`."""
    person.api("POST", "experiments/create", json={"name": "bench"})
    found = person.api("GET", "experiments/get-by-name", params={"experiment_name": "bench"}).json()["experiment"]
    created = person.api("POST", "runs/create", json={"experiment_id": found["experiment_id"]})
    return str(created.json()["run"]["info"]["run_id"])


@contextmanager
def watched_tmp(stack: Stack) -> Iterator[list[int]]:
    """KiB used in the server's only writable folder, sampled while the block runs."""
    used = [0]
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.5):
            shown = stack.compose("exec", "-T", "tracking", "du", "-sk", "/tmp")
            used.append(int(shown.stdout.split()[0]))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield used
    finally:
        stop.set()
        thread.join()


def measure(stack: Stack, person: Person, direct: str, folder: Path) -> list[Row]:
    """Up and down, in alternation, against the storage at the URL `direct`; then the server's peaks."""
    file = folder / "big"
    with file.open("wb") as target:
        block = bytes(range(256)) * 4096
        for _ in range(SIZE // len(block)):
            target.write(block)
    run_id = new_run(person)
    rows = []
    with watched_tmp(stack) as used:
        for verb, bar in (("up", 1.5), ("down", 1.7)):
            pair = alternate(
                lambda verb=verb: float(person.python(MLFLOW, verb, str(file), run_id).splitlines()[-1]),
                lambda verb=verb: float(person.python(BOTO3, verb, str(file), direct).splitlines()[-1]),
                ROUNDS,
            )
            value, low, high = paired(*pair)
            rows.append(
                Row(
                    f"1 GiB artifact {verb}, plain mlflow / raw boto3: time",
                    value,
                    low,
                    high,
                    "x",
                    ROUNDS,
                    f"<= {bar}",
                    value <= bar,
                )
            )
    peak = int(stack.compose("exec", "-T", "tracking", "bash", "-c", PEAKS).stdout.split()[1]) / 1024
    rows.append(absolute("tracking: peak memory of its largest process after that", peak, "MiB", 400))
    rows.append(absolute("tracking: most that lay in /tmp meanwhile", max(used) / 1024, "MiB", 16))
    return rows
