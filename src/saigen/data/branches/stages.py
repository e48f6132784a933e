"""What `dvc.yaml` says about a stage: its command, what it reads and what it makes. Pure."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from saigen.data.pointer import STAGES, Output
from saigen.errors import BlockedError


@dataclass(frozen=True)
class Declared:
    """A stage of `dvc.yaml`. Paths are relative to the file. `kept`: outputs that are not cached and so are in Git."""

    name: str
    command: str
    reads: tuple[str, ...]
    makes: tuple[str, ...]
    kept: tuple[str, ...] = ()

    def inputs(self, outputs: Iterable[Output]) -> list[Output]:
        """Those outputs that the stage reads: by their path, a folder above it, or a file inside of it."""
        return [one for one in outputs if any(_overlap(one.path, path) for path in self.reads)]

    def products(self, outputs: Iterable[Output]) -> list[Output]:
        """Those outputs that the stage makes."""
        return [one for one in outputs if one.path in self.makes]


def declared_stage(name: str, content: bytes | None) -> Declared | None:
    """A stage, from the content of `dvc.yaml`; None where there is none of that name.

    Raises:
        BlockedError: the file is not what DVC reads.
    """
    try:
        document = yaml.safe_load(content or b"") or {}
        body = (document.get("stages") or {}).get(name)
        if body is None:
            return None
        outs = list(_outs(body))
        return Declared(
            name,
            _command(body["cmd"]),
            tuple(posixpath.normpath(str(path)) for path in body.get("deps") or ()),
            tuple(path for path, said in outs if said.get("cache") is not False),
            tuple(path for path, said in outs if said.get("cache") is False),
        )
    except (yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
        raise BlockedError(
            f"{STAGES} cannot be read",
            f"expected a stage {name} with cmd, deps and outs, found {error!r}",
            "dvc stage list",
        ) from error


def merged_stages(own: str, ours: bytes, theirs: bytes) -> bytes:
    """`dvc.yaml` or `dvc.lock` of a branch after a merge from upstream: all but its own stage is as there.

    No merge of three versions, as `saigen.merge.lock` is: here one side is right about each stage, whatever changed.
    """
    mine, other = yaml.safe_load(ours) or {}, yaml.safe_load(theirs) or {}
    stages = {**(other.get("stages") or {})}
    if own in (mine.get("stages") or {}):
        stages[own] = mine["stages"][own]
    text: str = yaml.safe_dump({**mine, **other, "stages": stages}, sort_keys=False, allow_unicode=True)
    return text.encode()


def _outs(body: Mapping[str, Any]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    for kind in ("outs", "metrics", "plots"):
        for entry in body.get(kind) or ():
            pairs = entry.items() if isinstance(entry, dict) else [(entry, {})]
            for path, said in pairs:
                yield posixpath.normpath(str(path)), said or {}


def _command(said: str | list[str]) -> str:
    return said if isinstance(said, str) else "\n".join(said)


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")
