"""What the tests of the audit's rules are about: one project, its commit, and runs of it."""

from __future__ import annotations

from saigen.audit.facts import CommitFacts, Need
from saigen.data.pointer import Output
from saigen.data.remote import Place, key, read_remotes
from saigen.recording import COMMAND, COMMIT, DATA, Command, render_data
from saigen.tracking import Run

COMMIT_ID = "c" * 40
FILE, FOLDER, OTHER = "a" * 32, f"{'b' * 32}.dir", "d" * 32
REMOTES = read_remotes(["[core]\n remote = storage\n['remote \"storage\"']\n url = s3://dvc/demo\n"])
REMOTE = REMOTES.by_name["storage"]
TABLE = Output("data/flights.csv", "data/flights.csv.dvc", FILE, size=100)
PHOTOS = Output("data/photos", "data/photos.dvc", FOLDER, size=30, files=2)
FACTS = CommitFacts(
    outputs=(TABLE, PHOTOS),
    remotes=REMOTES,
    datasets={"flights": "data/flights.csv", "photos": "data/photos"},
    locks={"uv.lock": "1" * 64},
)


def a_run(status: str = "FINISHED", **tags: str) -> Run:
    """A finished run with these tags; `_` in a name stands for `.`."""
    named = {name.replace("saigen_", "saigen."): value for name, value in tags.items()}
    return Run("r" * 32, "1", "brave-run", status, "author", 0, 1, "mlflow-artifacts:/1/r/artifacts", tags=named)


def a_recorded_run(data: dict[str, str] | None = None, **tags: str) -> Run:
    """A run that saigen recorded."""
    recorded = {
        COMMIT: COMMIT_ID,
        "saigen.repository": "team/demo",
        COMMAND: Command(("python", "train.py")).to_json(),
        DATA: render_data({"data/flights.csv": FILE} if data is None else data),
        "saigen.state": "code=pushed; data=pushed",
    }
    return a_run(**{**recorded, **tags})


def need(output: Output) -> Need:
    """The need of an output, in the project's remote."""
    return Need(output, place(output.md5 or ""))


def place(md5: str) -> Place:
    """Where content is in the project's remote."""
    return Place(REMOTE, key(REMOTE, md5))
