"""The id of the data that a run used, from Git and the DVC pointer alone.

`flights_v3` when a Git tag of that name holds the same content; otherwise `flights_v3+1a2b3c4`: the newest named
version before it and the first seven characters of the content's md5. `flights_v0+1a2b3c4`: nothing named yet.
"""

import hashlib
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from problem import Problem

LOCK = "dvc.lock"  # where DVC says what the stages of dvc.yaml made


@dataclass(frozen=True)
class Data:
    """A dataset as it lies in the working tree now: name and path of saigen.toml, md5 as DVC writes it.

    changed: it is no longer what its pointer says, so nobody could get it from the storage.
    """

    name: str
    path: str
    md5: str
    changed: bool = False


def read_data(root: Path, name: str, path: str) -> Data:
    """Return the current state of one dataset. Raises Problem when DVC does not know it or it is not here.

    Of a directory its pointer is believed.
    """
    recorded, data = recorded_here(root, path), root / path
    if recorded is None:
        raise unknown(root, path)
    if not data.exists():
        raise Problem(f"{path} is not here", "its pointer is in Git, the data is in the storage", f"dvc pull {path}")
    if data.is_dir():
        return Data(name, path, recorded)
    with data.open("rb") as file:
        found = hashlib.file_digest(file, "md5").hexdigest()
    return Data(name, path, found, changed=found != recorded)


def unknown(root: Path, path: str) -> Problem:
    """Return what to say of data that DVC does not know here: it may be on a branch of its own."""
    found = f"expected its pointer {path}.dvc, found none"
    if git(root, "for-each-ref", "refs/heads/data/split", "refs/remotes/*/data/split"):
        found = f"{found}: the project keeps its data on branches of their own"
        return Problem(f"{path} is not on this branch", found, "saigen data take data/split data/split")
    return Problem(
        f"{path} is not under version control", found, f"dvc add {path} && git commit -m 'Add {path}' && dvc push"
    )


def data_version(root: Path, used: Iterable[Data]) -> str:
    """Return the id of all data that a run used: comma-joined, sorted."""
    return ",".join(sorted(describe(root, data) for data in used))


def describe(root: Path, data: Data) -> str:
    """Return the id of one dataset's state: its name if it has one, else the one before it and its hash."""
    for tag in version_tags(root, data.name):
        if data.md5 in recorded_at(root, tag, data.path):
            return tag
    before = version_tags(root, data.name, "--merged", "HEAD")
    return f"{before[0] if before else f'{data.name}_v0'}+{data.md5[:7]}"


def version_tags(root: Path, name: str, *where: str) -> list[str]:
    """Return the tags that name a version of the dataset, the highest number first."""
    tags = git(root, "tag", "--list", f"{name}_v*", *where).split()
    numbered = [tag for tag in tags if re.fullmatch(rf"{re.escape(name)}_v[1-9][0-9]*", tag)]
    return sorted(numbered, key=lambda tag: int(tag.rpartition("_v")[2]), reverse=True)


def recorded_here(root: Path, path: str) -> str | None:
    """Return the md5 that the working tree's pointer of the data says, or dvc.lock; None where DVC does not know it."""
    pointer, lock = root / f"{path}.dvc", root / LOCK
    if pointer.exists():
        return pointer_md5(pointer.read_text())
    return locked_md5(lock.read_text(), path) if lock.exists() else None


def recorded_at(root: Path, revision: str, path: str) -> tuple[str | None, ...]:
    """Return what the pointer of the data and what dvc.lock say in a commit."""
    pointer, lock = (git(root, "show", f"{revision}:{file}") for file in (f"{path}.dvc", LOCK))
    return pointer_md5(pointer), locked_md5(lock, path)


def locked_md5(text: str, path: str) -> str | None:
    """Return the content hash of what a stage made, in the text of dvc.lock; None when no stage made it."""
    stages = (yaml.safe_load(text) or {}).get("stages") or {}
    made = (output for stage in stages.values() for output in stage.get("outs") or ())
    return next((output.get("md5") for output in made if output["path"] == path), None)


def pointer_md5(text: str) -> str:
    """Return the content hash in the text of a DVC pointer; empty when there is none."""
    outputs = (yaml.safe_load(text) or {}).get("outs") or [{}]
    return outputs[0].get("md5", "")


def git(root: Path, *arguments: str) -> str:
    """Return what a Git command prints; empty when it has no answer, as for a file that a tag does not hold."""
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True)
    return done.stdout.strip()
