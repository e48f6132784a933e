"""The one secret of each person, kept in bootstrap's own volume."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..plan import Change, Section
from . import random, store
from .store import read, remove, replace


def read_people(folder: Path) -> dict[str, str]:
    """Name to secret, of everyone who has one."""
    if not folder.is_dir():
        return {}
    names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    return {name: secret.strip() for name in names if (secret := read(folder / name)) is not None}


def compare_people(declared: tuple[str, ...], secrets: Mapping[str, str]) -> Section:
    """Who needs a secret, and whose is to be taken away."""
    create = [Change("secret", "create", name) for name in declared if name not in secrets]
    gone = [Change("secret", "remove", name) for name in sorted(set(secrets) - set(declared))]
    return Section("secrets", "people", len(declared), len(declared) - len(create), (*create, *gone))


def make_secrets(changes: tuple[Change, ...], folder: Path) -> None:
    """Write the new secrets. This comes first: every system is then given what is on disk."""
    folder.mkdir(mode=0o700, exist_ok=True)
    store.sweep(folder)
    for change in changes:
        if change.action == "create":
            replace(folder / change.name, random.word())


def remove_secrets(changes: tuple[Change, ...], folder: Path) -> None:
    """Remove the secrets of those who left. This comes last: until then the next apply still sees that they leave."""
    for change in changes:
        if change.action == "remove":
            remove(folder / change.name)
