"""Facts: what is kept of a commit, and which requirements file is a lock."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from saigen.audit.commits import Cache, read_commit, tagged_commits
from saigen.audit.facts import from_json, is_pinned
from saigen.audit.history import read_maps
from saigen.audit.objects import content_md5, listing_is_cheaper
from saigen.git.repository import Repository
from saigen.recording import COMMAND, DATA, DATA_ARTIFACT, ENVIRONMENT, Recording, parse_data, render_data
from saigen.tracking import Tracking
from tests.unit.conftest import NewDatabase

POINTER = f"outs:\n- md5: {'a' * 32}\n  size: 3\n  hash: md5\n  path: flights.csv\n"
CONFIGURATION = "[core]\n remote = storage\n['remote \"storage\"']\n url = s3://dvc/demo\n"
SETTINGS = '[project]\nname = "demo"\n[datasets]\nflights = "data/flights.csv"\n'


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository with one commit and the tag flights_v1."""
    files = {
        "data/flights.csv.dvc": POINTER,
        ".dvc/config": CONFIGURATION,
        "saigen.toml": SETTINGS,
        "uv.lock": "version = 1\n",
        "requirements.txt": "pandas>=2\n",
    }
    git(tmp_path, "init", "--quiet")
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "-m", "first")
    git(tmp_path, "tag", "-a", "-m", "named", "flights_v1")
    return Repository(tmp_path)


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True)


def test_a_commit_is_read_and_comes_back_from_the_cache_the_same(repository: Repository, tmp_path: Path) -> None:
    read = read_commit(repository, "HEAD")
    cache = Cache(tmp_path / "cache" / "facts.json")
    cache.save({"HEAD": read})
    facts = from_json(cache.load()["HEAD"])
    assert facts == from_json(read)
    assert [(output.path, output.md5, output.size) for output in facts.outputs] == [("data/flights.csv", "a" * 32, 3)]
    assert facts.remotes.by_name["storage"].prefix == "demo"
    assert facts.datasets == {"flights": "data/flights.csv"}
    assert facts.locks == {"uv.lock": hashlib.sha256(b"version = 1\n").hexdigest()}


def test_a_persons_own_configuration_adds_the_endpoint(repository: Repository) -> None:
    personal = "['remote \"storage\"']\n endpointurl = http://localhost:9000\n"
    assert (
        from_json(read_commit(repository, "HEAD"), personal).remotes.by_name["storage"].endpoint
        == "http://localhost:9000"
    )


def test_a_tag_with_a_message_leads_to_its_commit(repository: Repository) -> None:
    assert tagged_commits(repository, {"flights_v1", "flights_v2"}) == {"flights_v1": repository.commit("HEAD")}


def test_a_pointer_in_conflict_is_a_fact_not_an_error(repository: Repository) -> None:
    (repository.root / "data" / "flights.csv.dvc").write_text("<<<<<<< HEAD\nouts:\n")
    git(repository.root, "commit", "--quiet", "--all", "-m", "conflict")
    assert "data/flights.csv.dvc cannot be read" in str(from_json(read_commit(repository, "HEAD")).broken)


@pytest.mark.parametrize("text", ["", "[]", '{"format": 0, "commits": {}}', "not json"])
def test_a_cache_that_cannot_be_read_is_empty(tmp_path: Path, text: str) -> None:
    (tmp_path / "facts.json").write_text(text)
    assert Cache(tmp_path / "facts.json").load() == {}


@pytest.mark.parametrize(
    ("text", "locked"),
    [
        ("pandas==2.2.3\nnumpy==2.1.0 ; python_version >= '3.10'\n", True),
        ("pandas==2.2.3 \\\n    --hash=sha256:1234\n", True),
        ("--index-url https://example.org\nextra[a,b] == 1.0  # why\n", True),
        ("tool @ git+https://example.org/tool@1234\n", True),
        ("pandas>=2\n", False),
        ("pandas==2.2.3\nnumpy\n", False),
        ("# nothing\n", False),
        ("-r other.txt\n", False),
    ],
)
def test_requirements_are_a_lock_where_each_names_one_version(text: str, locked: bool) -> None:
    assert is_pinned(text) is locked


def test_the_map_of_an_artifact_is_believed_where_its_digest_fits() -> None:
    text = render_data({"data/flights.csv": "a" * 32})
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert parse_data(json.dumps(json.loads(text), indent=2), digest) == {"data/flights.csv": "a" * 32}
    assert parse_data(text.replace("a", "b"), digest) is None
    assert parse_data("[1]", digest) is None
    assert parse_data("[" * 100_000, digest) is None


@pytest.mark.parametrize(
    "value", ['{"sha256": ["a"], "count": 1}', '{"sha256": {}, "count": 1}', "[" * 100_000, "null"]
)
def test_data_of_another_form_counts_as_not_said(value: str) -> None:
    found = Recording.from_tags({DATA: value, COMMAND: value, ENVIRONMENT: value})
    assert (found.data, found.data_digest, found.command, found.environment) == ({}, None, None, None)


def test_an_artifact_that_is_no_text_is_not_the_map(tmp_path: Path, new_database: NewDatabase) -> None:
    tracking = Tracking(new_database(tmp_path / "mlflow.db"))
    digest = hashlib.sha256(b"").hexdigest()
    run = tracking.client.create_run("0", tags={DATA: json.dumps({"sha256": digest, "count": 1})}).info.run_id
    file = tmp_path / Path(DATA_ARTIFACT).name
    file.write_bytes(b"\xff\xfe")
    tracking.client.log_artifact(run, str(file), str(Path(DATA_ARTIFACT).parent))
    assert read_maps(tracking, [tracking.run(run)]) == {digest: None}


@pytest.mark.parametrize(
    ("needed", "shards", "stored", "lists"),
    [(200, 1, 10, False), (300, 256, 6, False), (1000, 256, 6, True), (30_000, 256, 40_000, False)],
)
def test_folders_are_listed_where_that_is_less_work(needed: int, shards: int, stored: int, lists: bool) -> None:
    assert listing_is_cheaper(needed, shards, stored) is lists


@pytest.mark.parametrize("prefix", ["demo/files/md5/", "demo/", ""])
def test_a_key_tells_the_md5_of_its_content(prefix: str) -> None:
    assert content_md5(f"{prefix}ab/{'1' * 30}") == f"ab{'1' * 30}"
    assert content_md5(f"{prefix}ab/{'1' * 30}.dir") == f"ab{'1' * 30}"
