"""`saigen audit` of 10,000 runs over 500 commits: cold, and a second time. Every run is complete, and must be found so.

Each commit points to a table of its own and to a folder of 20 files, of which one is new. The runs have the tags that
the client records, 4 metrics and 4 parameters. They are written into the database; commits and objects are pushed.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from saigen.recording import Command, Environment, render_data
from tests.bench.ratio import Row, seconds
from tests.bench.startup import absolute
from tests.integration.person import Person
from tests.integration.stack import Stack

RUNS, COMMITS, EXPERIMENTS, FILES = 10_000, 500, 20, 20
BRANCH = "audit-bench"
LOCK = b"version = 1\n"
CONFIG = "[core]\n    remote = storage\n['remote \"storage\"']\n    url = s3://dvc/demo\n    region = us-east-1\n"
Tables = Mapping[str, tuple[Sequence[str], list[Sequence[Any]]]]


@dataclass(frozen=True)
class Version:
    """One commit's data: the pointers' texts, and the objects that they need, by md5."""

    pointers: Mapping[str, str]
    objects: Mapping[str, bytes]

    @property
    def data(self) -> str:
        """The tag `saigen.data` of a run of it."""
        texts = {path.removesuffix(".dvc"): text for path, text in self.pointers.items()}
        return render_data({path: text.partition("md5: ")[2].split()[0] for path, text in texts.items()})


def version(number: int) -> Version:
    """The data of commit `number`: a new table, and a folder in which one file is new."""
    table = f"table {number}\n".encode() * 50
    newest = {slot: number - (number - slot) % FILES for slot in range(FILES)}
    files = {f"{slot:02}.png": f"picture {slot} of {newest[slot]}\n".encode() * 20 for slot in range(FILES)}
    entries = [{"md5": md5(content), "relpath": name} for name, content in files.items()]
    listing = json.dumps(entries).encode()
    size = sum(map(len, files.values()))
    pointers = {
        "data/table.csv.dvc": f"outs:\n- md5: {md5(table)}\n  size: {len(table)}\n  hash: md5\n  path: table.csv\n",
        "data/photos.dvc": (
            f"outs:\n- md5: {md5(listing)}.dir\n  size: {size}\n  nfiles: {FILES}\n  hash: md5\n  path: photos\n"
        ),
    }
    objects = {md5(content): content for content in (table, *files.values())}
    return Version(pointers, {**objects, f"{md5(listing)}.dir": listing})


def md5(content: bytes) -> str:
    """DVC's hash."""
    return hashlib.md5(content).hexdigest()  # noqa: S324


def commits(folder: Path, versions: Sequence[Version]) -> list[str]:
    """A repository with one commit a version, on BRANCH; returns their ids."""
    subprocess.run(["git", "init", "--quiet", "--bare", str(folder)], check=True)
    stream = "".join(_commit(number, one) for number, one in enumerate(versions))
    subprocess.run(["git", "-C", str(folder), "fast-import", "--quiet"], input=stream.encode(), check=True)
    listed = subprocess.run(
        ["git", "-C", str(folder), "rev-list", "--reverse", BRANCH], capture_output=True, text=True, check=True
    )
    return listed.stdout.split()


def _commit(number: int, one: Version) -> str:
    files = {**one.pointers, ".dvc/config": CONFIG, "uv.lock": LOCK.decode()}
    head = f"commit refs/heads/{BRANCH}\ncommitter bench <bench@example.org> {1_700_000_000 + number} +0000\n"
    body = "".join(f"M 100644 inline {path}\n{_data(text)}" for path, text in files.items())
    return head + _data(f"version {number}") + body + "\n"


def _data(text: str) -> str:
    return f"data {len(text.encode())}\n{text}\n"


def push_objects(person: Person, versions: Sequence[Version]) -> None:
    """Put every object of these versions where DVC would."""
    s3 = person.s3()
    objects = {name: content for one in versions for name, content in one.objects.items()}

    def put(named: tuple[str, bytes]) -> None:
        s3.put_object(Bucket="dvc", Key=f"demo/files/md5/{named[0][:2]}/{named[0][2:]}", Body=named[1])

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(put, objects.items()))


def rows(ids: Sequence[str], versions: Sequence[Version]) -> Tables:
    """The rows of MLflow's tables: columns and values by table, in the order in which they refer to each other."""
    start = 900_000  # of the experiments' ids, to be beside those that are there
    experiments = [
        (start + n, f"audit-bench-{n}", f"mlflow-artifacts:/{start + n}", "active", 0, 0, "default")
        for n in range(EXPERIMENTS)
    ]
    runs, tags, params, metrics = [], [], [], []
    for n in range(RUNS):
        run, experiment = md5(f"audit-bench {n}".encode()), start + n % EXPERIMENTS
        uri = f"mlflow-artifacts:/{experiment}/{run}/artifacts"
        runs.append((run, f"run-{n}", "LOCAL", "author", "FINISHED", 1_700_000_000_000 + n, 1_800_000_000_000, "active", uri, experiment))  # fmt: skip  # noqa: E501
        tags += [(key, value, run) for key, value in _tags(n, ids[n % COMMITS], versions[n % COMMITS]).items()]
        params += [(f"p{k}", str(n % 100), run) for k in range(4)]
        metrics += [(f"m{k}", float(n % 997), 0, 0, False, run) for k in range(4)]
    run_columns = ("run_uuid", "name", "source_type", "user_id", "status", "start_time", "end_time", "lifecycle_stage")
    experiment_columns = ("experiment_id", "name", "artifact_location", "lifecycle_stage", "creation_time")
    return {
        "experiments": ((*experiment_columns, "last_update_time", "workspace"), experiments),
        "runs": ((*run_columns, "artifact_uri", "experiment_id"), runs),
        "tags": (("key", "value", "run_uuid"), tags),
        "params": (("key", "value", "run_uuid"), params),
        "latest_metrics": (("key", "value", "timestamp", "step", "is_nan", "run_uuid"), metrics),
    }


def _tags(number: int, commit: str, one: Version) -> dict[str, str]:
    lock = hashlib.sha256(LOCK).hexdigest()
    return {
        "mlflow.user": "author",
        "mlflow.runName": f"run-{number}",
        "mlflow.source.git.commit": commit,
        "mlflow.source.name": "src/train.py",
        "mlflow.source.type": "LOCAL",
        "data_version": f"table_v0+{one.data.partition('table.csv')[2][3:10]}",
        "saigen.record": f"{number:032x}",
        "saigen.recorded": "yes",
        "saigen.commit": commit,
        "saigen.repository": "team/demo",
        "saigen.branch": BRANCH,
        "saigen.command": Command(("python", "src/train.py", "--seed", str(number))).to_json(),
        "saigen.session": f"{number:032x}:0",
        "saigen.environment": Environment(lock, "uv.lock", "3.11.7", "Linux", "x86_64", 2).to_json(),
        "saigen.data": one.data,
        "saigen.state": "code=pushed; data=pushed",
    }


def fill(stack: Stack, tables: Tables) -> None:
    """Write the rows into the stack's database."""
    postgres = stack.containers()["postgres"]["Id"]
    psql = ["docker", "exec", "-i", postgres, "psql", "-h", "/run/postgresql", "-U", "saigen", "-d", "mlflow", "-q"]
    for table, (columns, values) in tables.items():
        copy = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        subprocess.run([*psql, "-c", copy], input="".join(_copied(values)), text=True, check=True)
    subprocess.run([*psql, "-c", "VACUUM ANALYZE"], check=True)


def _copied(values: Sequence[Sequence[Any]]) -> Iterator[str]:
    """Rows in the text format of COPY."""
    for row in values:
        yield "\t".join(str(value).replace("\\", "\\\\") for value in row) + "\n"


def prepare(author: Person, folder: Path) -> Tables:
    """Push commits and objects; returns the rows of the runs."""
    versions = [version(number) for number in range(COMMITS)]
    ids = commits(folder / "audit.git", versions)
    url = f"{author.exports['SAIGEN_GIT_URL']}/demo.git"
    push_objects(author, versions)  # first, as anyone has to where the forge looks for them
    author.run("git", "push", "--quiet", url, f"{BRANCH}:{BRANCH}", cwd=folder / "audit.git")
    return rows(ids, versions)


def measure_audits(author: Person) -> list[Row]:
    """Audit all runs twice, the first time with nothing in the cache."""
    names = [f"audit-bench-{number}" for number in range(EXPERIMENTS)]

    def audit() -> None:
        done = author.run("saigen", "audit", "--json", "--experiment", *names)
        found = json.loads(done.stdout)["runs"]
        assert len(found) == RUNS
        assert {one["outcome"] for one in found} == {"reproducible"}

    return [
        absolute("audit of 10,000 runs over 500 commits, cold", seconds(audit), "s", 60),
        absolute("audit of 10,000 runs over 500 commits, second", seconds(audit), "s", 15),
    ]


def measure(stack: Stack, author: Person, folder: Path) -> list[Row]:
    """Fill a running stack with the runs, and audit them."""
    fill(stack, prepare(author, folder))
    return measure_audits(author)
