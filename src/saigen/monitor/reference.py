"""What inputs are compared with: the training split in the commit of the model's tag."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import yaml

from saigen.data.branches.lines import SPLIT
from saigen.data.compare.jsonl import DOCUMENTS, LINES
from saigen.data.compare.table import CSV, PARQUET
from saigen.data.content import Contents, entry_output
from saigen.data.pointer import Output
from saigen.data.version import outputs_at
from saigen.errors import BlockedError, UsageError
from saigen.git.repository import Repository
from saigen.project import MonitorRules

_PARAMS = "params.yaml"
_TABLES = (*CSV, *PARQUET, *LINES, *DOCUMENTS)


@dataclass(frozen=True)
class Found:
    """A file of a commit: its path, and what DVC says of it; None for one that Git holds itself."""

    path: str
    output: Output | None


def find_reference(repository: Repository, contents: Contents, tag: str, path: str | None) -> list[Found]:
    """The files of the reference in the commit of a tag: those at `path`, or the training split.

    Raises:
        UsageError: more than one thing could be the training split. BlockedError: nothing is there.
    """
    every = list(_tables(repository, contents, f"refs/tags/{tag}", path or SPLIT))
    if path:
        found = [one for one in every if one.path == path or one.path.startswith(f"{path}/")]
    else:
        found = [one for one in every if _is_training(one.path)]
    if not found:
        raise BlockedError(
            f"there is nothing to compare with in {tag}",
            f"expected {path or f'{SPLIT}/train.csv, or files in {SPLIT}/train'}, found no such table",
            "name it in saigen.toml: [monitor] reference = 'data/...'",
        )
    places = {one.path if "/" not in _below(one.path) else one.path.rpartition("/")[0] for one in found}
    if not path and len(places) > 1:
        raise UsageError(
            f"it is not clear what the training split of {tag} is",
            f"found {', '.join(sorted(places))}",
            "name it in saigen.toml: [monitor] reference = 'data/...'",
        )
    return sorted(found, key=lambda one: one.path)


def completed(rules: MonitorRules, repository: Repository, tag: str) -> MonitorRules:
    """The rules, with what the model's own `params.yaml` says where saigen.toml says nothing: `target` and `drop`.

    Both are of the project's template: the column that was predicted, and those that the model does not look at.
    """
    try:
        said = yaml.safe_load(repository.file(f"refs/tags/{tag}", _PARAMS) or b"{}")
    except yaml.YAMLError:
        return rules  # it is no file of the template's
    said = said if isinstance(said, dict) else {}
    target, drop = said.get("target"), said.get("drop")
    dropped = tuple(str(name) for name in drop) if isinstance(drop, list) else ()
    return replace(
        rules,
        target=rules.target or (target if isinstance(target, str) else None),
        ignore=rules.ignore or dropped,
    )


@contextmanager
def files_of(
    repository: Repository, contents: Contents, tag: str, found: list[Found]
) -> Iterator[list[tuple[str, Path]]]:
    """Name and content of files of a commit; what Git holds is written to a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="saigen-reference-") as name:
        files = []
        for number, one in enumerate(found):
            if one.output is not None:
                files.append((one.path, contents.file(one.output)))
                continue
            file = Path(name) / f"{number}"
            file.write_bytes(repository.file(f"refs/tags/{tag}", one.path) or b"")
            files.append((one.path, file))
        yield files


def _tables(repository: Repository, contents: Contents, revision: str, below: str) -> Iterator[Found]:
    """Every table of a commit at or below a path, or whose directory holds that path."""
    for output in outputs_at(repository, revision):
        touches = f"{output.path}/".startswith(f"{below}/") or f"{below}/".startswith(f"{output.path}/")
        if not touches:
            continue
        if not output.is_directory:
            yield from _if_table(output)
            continue
        for entry in contents.entries(output):
            yield from _if_table(entry_output(output, entry))
    for path in repository.files(revision):
        if f"{path}/".startswith(f"{below}/") and path.lower().endswith(_TABLES):
            yield Found(path, None)


def _if_table(output: Output) -> Iterator[Found]:
    if output.path.lower().endswith(_TABLES):
        yield Found(output.path, output)


def _is_training(path: str) -> bool:
    """Whether it is `data/split/train...`, or lies in a folder that is."""
    return path.startswith(f"{SPLIT}/") and PurePosixPath(_below(path)).parts[0].startswith("train")


def _below(path: str) -> str:
    return path.removeprefix(f"{SPLIT}/")
