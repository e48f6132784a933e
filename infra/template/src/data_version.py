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
    """Return the current state of one dataset. Raises Problem when DVC does not know it or it is not here."""
    pointer, data = root / f"{path}.dvc", root / path
    if not pointer.exists():
        raise Problem(
            f"{path} is not under version control",
            f"expected its pointer {path}.dvc, found none",
            f"dvc add {path} && git commit -m 'Add {path}' && dvc push",
        )
    if not data.exists():
        raise Problem(f"{path} is not here", "its pointer is in Git, the data is in the storage", "dvc pull")
    recorded = pointer_md5(pointer.read_text())
    if data.is_dir():
        return Data(name, path, recorded)
    with data.open("rb") as file:
        found = hashlib.file_digest(file, "md5").hexdigest()
    return Data(name, path, found, changed=found != recorded)


def data_version(root: Path, used: Iterable[Data]) -> str:
    """Return the id of all data that a run used: comma-joined, sorted."""
    return ",".join(sorted(describe(root, data) for data in used))


def describe(root: Path, data: Data) -> str:
    """Return the id of one dataset's state: its name if it has one, else the one before it and its hash."""
    for tag in version_tags(root, data.name):
        if pointer_md5(git(root, "show", f"{tag}:{data.path}.dvc")) == data.md5:
            return tag
    before = version_tags(root, data.name, "--merged", "HEAD")
    return f"{before[0] if before else f'{data.name}_v0'}+{data.md5[:7]}"


def version_tags(root: Path, name: str, *where: str) -> list[str]:
    """Return the tags that name a version of the dataset, the highest number first."""
    tags = git(root, "tag", "--list", f"{name}_v*", *where).split()
    numbered = [tag for tag in tags if re.fullmatch(rf"{re.escape(name)}_v[1-9][0-9]*", tag)]
    return sorted(numbered, key=lambda tag: int(tag.rpartition("_v")[2]), reverse=True)


def pointer_md5(text: str) -> str:
    """Return the content hash in the text of a DVC pointer; empty when there is none."""
    outputs = (yaml.safe_load(text) or {}).get("outs") or [{}]
    return outputs[0].get("md5", "")


def git(root: Path, *arguments: str) -> str:
    """Return what a Git command prints; empty when it has no answer, as for a file that a tag does not hold."""
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True)
    return done.stdout.strip()
